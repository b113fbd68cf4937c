/**
 * The simulator's figures. Each workload resolves to one number, in the figure's unit.
 */
import { openSimulation } from "@dacapo/simulator";
import { activity, orchestrator } from "dacapo";

// Warms the engine up, as for every figure.
export { sequencesPerSecond } from "./dacapo-workloads.mjs";

const remind = activity("remind", async (_ctx, day) => day);

const reminders = orchestrator("reminders", function* (ctx, days) {
  for (let day = 1; day <= days; day++) {
    yield* ctx.createTimer({ days: 1 });
    yield* ctx.callActivity(remind, day);
  }
});

/** Milliseconds for a workflow of 30 days, with a timer and an activity each day, from opening the simulation to its end. */
export async function thirtyDayWorkflowMs(days = 30) {
  const startedAt = performance.now();
  const simulation = await openSimulation({ register: [remind, reminders] });
  const begunAt = simulation.now.getTime();
  const id = await simulation.client.scheduleNewOrchestration(reminders, days);
  const { runtimeStatus } = await simulation.client.waitForOrchestrationCompletion(id);
  const passed = (simulation.now.getTime() - begunAt) / (24 * 60 * 60 * 1000);
  await simulation.close();
  const elapsed = performance.now() - startedAt;
  if (runtimeStatus !== "Completed" || passed < days) throw new Error(`it ended ${runtimeStatus} after ${passed} days`);
  return elapsed;
}
