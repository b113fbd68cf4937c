/**
 * Clients that look at an instance again and again, also once it has ended and late copies of its messages arrive; and a
 * workflow that continues as new for longer than the redelivery horizon.
 */
import { scenario } from "@dacapo/simulator";
import { activity, orchestrator } from "dacapo";

const count = activity("count", (_ctx, n: number) => n);
const counting = orchestrator("counting", function* (ctx, upTo: number) {
  let sum = 0;
  for (let n = 1; n <= upTo; n++) sum += yield* ctx.callActivity(count, n);
  return sum;
});

/** Goes on for longer than the ids of its messages have to be remembered. */
const rounds = orchestrator("rounds", function* (ctx, left: number) {
  if (left === 3) yield* ctx.waitForExternalEvent("begin");
  yield* ctx.createTimer({ minutes: 20 });
  if (left > 0) ctx.continueAsNew(left - 1);
});

export default scenario("reads", {
  register: [counting, rounds, count],
  workers: 2,
  clients: {
    async reader({ client }) {
      const id = await client.scheduleNewOrchestration(counting, 1, "it");
      await client.waitForOrchestrationCompletion(id);
      for (let look = 0; look < 20; look++) await client.getOrchestrationState(id);
    },
    async beginner({ client }) {
      const id = await client.scheduleNewOrchestration(rounds, 3, "rounds");
      await client.raiseOrchestrationEvent(id, "begin");
    },
    // Only where there is work, copies arrive.
    async starter({ client }) {
      for (const id of ["a", "b", "c"]) await client.scheduleNewOrchestration(counting, 4, id);
    },
  },
  faults: { "message-redelivered": 0.4, "message-duplicated": 0.4 },
});
