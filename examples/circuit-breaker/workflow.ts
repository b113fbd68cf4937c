/**
 * Calls a flaky service behind a circuit breaker: asks the breaker first, tells it what came of the call, and where it
 * refuses, waits instead of adding to the load of a service that is down.
 */
import { activity, orchestrator, TaskFailedError } from "dacapo";
import { breaker, type Pass } from "./breaker.ts";

export interface ServiceCall {
  readonly service: string;
  readonly pass: Exclude<Pass, "refused">;
}

export const callService = activity("callService", (ctx, call: ServiceCall) => {
  ctx.log.info({ service: call.service, key: ctx.idempotencyKey }, "Called.");
  return "an answer";
});

export const guardedCall = orchestrator("guardedCall", function* (ctx, service: string) {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const pass = yield* ctx.entities.callEntity(breaker, service, "ask");
    if (pass === "refused") {
      ctx.setCustomStatus("refused");
      yield* ctx.createTimer({ minutes: 2 });
      continue;
    }
    const { generation } = pass;
    try {
      const answer = yield* ctx.callActivity(callService, { service, pass });
      ctx.entities.signalEntity(breaker, service, "report", { generation, succeeded: true });
      return answer;
    } catch (error) {
      if (!(error instanceof TaskFailedError)) throw error;
      ctx.entities.signalEntity(breaker, service, "report", { generation, succeeded: false });
    }
  }
  return "given up";
});
