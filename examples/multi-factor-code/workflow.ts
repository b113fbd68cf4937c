/**
 * Multi-factor code: a code is sent to a phone, and its owner has 90 seconds and 3 attempts to type it in. The code is made
 * of the call's idempotency key, so that a message that has to be sent again carries the same one.
 */
import { createHmac } from "node:crypto";
import { activity, orchestrator, whenAny } from "dacapo";

/** Keep yours out of the code. */
const secret = "correct horse battery staple";

/** Stands for a call of a text message service. */
export const sendCode = activity("sendCode", (ctx, phone: string) => {
  const code = createHmac("sha256", secret).update(ctx.idempotencyKey).digest().readUInt32BE() % 10_000;
  ctx.log.info({ phone }, "Sent a code.");
  return String(code).padStart(4, "0");
});

export const verifyPhone = orchestrator("verifyPhone", function* (ctx, phone: string) {
  const code = yield* ctx.callActivity(sendCode, phone, {
    retry: { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 5 } },
  });
  const deadline = ctx.createTimer({ seconds: 90 });
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const answer = ctx.waitForExternalEvent<string>("Answer");
    const winner = yield* whenAny([answer, deadline]);
    if (winner === deadline) return "too late";
    if (answer.result === code) {
      deadline.cancel();
      return "verified";
    }
  }
  deadline.cancel();
  return "too many attempts";
});
