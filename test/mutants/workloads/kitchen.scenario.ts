/**
 * One worker and activities that never fail by themselves: whatever is replayed, retried, split or given up here is so
 * because of a fault.
 */
import { scenario } from "@dacapo/simulator";
import { activity, orchestrator, whenAll } from "dacapo";

const retry = { maxNumberOfAttempts: 4, firstRetryInterval: { seconds: 5 } };
const bake = activity("bake", (_ctx, n: number) => n);
const breakfast = orchestrator("breakfast", function* (ctx, rolls: number) {
  const spreads = [ctx.waitForExternalEvent<string>("spread"), ctx.waitForExternalEvent<string>("spread")];
  const baked = yield* whenAll(Array.from({ length: rolls }, (_, n) => ctx.callActivity(bake, n, { retry })));
  const spread = yield* whenAll(spreads);
  yield* ctx.callActivity(bake, baked.length, { retry });
  return spread.length;
});

export default scenario("kitchen", {
  register: [breakfast, bake],
  workers: 1,
  outside: (world) => ({ oven: world.ledger<{ call: string }>("oven") }),
  mocks: ({ oven }) => ({
    bake: async (ctx, n) => {
      await oven.appendOnce(ctx.idempotencyKey, { call: `${ctx.instanceId} ${n}` });
      return n;
    },
  }),
  async clients({ client, choose }) {
    const rolls = choose.integer(1, 3);
    for (const id of ["a", "b"]) {
      await client.scheduleNewOrchestration(breakfast, rolls, id);
      for (const jam of ["plum", "fig"]) await client.raiseOrchestrationEvent(id, "spread", jam);
    }
  },
  faults: { "work-poisoned": true },
  always: {
    // The last call of an instance has the number of its rolls, which no other has.
    "each roll is baked once": ({ oven }) => oven.countBy("call").every((count) => count <= 1),
  },
  eventually: { "nobody is left waiting": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal) },
});
