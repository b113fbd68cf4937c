/** Orchestrations that fail at first, and clients that rewind, restart, copy, replace, end and purge them, all at once. */
import type { OutsideWorld, Properties } from "@dacapo/simulator";
import { scenario } from "@dacapo/simulator";
import { activity, orchestrator, whenAll, whenAny } from "dacapo";
import { comeThrough, manage, untilThere } from "./clients.ts";
import type { Outside } from "./expectations.ts";
import { outside } from "./expectations.ts";
import type { Values } from "./programs.ts";

interface Bump {
  readonly label: string;
  /** So often it fails before it works. */
  readonly fails: number;
}

interface Part {
  readonly run: string;
  readonly parent: string;
}

const bump = activity("bump", (_ctx, { label }: Bump): Promise<string> => Promise.resolve(label));

/** A sub-orchestration that fails once. */
const part = orchestrator("part", function* (ctx, { run }: Part) {
  yield* ctx.callActivity(bump, { label: `${run}/part/${ctx.newGuid()}/a`, fails: 0 });
  yield* ctx.callActivity(bump, { label: `${run}/part/${ctx.newGuid()}/b`, fails: 1 });
  return ctx.executionId === "" ? "nobody" : run;
});

/** Steps that fail once each, one of them within a sub-orchestration, and an event that may come early. */
const steps = orchestrator("steps", function* (ctx, { run }: Values) {
  yield* ctx.callActivity(bump, { label: `${run}/${ctx.newGuid()}/a`, fails: 0 });
  const results: unknown[] = [yield* ctx.callActivity(bump, { label: `${run}/${ctx.newGuid()}/b`, fails: 1 })];
  results.push(yield* ctx.callSubOrchestrator(part, { run, parent: ctx.instanceId }));
  const late = ctx.createTimer({ hours: 1 });
  const go = ctx.waitForExternalEvent("Go");
  const winner = yield* whenAny([go, late]);
  if (winner === go) late.cancel();
  return { run, steps: results.length, drawn: ctx.random() < 1 };
});

/** Failures of several at once, and one that was caught. */
const sides = orchestrator("sides", function* (ctx, { run }: Values) {
  const caught = ctx.callActivity(bump, { label: `${run}/${ctx.newGuid()}/c`, fails: 99 });
  try {
    yield* caught;
  } catch {
    yield* ctx.callActivity(bump, { label: `${run}/${ctx.newGuid()}/d`, fails: 0 });
  }
  const both = [0, 1, 1].map((fails, i) => ctx.callActivity(bump, { label: `${run}/${ctx.newGuid()}/${i}`, fails }));
  const all = yield* whenAll([...both, ctx.callSubOrchestrator(part, { run, parent: ctx.instanceId })]);
  return { run, steps: all.length - 2, drawn: ctx.random() < 1 };
});

interface Attempt {
  readonly executionId: string;
  readonly taskId: number;
  readonly idempotencyKey: string;
}

const programs = [steps, sides];

const always: Properties<Outside> = {
  "no sub-orchestration is left whose parent was purged with all that is its own": ({ hub }) =>
    hub.instances().every(({ name, input }) => name !== "part" || hub.instance((input as Part).parent) !== undefined),
  "a call has its effect once": ({ effects }) => effects.countBy("label").every((count) => count === 1),
  "an orchestration keeps its version and its tags": ({ hub }) =>
    hub.instances().every(({ name, version, tags }) => name === "part" || (version === "1.2" && "owner" in tags)),
  "an orchestration fails only where a step does": ({ hub }) =>
    hub.instances().every(({ runtimeStatus, failure }) => {
      let cause = failure?.innerFailures?.[0] ?? failure;
      while (cause?.innerFailure !== undefined) cause = cause.innerFailure;
      return (
        runtimeStatus !== "Failed" || /\(simulated\)|on purpose|terminated|no instance/.test(cause?.errorMessage ?? "")
      );
    }),
  "an output is what the program comes to": ({ hub }) =>
    hub.instances().every(({ name, runtimeStatus, input, output }) => {
      if (runtimeStatus !== "Completed") return true;
      const { run } = input as Values;
      if (name === "part") return output === run;
      const came = output as { readonly run: string; readonly steps: number; readonly drawn: boolean };
      return came.run === run && came.steps === 2 && came.drawn;
    }),
};

export default scenario("management", {
  register: [...programs, part, bump],
  workers: 2,
  outside: (world: OutsideWorld) => outside(world),
  mocks: ({ effects, tries }: Outside) => ({
    bump: async (ctx: Attempt, { label, fails }: Bump) => {
      const before = tries.entries().filter((one) => one.label === label).length;
      await tries.append({ label, task: `${ctx.executionId}/${ctx.taskId}` });
      if (before < fails) throw new Error(`${label} does not work yet, on purpose`);
      await effects.appendOnce(ctx.idempotencyKey, { label, key: ctx.idempotencyKey });
      return label;
    },
  }),
  clients: {
    first: async (tools) => {
      await comeThrough(tools, "one", programs);
      if (tools.choose.boolean()) await manage(tools, "one", programs);
    },
    second: async (tools) => {
      if (tools.choose.boolean()) await comeThrough(tools, "two", programs);
      else {
        await untilThere(tools, "one");
        while (tools.choose.boolean()) await manage(tools, "one", programs);
      }
    },
  },
  always,
  maxSteps: 5_000,
});
