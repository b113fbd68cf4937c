/**
 * Payloads that are kept beside the hub: passed on, replaced, and left behind, while somebody looks for those that nothing
 * refers to any more.
 */
import { InstanceNotFoundError, InstanceTerminalError } from "dacapo";
import { scenario } from "@dacapo/simulator";
import { activity, entity, EntityInstanceId, orchestrator } from "dacapo";

/** Longer than the threshold, whatever its label. */
const large = (label: string): string => `${label}${".".repeat(80)}`;
const labelOf = (text: string): string => text.replaceAll(".", "");

const copy = activity("copy", (_ctx, text: string) => text);
const shelf = entity<{ put(text: string): number }, readonly string[]>("shelf", (ctx) => {
  ctx.setState([...ctx.getState<readonly string[]>([]), ctx.getInput<string>() ?? ""]);
  return ctx.getState<readonly string[]>([]).length;
});

/** Takes a text after the other, says when it came, and begins anew with what it has. */
const rounds = orchestrator("rounds", function* (ctx, taken: readonly string[]) {
  const word = yield* ctx.waitForExternalEvent<string>("Word");
  // Each owner of this turn writes another text, in the same place.
  const stamped = yield* ctx.callActivity(copy, large(`${labelOf(word)}@${ctx.currentUtcDateTime.getTime()}`));
  const next = [...taken, large(labelOf(stamped).split("@")[0] ?? "")];
  if (next.length === WORDS) return next;
  ctx.continueAsNew(next);
  return undefined;
});

const inner = orchestrator("inner", function* (ctx, text: string) {
  ctx.setCustomStatus(large("at work"));
  yield* ctx.createTimer({ minutes: 1 });
  return yield* ctx.callActivity(copy, text);
});

/** What the child gives is what it gives, and what the entity gets. */
const outer = orchestrator("outer", function* (ctx, text: string) {
  const given = yield* ctx.callSubOrchestrator(inner, text, { instanceId: "inner" });
  const count = yield* ctx.entities.callEntity(shelf, "one", "put", given);
  yield* ctx.entities.callEntity(shelf, "one", "put", large(`${labelOf(given)} ${count}`));
  return given;
});

const WORDS = 3;

/** Does what somebody else's doings may have made impossible. */
async function tried(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof InstanceNotFoundError || error instanceof InstanceTerminalError)) throw error;
  }
}

export default scenario("payloads", {
  register: [rounds, inner, outer, copy, shelf],
  workers: 2,
  offloading: { threshold: 60 },
  clients: {
    owner: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(rounds, [], "rounds");
      for (let i = 1; i <= WORDS; i++) {
        await after({ seconds: choose.from([0, 2, 40]) });
        await client.raiseOrchestrationEvent("rounds", "Word", large(`word ${i}`));
      }
    },
    parent: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(outer, large("text"), "outer");
      if (choose.from([false, false, true])) {
        await after({ minutes: choose.from([1, 30, 70]) });
        await tried(() => client.terminateOrchestration("outer", large("enough"), { recursive: true }));
        await client.waitForOrchestrationCompletion("outer");
        await tried(() => client.purgeOrchestration("outer"));
      }
    },
    // What a signal brings is in no history: once it was taken, nothing refers to it, and it may come once more.
    visitor: async ({ client, choose, after }) => {
      const minutes = choose.from([40, 100]);
      await client.signalEntity(shelf, "one", "put", large("late"), { signalTime: { minutes } });
      await after({ minutes: minutes + 1 });
      for (let i = choose.integer(1, 3); i > 0; i--) {
        await client.purgeUnusedPayloads();
        await client.signalEntity(shelf, "one", "put", large(`later ${i}`));
        await after({ minutes: choose.from([1, 20]) });
      }
    },
    sweeper: async ({ client, choose, after }) => {
      for (let i = choose.integer(1, 4); i > 0; i--) {
        await after({ minutes: choose.from([31, 0, 1, 20, 45]) });
        await client.purgeUnusedPayloads();
      }
    },
  },
  faults: { "message-redelivered": 0.1, "activity-throws": false, "activity-fails-after-effect": false },
  always: {
    "words are taken once": ({ hub }) => {
      const output = hub.instance("rounds")?.output as readonly string[] | undefined;
      return output === undefined || output.map(labelOf).toSorted().join() === "word 1,word 2,word 3";
    },
    "a parent gives what its child gave": ({ hub }) => {
      const output = hub.instance("outer")?.output;
      return output === undefined || output === large("text") || output === large("enough");
    },
  },
  eventually: {
    "what was put is there once": ({ hub }) => {
      const state = hub.entity(new EntityInstanceId("shelf", "one").toString())?.state as readonly string[] | undefined;
      return state?.filter((text) => text === large("late")).length === 1;
    },
    "all words are taken": ({ hub }) => hub.instance("rounds")?.runtimeStatus === "Completed",
  },
  sometimes: {
    "an entity has texts of all who put some": ({ hub }) => {
      const state = hub.entity(new EntityInstanceId("shelf", "one").toString())?.state;
      return Array.isArray(state) && state.length > 3;
    },
  },
  maxSteps: 12_000,
});
