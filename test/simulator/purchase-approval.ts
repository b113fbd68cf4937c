/**
 * The workflow and the scenario that several tests of the simulator use: an approval that is charged once approved.
 * Naive, it charges twice when a crash comes between the charge and its record; repaired, it does not.
 */
import { activity, orchestrator, whenAny } from "dacapo";
import type { Scenario } from "@dacapo/simulator";
import { scenario } from "@dacapo/simulator";

export interface Order {
  readonly id: string;
  readonly total: number;
}

interface Charge {
  readonly order: string;
  readonly amount: number;
}

const requestApproval = activity("requestApproval", (_ctx, order: Order): Promise<string> => Promise.resolve(order.id));
const chargeCard = activity("chargeCard", (_ctx, order: Order): Promise<string> => Promise.resolve(order.id));
const escalate = activity("escalate", (_ctx, _order: Order): Promise<string> => Promise.resolve("escalated"));

const approvePurchase = orchestrator("approvePurchase", function* (ctx, order: Order) {
  yield* ctx.callActivity(requestApproval, order);
  const deadline = ctx.createTimer({ hours: 72 });
  const approval = ctx.waitForExternalEvent<boolean>("Approval");
  const winner = yield* whenAny([approval, deadline]);
  if (winner === deadline) return yield* ctx.callActivity(escalate, order);
  deadline.cancel();
  return approval.result ? yield* ctx.callActivity(chargeCard, order) : "rejected";
});

const orders: readonly Order[] = [
  { id: "order-17", total: 90 },
  { id: "order-18", total: 12 },
];

export function purchaseApproval(kind: "naive" | "repaired"): Scenario {
  return scenario("purchase approval", {
    register: [approvePurchase, requestApproval, chargeCard, escalate],
    workers: 3,
    outside: (world) => ({ charges: world.ledger<Charge>("charges") }),
    mocks: ({ charges }) => ({
      chargeCard: async (ctx, order) => {
        const charge = { order: order.id, amount: order.total };
        if (kind === "naive") await charges.append(charge);
        else await charges.appendOnce(ctx.idempotencyKey, charge);
        return "charged";
      },
    }),
    async clients({ client, choose, after }) {
      const order = choose.from(orders);
      const id = await client.scheduleNewOrchestration(approvePurchase, order, order.id);
      await after({ hours: choose.integer(0, 80) });
      await client.raiseOrchestrationEvent(id, "Approval", choose.boolean());
    },
    always: {
      "an order is charged at most once": ({ charges }) => charges.countBy("order").every((n) => n <= 1),
    },
    eventually: { "every order is decided": ({ hub }) => hub.instances().every((instance) => instance.isTerminal) },
    sometimes: {
      "the deadline wins": ({ hub }) => hub.outputs().includes("escalated"),
      "a card is charged": ({ charges }) => charges.entries().length > 0,
    },
  });
}
