/**
 * O11: after faults stop, everything comes to rest, and rests for a good reason.
 *
 * Invariant: at rest each instance has ended, or waits for external events that nobody sent, or for others who do; a
 * run that does not come to rest makes progress. A workflow that goes on for ever is fine, one whose steps add to no
 * history is not. And nothing is set aside as poison, because no fault of the simulator goes so far unless it is told to;
 * nor dropped by a worker to which nothing happened. What goes round in circles is the business of O14.
 */
import type { InstanceMessage } from "dacapo/backend";
import type { OpenTask, ReplayResult } from "dacapo/replay";
import type { InstanceView } from "dacapo/memory";
import type { PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Dropped } from "./custody.ts";
import { Custody } from "./custody.ts";
import type { Explain, Rest } from "./entity-rest.ts";
import { restOfEntity, restOfRequest } from "./entity-rest.ts";
import type { FinalEvidence, Oracle, Violation } from "./oracle.ts";

const ID = "O11";

/** So many steps without a single new history event are spinning. */
const SPINNING_STEPS = 2_000;

export function livenessOracle({ poisons }: { readonly poisons: boolean }): Oracle {
  const calls = new CallReader();
  const custody = new Custody();
  const take = (call: PortCall): readonly Violation[] => {
    const dropped = custody.take(call);
    if (dropped !== undefined) return [workDropped(dropped)];
    return poisons ? NOTHING : setAside(call);
  };
  return {
    id: ID,
    title: "after faults stop, everything comes to rest for a good reason, and nothing spins",
    observe: ({ committed }) => calls.judge(committed.calls, take),
    atEnd: (evidence) => (evidence.isAtRest ? stalls(evidence) : spinning(evidence)),
  };
}

/**
 * Says why an instance rests; undefined when it has ended, or nobody can tell. For runs that have come to rest.
 * @param waiting who waits for it, and for whom those wait.
 */
export function explainRest(
  instance: InstanceView,
  evidence: FinalEvidence,
  waiting: readonly string[] = [],
): Rest | undefined {
  const { instanceId } = instance.record;
  if (waiting.includes(instanceId)) {
    return { isJustified: false, reason: `it waits for itself: ${[...waiting, instanceId].join(" -> ")}` };
  }
  const explain = (other: InstanceView): Rest | undefined => explainRest(other, evidence, [...waiting, instanceId]);
  if (instance.record.kind === "entity") return restOfEntity(instance, evidence, explain);
  return restOfOrchestration(instance, evidence, explain);
}

function restOfOrchestration(instance: InstanceView, evidence: FinalEvidence, explain: Explain): Rest | undefined {
  const { runtimeStatus, instanceId, executionId } = instance.record;
  if (runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated") return undefined;
  const stall = (reason: string): Rest => ({ isJustified: false, reason });
  if (instance.history.length === 0) return stall("it never started to run");
  if (instance.rewind !== undefined) return stall("it was to go on after its failure, and no worker takes it");
  const queued = evidence.store.queue(instanceId).length;
  if (queued === 1) return stall("a message waits for it that no worker takes");
  if (queued > 1) return stall(`${queued} messages wait for it that no worker takes`);
  const replay = evidence.replays.find(({ execution }) => execution.executionId === executionId)?.replay;
  // A history that cannot be replayed is the business of O6.
  if (replay?.ok !== true) return undefined;
  const held = restOfHeld(instance, replay);
  if (held !== undefined) return held;
  if (replay.openTasks.length === 0) return stall("it waits for nothing at all");
  const reasons = replay.openTasks.flatMap((task) => {
    if (task.kind !== "event") {
      const rest = restOfTask(task, instance, evidence, explain);
      return rest.isJustified ? [] : [`${describe(task)}, which will never come: ${rest.reason}`];
    }
    const sent = replay.unprocessedEvents.some(({ name }) => name.toLowerCase() === task.name.toLowerCase());
    return sent ? [`${describe(task)}, although its history has one that nothing took`] : [];
  });
  if (reasons.length > 0) return stall(`it waits for ${reasons.join(" and ")}`);
  const waits = replay.openTasks.map((task) =>
    task.kind === "event" ? `${describe(task)}, ${wasSent(task, instanceId, evidence)}` : describe(task),
  );
  return { isJustified: true, reason: `it waits for ${waits.join(" and ")}` };
}

/** Why an instance does not go on although something came for its code, or will. */
function restOfHeld({ record, history }: InstanceView, replay: Extract<ReplayResult, { ok: true }>): Rest | undefined {
  const [early] = replay.earlyEvents;
  if (early !== undefined) {
    return { isJustified: false, reason: `the event "${early.name}" waits for another of its sender that never comes` };
  }
  const order = history.findLast(({ type }) => type === "ExecutionSuspended" || type === "ExecutionResumed");
  if (order?.type === "ExecutionSuspended") return { isJustified: true, reason: "it is suspended" };
  if (record.runtimeStatus !== "Suspended") return undefined;
  return { isJustified: false, reason: "nobody suspended it, or somebody resumed it since" };
}

/** Why what a task asked for does not come. */
function restOfTask(
  task: Extract<OpenTask, { readonly taskId: number }>,
  instance: InstanceView,
  evidence: FinalEvidence,
  explain: Explain,
): Rest {
  switch (task.kind) {
    case "sub-orchestration":
      return restOfChild(task.taskId, instance, evidence, explain);
    case "entity-call":
    case "entity-lock":
      return restOfRequest(task, instance, evidence, explain);
    case "activity":
    case "timer":
      return { isJustified: false, reason: whyNever(task, instance, evidence) };
  }
}

/** Why a child does not answer. */
function restOfChild(
  taskId: number,
  { record, history }: InstanceView,
  evidence: FinalEvidence,
  explain: Explain,
): Rest {
  const stall = (reason: string): Rest => ({ isJustified: false, reason });
  const asked = history.find((event) => event.type === "SubOrchestrationInstanceCreated" && event.taskId === taskId);
  if (asked?.type !== "SubOrchestrationInstanceCreated") return stall("its history does not ask for it");
  const child = evidence.store.instance(asked.instanceId);
  const parent = child?.start.event.parent;
  if (child === undefined || parent?.executionId !== record.executionId || parent.taskId !== taskId) {
    return stall(`there is no child "${asked.instanceId}" of this task`);
  }
  return explain(child) ?? stall("the child has ended, or cannot be replayed");
}

function wasSent(task: OpenTask, instanceId: string, { committed }: FinalEvidence): string {
  const isIt = ({ instanceId: to, body }: InstanceMessage): boolean =>
    to === instanceId &&
    body.type === "EventRaised" &&
    task.kind === "event" &&
    body.name.toLowerCase() === task.name.toLowerCase();
  const sent = committed.calls.some((call) => call.type === "send" && call.tookEffect && isIt(call.message));
  return sent ? "of which none is left" : "which nobody sent";
}

function stalls(evidence: FinalEvidence): readonly Violation[] {
  return [...evidence.store.instances()].flatMap((instance) => {
    const rest = explainRest(instance, evidence);
    if (rest === undefined || rest.isJustified) return [];
    const { instanceId, runtimeStatus } = instance.record;
    const message = `nothing more can happen, and instance "${instanceId}" is still ${runtimeStatus}: ${rest.reason}`;
    return [{ oracle: ID, instanceId, message }];
  });
}

function describe(task: OpenTask): string {
  switch (task.kind) {
    case "activity":
      return `the result of activity "${task.name}" (task ${task.taskId})`;
    case "timer":
      return `timer ${task.taskId}`;
    case "sub-orchestration":
      return `the end of sub-orchestration "${task.name}" (task ${task.taskId})`;
    case "entity-call":
      return `the answer of entity "${task.name}" (task ${task.taskId})`;
    case "entity-lock":
      return `the locks of ${task.name} (task ${task.taskId})`;
    case "event":
      return `the event "${task.name}"`;
  }
}

/** Why an answer does not come. */
function whyNever(
  task: Extract<OpenTask, { readonly taskId: number }>,
  { record, history }: InstanceView,
  { store, committed }: FinalEvidence,
): string {
  const { executionId } = record;
  const asked = history.some(
    (event) => (event.type === "TaskScheduled" || event.type === "TimerCreated") && event.taskId === task.taskId,
  );
  if (!asked) return "its history does not ask for it";
  if (task.kind === "timer") return "it is not set any more";
  for (const { work } of store.activities()) {
    if (work.executionId === executionId && work.taskId === task.taskId) return "no worker takes it";
  }
  const isAnswered = committed.calls.some(
    (call) =>
      call.type === "answer" &&
      call.refusedWith === undefined &&
      call.work?.executionId === executionId &&
      call.work.taskId === task.taskId,
  );
  return isAnswered ? "a worker gave it, and it got lost" : "no worker has it, and none will get it";
}

function workDropped({ instanceId, activity, worker }: Dropped): Violation {
  const what =
    activity === undefined
      ? `a turn of instance "${instanceId}"`
      : `activity "${activity}" of instance "${instanceId}"`;
  const message = `${worker} took up ${what}, and neither ended it nor gave it back, although nothing had happened to it`;
  return { oracle: ID, instanceId, message };
}

/** Work that the engine gives up although its workers did nothing but die now and then. */
function setAside(call: PortCall): readonly Violation[] {
  if ((call.type !== "turn" && call.type !== "answer") || call.refusedWith !== undefined) return NOTHING;
  if (call.type === "answer") {
    const { instanceId, body } = call.commit.message;
    if (body.type !== "TaskFailed" || body.failure.code !== POISON) return NOTHING;
    const message = `activity "${call.work?.name ?? ""}" of instance "${instanceId}" was given up as poison, and nothing is wrong with it`;
    return [{ oracle: ID, instanceId, message }];
  }
  const instanceId = call.commit.lock.key;
  if (call.commit.status.failure?.code !== POISON) return NOTHING;
  return [
    {
      oracle: ID,
      instanceId,
      message: `instance "${instanceId}" was given up as poison, and nothing is wrong with it`,
    },
  ];
}

const POISON = "POISON_MESSAGE";

const NOTHING: readonly Violation[] = [];

function spinning({ stepsWithoutProgress, busyFunctions }: FinalEvidence): readonly Violation[] {
  if (stepsWithoutProgress < SPINNING_STEPS || busyFunctions.length > 0) return [];
  return [
    { oracle: ID, message: `the last ${stepsWithoutProgress} steps added nothing to any history, and do not end` },
  ];
}
