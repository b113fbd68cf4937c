/**
 * Aggregator: an entity collects notifications, and starts a workflow once 10 have come. An operation runs alone, and its
 * state and the start of the workflow are recorded in one step, so nobody has to lock, count or clean up.
 */
import { activity, entity, orchestrator, TaskEntity } from "dacapo";

export const BATCH = 10;

export interface Notification {
  readonly id: string;
}

/** Stands for a call of a mail service. */
export const sendMail = activity("sendMail", (ctx, notifications: readonly Notification[]) => {
  ctx.log.info({ notifications: notifications.length, key: ctx.idempotencyKey }, "Sent.");
});

export const sendDigest = orchestrator("sendDigest", function* (ctx, notifications: readonly Notification[]) {
  yield* ctx.callActivity(sendMail, notifications, { retry: () => ({ minutes: 1 }) });
  return notifications.length;
});

class Inbox extends TaskEntity<Notification[]> {
  protected override initializeState(): Notification[] {
    return [];
  }

  add(notification: Notification): void {
    this.state.push(notification);
    if (this.state.length < BATCH) return;
    this.context.scheduleNewOrchestration(sendDigest, this.state);
    this.state = [];
  }
}

export const inbox = entity("inbox", Inbox);
