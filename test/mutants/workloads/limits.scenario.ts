/**
 * Work at its poison limit: three deliveries at most, and workers that die, stand still and lose their leases as often as
 * that leaves any. Nothing may be given up.
 */
import { scenario } from "@dacapo/simulator";
import { activity, orchestrator, whenAll } from "dacapo";

const bake = activity("bake", (_ctx, n: number) => n);
const breakfast = orchestrator("breakfast", function* (ctx, rolls: number) {
  const baked = yield* whenAll(Array.from({ length: rolls }, (_, i) => ctx.callActivity(bake, i)));
  yield* ctx.createTimer({ minutes: 1 });
  return baked.length + (yield* ctx.callActivity(bake, 1));
});

export default scenario("limits", {
  register: [breakfast, bake],
  workers: 3,
  async clients({ client, choose }) {
    const rolls = choose.integer(1, 3);
    for (const id of ["a", "b", "c"]) await client.scheduleNewOrchestration(breakfast, rolls, id);
  },
  faults: {
    "crash-before-commit": 0.3,
    "worker-paused": 0.3,
    "lease-stolen": 0.3,
    "activity-throws": false,
    "activity-fails-after-effect": false,
  },
  hub: { worker: { maxDeliveryCount: 3 } },
  eventually: { "everybody has breakfast": ({ hub }) => hub.outputs().length === hub.instances().length },
});
