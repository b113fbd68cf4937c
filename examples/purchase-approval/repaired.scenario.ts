/**
 * The repair: every delivery and every retry of one call carries the same idempotency key, so the payment
 * provider can tell a repeated charge from a new one.
 */
import { scenario } from "@dacapo/simulator";
import { approvePurchase, chargeCard, escalate, type Order, requestApproval } from "./workflow.ts";

interface Charge {
  readonly order: number;
  readonly amount: number;
}

const orders: readonly Order[] = [
  { id: 17, total: 40 },
  { id: 18, total: 1200 },
];

export default scenario("purchase approval, repaired", {
  register: [approvePurchase, requestApproval, escalate, chargeCard],
  workers: 2,
  outside: (world) => ({ charges: world.ledger<Charge>("charges") }),
  mocks: ({ charges }) => ({
    chargeCard: async (ctx, order) => {
      await charges.appendOnce(ctx.idempotencyKey, { order: order.id, amount: order.total });
      return "charged";
    },
  }),
  async clients({ client, choose, after }) {
    const id = await client.scheduleNewOrchestration(approvePurchase, choose.from(orders));
    await after({ hours: choose.integer(0, 80) });
    await client.raiseOrchestrationEvent(id, "Approval", !choose.boolean());
  },
  always: {
    "an order is charged at most once": ({ charges }) => charges.countBy("order").every((count) => count <= 1),
  },
  eventually: {
    "every order is decided": ({ hub }) => hub.instances().every((instance) => instance.isTerminal),
  },
  sometimes: {
    "an order is charged": ({ charges }) => charges.entries().length > 0,
    "the deadline wins": ({ hub }) => hub.outputs().includes("escalated"),
  },
});
