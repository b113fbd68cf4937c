/**
 * Orchestrations that stand still: held while answers come, again and again, and waiting for so long that others forget
 * them.
 */
import { InstanceNotFoundError, InstanceTerminalError } from "dacapo";
import { scenario } from "@dacapo/simulator";
import { entity, orchestrator, whenAll } from "dacapo";
import { mocks, outside } from "./expectations.ts";
import { work } from "./programs.ts";

const tally = entity<{ add(n: number): number }, number>("tally", (ctx) => {
  ctx.setState(ctx.getState(0) + ctx.getInput<number>());
  return ctx.getState(0);
});

const retry = { maxNumberOfAttempts: 9, firstRetryInterval: { seconds: 1 } };

/** Does its work two at a time, and takes a word after each pair. */
const rounds = orchestrator("rounds", function* (ctx, count: number) {
  const words: string[] = [];
  for (let round = 1; round <= count; round++) {
    const pair = ["a", "b"].map((side) => ctx.callActivity(work, { label: `${round}/${side}` }, { retry }));
    yield* whenAll(pair);
    words.push(yield* ctx.waitForExternalEvent<string>("Word"));
  }
  return words;
});

/** Calls an entity, and calls it again when that may have forgotten it. */
const seldom = orchestrator("seldom", function* (ctx, minutes: number) {
  const before = yield* ctx.entities.callEntity(tally, "one", "add", 1);
  yield* ctx.createTimer({ minutes });
  const after = yield* ctx.entities.callEntity(tally, "one", "add", 1);
  return after > before;
});

const ROUNDS = 2;

export default scenario("pauses", {
  register: [rounds, seldom, tally, work],
  workers: 2,
  outside,
  mocks,
  clients: {
    owner: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(rounds, ROUNDS, "rounds");
      await client.scheduleNewOrchestration(seldom, choose.from([130, 70, 20]), "seldom");
      for (let round = 1; round <= ROUNDS; round++) {
        await after({ seconds: choose.from([0, 1, 4]) });
        await client.raiseOrchestrationEvent("rounds", "Word", `word ${round}`);
      }
    },
    warden: async ({ client, choose, after }) => {
      for (let i = choose.integer(1, 3); i > 0; i--) {
        await after({ seconds: choose.from([0, 1, 3]) });
        await tried(() => client.suspendOrchestration("rounds", "a pause"));
        await after({ seconds: choose.from([3, 0, 40]) });
        for (let times = choose.integer(1, 2); times > 0; times--) {
          await tried(() => client.resumeOrchestration("rounds"));
        }
      }
    },
    // An entity forgets when it has something else to do.
    passer: async ({ client, choose, after }) => {
      await after({ minutes: choose.from([65, 1]) });
      await client.signalEntity(tally, "one", "add", 1);
    },
  },
  faults: { "message-duplicated": 0.2, "message-redelivered": 0.2 },
  always: {
    "a call has its effect once": ({ effects }) => effects.countBy("label").every((count) => count === 1),
    "words are taken once, and in order": ({ hub }) => {
      const output = hub.instance("rounds")?.output;
      return output === undefined || new Set(output as readonly string[]).size === ROUNDS;
    },
    "who calls seldom is answered": ({ hub }) => hub.instance("seldom")?.output !== false,
  },
  eventually: {
    "who calls seldom comes to an end": ({ hub }) => hub.instance("seldom")?.isTerminal !== false,
  },
  maxSteps: 8_000,
});

/** Does what somebody else's doings may have made impossible. */
async function tried(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof InstanceNotFoundError || error instanceof InstanceTerminalError)) throw error;
  }
}
