/**
 * What the tests of managing act on: orchestrators that end in each way, and instances in each status.
 */
import { expect } from "vitest";
import type { RuntimeStatus } from "dacapo";
import { orchestrator } from "dacapo";
import type { Stage } from "../runtime/stage.ts";
import { echo } from "../runtime/stage.ts";

export const waits = orchestrator("waits", function* (ctx, _input: unknown) {
  return yield* ctx.waitForExternalEvent("x");
});
export const ends = orchestrator("ends", (_ctx, input: unknown) => input);
export const fails = orchestrator("fails", () => {
  throw new Error("as planned");
});
export const counts = orchestrator("counts", function* (ctx, n: number) {
  yield* ctx.callActivity(echo, n);
  if (n < 3) ctx.continueAsNew(n + 1);
  return n;
});
export const all = [waits, ends, fails, counts, echo];

/** An instance in this status. */
export async function make(stage: Stage, status: RuntimeStatus, id: string): Promise<void> {
  const definition = status === "Completed" ? ends : status === "Failed" ? fails : waits;
  await stage.start(definition, `input of ${id}`, id);
  if (status !== "Pending") await stage.idle();
  if (status === "Terminated") await stage.client.terminateOrchestration(id);
  await stage.idle();
  expect((await stage.state(id)).runtimeStatus).toBe(status);
}

/** A sub-orchestration, as its parent's turn would start it. */
export function makeChild(stage: Stage, instanceId: string, parentId: string, name = "ends"): void {
  const incarnation = `life of ${instanceId}`;
  const parent = { instanceId: parentId, executionId: `of ${parentId}`, name: "waits", taskId: 1 };
  const event = { type: "ExecutionStarted", name, instanceId, executionId: incarnation, parent } as const;
  const start = { event, carriedEvents: [] };
  const request = { requestId: incarnation, instanceId, incarnation, start, replaceStatuses: [] };
  stage.store.createInstance(request, stage.clock.now());
}

export const ids = (stage: Stage): string[] =>
  [...stage.store.instances()].map(({ record }) => record.instanceId).sort();
