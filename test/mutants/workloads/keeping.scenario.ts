/**
 * A hub that keeps itself small: workers remove what ended long ago, and histories have a limit, which some orchestrations
 * meet, some reach in the turn in which they end or begin anew, and some would pass.
 */
import { InstanceNotFailedError, InstanceNotFoundError, InstanceTerminalError } from "dacapo";
import { scenario } from "@dacapo/simulator";
import { activity, orchestrator, whenAny } from "dacapo";

const step = activity("step", (_ctx, n: number) => n);

/** A first turn of four events, and four more for each step: the fourth step is the last one that may be followed. */
const EVENTS_MAX = 18;

/** One step after the other. With five it gets beyond the limit, with four it ends in the turn that would be. */
const walk = orchestrator("walk", function* (ctx, steps: number) {
  let sum = 0;
  for (let i = 1; i <= steps; i++) sum += yield* ctx.callActivity(step, i);
  return sum;
});

/** Begins anew in the very turn that would be too long. */
const rounds = orchestrator("rounds", function* (ctx, round: number) {
  for (let i = 1; i <= 4; i++) yield* ctx.callActivity(step, i);
  if (round === ROUNDS) return round;
  ctx.continueAsNew(round + 1);
  return undefined;
});
const ROUNDS = 2;

/** How long its history gets depends on how many words come at a time. */
const listens = orchestrator("listens", function* (ctx, words: number) {
  for (let i = 0; i < words; i++) yield* ctx.waitForExternalEvent("Word");
  return words;
});

const child = orchestrator("child", function* (ctx, minutes: number) {
  yield* ctx.createTimer({ minutes });
  return minutes;
});

/** Waits for its child, or ends before it does, or goes on for long after it. */
const parent = orchestrator("parent", function* (ctx, { own, childs }: { own: number; childs: number }) {
  const called = ctx.callSubOrchestrator(child, childs);
  yield* whenAny([called, ctx.createTimer({ minutes: own })]);
  yield* ctx.createTimer({ minutes: own });
  return own;
});

/** An id is free again once its orchestration has ended. */
const LIVE = ["Pending", "Running", "Suspended"] as const;

/** Does what somebody else's doings may have made impossible. */
async function tried(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const harmless = [InstanceNotFoundError, InstanceNotFailedError, InstanceTerminalError];
    if (!harmless.some((kind) => error instanceof kind)) throw error;
  }
}

export default scenario("keeping", {
  register: [walk, rounds, listens, parent, child, step],
  workers: 2,
  hub: {
    history: { warnEvents: 10, maxEvents: EVENTS_MAX },
    retention: [
      { statuses: ["Completed"], after: { minutes: 5 } },
      { statuses: ["Failed"], after: { minutes: 20 }, name: "walk" },
      { statuses: ["Terminated"], after: { seconds: 30 }, name: "parent" },
    ],
  },
  clients: {
    walker: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(walk, choose.from([4, 5, 2]), "walk");
      for (let i = choose.integer(0, 2); i > 0; i--) {
        await after({ minutes: choose.from([20, 1, 6]) });
        await tried(() => client.rewindInstance("walk", "once more"));
      }
    },
    rounder: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(rounds, 1, "rounds");
      await after({ minutes: choose.from([0, 5, 6]) });
      await client.scheduleNewOrchestration(rounds, ROUNDS, { instanceId: "rounds", dedupeStatuses: LIVE });
    },
    speaker: async ({ client, choose, after }) => {
      const words = choose.integer(1, 8);
      await client.scheduleNewOrchestration(listens, words, "listens");
      for (let i = 0; i < words; i++) {
        await after({ seconds: choose.from([0, 0, 1, 60]) });
        await client.raiseOrchestrationEvent("listens", "Word", i);
      }
    },
    elder: async ({ client, choose, after }) => {
      const own = choose.from([1, 3, 8]);
      await client.scheduleNewOrchestration(parent, { own, childs: choose.from([1, 4, 12]) }, "parent");
      if (choose.from([false, false, true])) {
        await after({ minutes: choose.from([1, 4]) });
        await tried(() => client.terminateOrchestration("parent", "enough", { recursive: choose.from([false, true]) }));
      }
      if (choose.from([false, true])) return;
      // The same id again, at about the time when the one before it goes.
      await client.waitForOrchestrationCompletion("parent");
      await after({ seconds: choose.from([30, 300]) });
      const again = { own: 0, childs: choose.from([0, 6]) };
      await client.scheduleNewOrchestration(parent, again, { instanceId: "parent", dedupeStatuses: LIVE });
    },
  },
  faults: { "activity-throws": false, "activity-fails-after-effect": false },
  always: {
    "who begins anew in time does not fail": ({ hub }) => hub.instance("rounds")?.runtimeStatus !== "Failed",
    "who ends in time does not fail": ({ hub }) => {
      const one = hub.instance("walk");
      return one?.runtimeStatus !== "Failed" || one.input === 5;
    },
  },
  eventually: {
    "what ended well is gone": ({ hub }) => hub.instances().every(({ runtimeStatus }) => runtimeStatus !== "Completed"),
  },
  sometimes: {
    "somebody's history gets too long": ({ hub }) => hub.instance("walk")?.runtimeStatus === "Failed",
    "how words come decides": ({ hub }) => hub.instance("listens")?.runtimeStatus === "Failed",
  },
});
