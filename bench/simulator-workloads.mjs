/**
 * The simulator's figures. Each workload resolves to one number, in the figure's unit.
 */
import { openSimulation, simulate } from "@dacapo/simulator";
import { activity, orchestrator } from "dacapo";
import standardEpisode from "./standard-episode.mjs";

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

/** Standard episodes per second, as a search runs them: all faults, all oracles, some runs made twice to check them. */
export async function standardEpisodesPerSecond(runs) {
  const { perSecond } = await search(runs);
  return perSecond(runs);
}

/** Scheduler choices carried out per second, in the same search. */
export async function simulatedStepsPerSecond(runs) {
  const { perSecond, steps } = await search(runs);
  return perSecond(steps);
}

async function search(runs) {
  const startedAt = performance.now();
  const { outcome, message, coverage } = await simulate(standardEpisode, { runs, seed: "bench" });
  const seconds = (performance.now() - startedAt) / 1000;
  if (outcome !== "passed") throw new Error(`the standard episode failed: ${message}`);
  return { steps: coverage.steps, perSecond: (count) => count / seconds };
}
