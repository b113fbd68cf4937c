/**
 * What the workloads' clients do, in pieces. Each writes down what it asked for and what it was told, so that
 * properties can compare that with what became of it.
 */
import type { OrchestratorDefinition } from "dacapo";
import {
  InstanceAlreadyExistsError,
  InstanceNotFailedError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
} from "dacapo";
import type { ClientTools } from "@dacapo/simulator";
import type { Outside } from "./expectations.ts";
import type { Life, Values } from "./programs.ts";
import { brief, collector, life, ordered } from "./programs.ts";

export type Tools = ClientTools & Outside;

/** Payloads that are easily lost or damaged: falsy ones, empty ones, nested ones, ones outside ASCII. */
const PAYLOADS: readonly unknown[] = [
  ...[1, 0, "", false, null, [], {}, "ünï ✓ \u{1F600}", { a: [1, { b: null }], 0: "zero" }],
  "long ".repeat(200),
];

/** Some values: two of them as a rule. */
function valuesFrom({ choose }: Tools): readonly unknown[] {
  const count = choose.from([2, 3, 0, 1, 4, 9]);
  return Array.from({ length: count }, () => choose.from(PAYLOADS));
}

export type ValuesProgram = OrchestratorDefinition<Values>;

/** Starts one of the programs under an id that nobody else uses, and perhaps waits for it. */
export async function startOne(tools: Tools, owner: string, programs: readonly ValuesProgram[]): Promise<string> {
  const { client, choose, requests } = tools;
  const program = choose.from(programs);
  const id = `fresh ${owner}`;
  const input = { run: owner, values: valuesFrom(tools) };
  try {
    await client.scheduleNewOrchestration(program, input, id);
  } catch (error) {
    if (!(error instanceof InstanceAlreadyExistsError)) throw error;
    await requests.append({ kind: "start", stage: "refused", id, what: owner });
  }
  return id;
}

/** Sends numbered ticks, under names that are spelt in several ways. */
export async function sendTicks(tools: Tools, id: string, owner: string, count: number): Promise<void> {
  const { client, choose, after, requests } = tools;
  for (let i = 1; i <= count; i++) {
    await after({ seconds: choose.from([0, 1, 7, 600]) });
    const tick = `tick ${i} of ${owner} ✓`;
    await client.raiseOrchestrationEvent(id, choose.from(["Tick", "TICK", "tick"]), tick);
    await requests.append({ kind: "tick", stage: "done", id, what: tick });
  }
}

/** Waits until an instance is there. */
export async function untilThere({ client, after }: Tools, id: string): Promise<void> {
  while ((await client.getOrchestrationState(id)) === undefined) await after({ seconds: 2 });
}

/** Starts a collector and sends it the first half of its ticks. */
export async function collect(tools: Tools, id: string, total: number): Promise<void> {
  const { client, choose } = tools;
  const program = choose.from([collector, ordered]);
  if (program === collector) {
    await client.scheduleNewOrchestration(collector, { run: id, total, seen: [], keys: [] }, id);
  } else await client.scheduleNewOrchestration(ordered, { run: id, count: total }, id);
  await sendTicks(tools, id, "a", total >> 1);
}

/** One life of an instance id: it is started, perhaps sent an event or terminated, waited for, and purged. */
export async function liveOnce(tools: Tools, id: string, run: string): Promise<void> {
  const { client, choose, after, requests } = tools;
  const delay = choose.from([0, 0, 5, 300]);
  const startAt = delay === 0 ? {} : { startAt: { seconds: delay } };
  const input: Life = { run, notBefore: Date.UTC(2026, 0, 1) + delay * 1_000 };
  const program = choose.from([life, brief]);
  if (!(await isDone(() => client.scheduleNewOrchestration(program, input, { instanceId: id, ...startAt })))) {
    // Somebody else's life: perhaps it is over soon.
    await after({ milliseconds: 20 });
    return;
  }
  await requests.append({ kind: "start", stage: "done", id, what: run });
  const what = choose.from(["nothing", "go", "terminate", "go and terminate"]);
  if (what.includes("go")) {
    await after({ seconds: choose.from([0, 3, 60]) });
    await isDone(() => client.raiseOrchestrationEvent(id, "Go", `go ${run}`));
  }
  if (what.includes("terminate")) await isDone(() => client.terminateOrchestration(id, "ended"));
  await isDone(() => client.waitForOrchestrationCompletion(id));
  if (!choose.boolean()) return;
  await requests.append({ kind: "purge", stage: "begun", id, what: run });
  await isDone(() => client.purgeOrchestration(id));
}

/** Ends whatever lives under an id, and removes it. */
export async function endOnce(tools: Tools, id: string): Promise<void> {
  const { client, choose, after, requests } = tools;
  await after({ seconds: choose.from([0, 1, 40]) });
  await isDone(() => client.terminateOrchestration(id));
  if (!(await isDone(() => client.waitForOrchestrationCompletion(id)))) return;
  await requests.append({ kind: "purge", stage: "begun", id, what: "the end" });
  await isDone(() => client.purgeOrchestration(id));
}

/** Starts one of the programs that fail at first, and rewinds it until it has come through. */
export async function comeThrough(tools: Tools, id: string, programs: readonly ValuesProgram[]): Promise<void> {
  const { client, choose, after } = tools;
  const input = { run: id, values: [1, 2] };
  const tags = { owner: id };
  const started = await isDone(() =>
    client.scheduleNewOrchestration(choose.from(programs), input, { instanceId: id, version: "1.2", tags }),
  );
  if (!started) return;
  if (choose.boolean()) await isDone(() => client.raiseOrchestrationEvent(id, "Go", `go ${id}`));
  for (let i = 0; i < 4; i++) {
    if (!(await isDone(() => client.waitForOrchestrationCompletion(id)))) return;
    await after({ seconds: choose.from([0, 1, 50]) });
    if (!(await isDone(() => client.rewindInstance(id, `time ${i}`)))) break;
  }
  await isDone(() => client.waitForOrchestrationCompletion(id));
}

/** In which statuses an instance does not give way to another of its id: none, those of what runs, or of what was well. */
const REFUSED = [[], ["Pending", "Running", "Suspended"], ["Completed"]] as const;

/** Restarts, replaces or purges whatever has an id, and its sub-orchestrations. */
export async function manage(tools: Tools, id: string, programs: readonly ValuesProgram[]): Promise<void> {
  const { client, choose, after } = tools;
  await after({ seconds: choose.from([0, 2, 90]) });
  switch (choose.from(["restart", "purge", "copy", "rewind", "terminate", "replace"])) {
    case "replace": {
      const options = { instanceId: id, version: "1.2", tags: { owner: id }, dedupeStatuses: choose.from(REFUSED) };
      const input = { run: id, values: [1, 2] };
      await isDone(() => client.scheduleNewOrchestration(choose.from(programs), input, options));
      return;
    }
    case "restart":
      await isDone(() => client.restartOrchestration(id));
      return;
    case "copy":
      await isDone(() => client.restartOrchestration(id, true));
      return;
    case "purge":
      await isDone(() => client.purgeOrchestration(id, { recursive: true }));
      return;
    case "rewind":
      await isDone(() => client.rewindInstance(id));
      return;
    case "terminate":
      await isDone(() => client.terminateOrchestration(id, "enough", { recursive: true }));
  }
}

/** False where somebody else was faster: that is what racing clients have to live with. */
async function isDone(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const isRace =
      error instanceof InstanceAlreadyExistsError ||
      error instanceof InstanceNotFoundError ||
      error instanceof InstanceNotFailedError ||
      error instanceof InstanceNotTerminalError ||
      error instanceof InstanceTerminalError;
    if (isRace) return false;
    throw error;
  }
}
