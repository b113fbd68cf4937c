/**
 * The workflows and the clock that the tests of steered simulations share.
 */
import type { Simulation } from "@dacapo/simulator";
import { orchestrator } from "dacapo";

export const DAY_MS = 24 * 60 * 60 * 1000;
export const startTime = new Date("2026-01-01T00:00:00Z");
export const after = (ms: number): Date => new Date(startTime.getTime() + ms);

export const nap = orchestrator("nap", function* (ctx, days: number) {
  yield* ctx.createTimer({ days });
  return ctx.currentUtcDateTime.toISOString();
});

export const approval = orchestrator("approval", function* (ctx) {
  ctx.setCustomStatus("waiting");
  const answer = yield* ctx.waitForExternalEvent<string>("Approval");
  return answer;
});

/** The output of an instance, as properties see it. */
export function outputOf({ hub }: Simulation, id: string): unknown {
  return hub.instance(id)?.output;
}
