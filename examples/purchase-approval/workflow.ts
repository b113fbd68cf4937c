/**
 * Purchase approval: somebody has 72 hours to approve an order; if nobody does, it is escalated. An approved
 * order is charged. The activities stand for a mail system and a payment provider.
 */
import { activity, orchestrator, whenAny } from "dacapo";

export interface Order {
  readonly id: number;
  /** In euros. */
  readonly total: number;
}

export const requestApproval = activity("requestApproval", (ctx, order: Order) => {
  ctx.log.info({ order: order.id }, "Please approve this order.");
});

export const escalate = activity("escalate", (ctx, order: Order) => {
  ctx.log.warn({ order: order.id }, "Nobody decided on this order in time.");
  return "escalated" as const;
});

export const chargeCard = activity("chargeCard", (ctx, order: Order) => {
  ctx.log.info({ order: order.id, amount: order.total, key: ctx.idempotencyKey }, "Charged.");
  return "charged" as const;
});

export const approvePurchase = orchestrator("approvePurchase", function* (ctx, order: Order) {
  yield* ctx.callActivity(requestApproval, order);
  const deadline = ctx.createTimer({ hours: 72 });
  const approval = ctx.waitForExternalEvent<boolean>("Approval");
  const winner = yield* whenAny([approval, deadline]);
  if (winner === deadline) return yield* ctx.callActivity(escalate, order);
  deadline.cancel();
  return approval.result ? yield* ctx.callActivity(chargeCard, order) : "rejected";
});
