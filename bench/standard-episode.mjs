/**
 * The standard simulated episode: three workers, five instances, about 150 history events, all faults, all oracles.
 *
 * Invariant: nothing in it is switched off, so that its rate is that of a user's own search.
 */
import { scenario } from "@dacapo/simulator";
import { activity, orchestrator, whenAll, whenAny } from "dacapo";

const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 5 } };
const reserve = activity("reserve", (_ctx, item) => item);
const charge = activity("charge", (_ctx, order) => order);
const ship = activity("ship", (_ctx, order) => order);

const fulfil = orchestrator("fulfil", function* (ctx, order) {
  const items = yield* whenAll([1, 2, 3].map((item) => ctx.callActivity(reserve, item, { retry })));
  const deadline = ctx.createTimer({ hours: 72 });
  const approval = ctx.waitForExternalEvent("Approval");
  const winner = yield* whenAny([approval, deadline]);
  if (winner === deadline) return "late";
  deadline.cancel();
  yield* ctx.callActivity(charge, order, { retry });
  yield* ctx.createTimer({ minutes: 5 });
  yield* ctx.callActivity(ship, { order, items }, { retry });
  return "shipped";
});

export default scenario("standard episode", {
  register: [fulfil, reserve, charge, ship],
  workers: 3,
  outside: (world) => ({ charges: world.ledger("charges") }),
  mocks: ({ charges }) => ({
    charge: async (ctx, order) => {
      await charges.appendOnce(ctx.idempotencyKey, { order });
      return "charged";
    },
  }),
  async clients({ client, choose, after }) {
    for (const order of ["order-1", "order-2", "order-3", "order-4", "order-5"]) {
      await client.scheduleNewOrchestration(fulfil, order, order);
    }
    await after({ minutes: choose.integer(0, 10) });
    for (const order of ["order-1", "order-2", "order-3", "order-4", "order-5"]) {
      await client.raiseOrchestrationEvent(order, "Approval");
    }
  },
  always: { "an order is charged once": ({ charges }) => charges.countBy("order").every((count) => count <= 1) },
  eventually: { "every order is decided": ({ hub }) => hub.instances().every((instance) => instance.isTerminal) },
});
