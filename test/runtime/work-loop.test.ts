/**
 * Laws of how much work a worker asks for.
 */
import { expect, it, vi } from "vitest";
import { activity, orchestrator } from "dacapo";
import type { FetchOptions } from "dacapo/backend";
import { memory, MemoryStore } from "dacapo/memory";
import { FaultyBackend } from "./faulty-backend.ts";
import { Stage } from "./stage.ts";

it("a fetch that waits asks for as much as there is room for by the time that it is carried out", async () => {
  let release = (): void => undefined;
  const held = activity("held", () => new Promise<void>((resolve) => (release = resolve)));
  const holding = orchestrator("holding", function* (ctx) {
    yield* ctx.callActivity(held);
  });
  const store = new MemoryStore();
  const recorded = new FaultyBackend();
  const stage = await Stage.open([holding, held], {
    store,
    backend: recorded.around(memory({ store })),
    worker: { maxConcurrentActivities: 3 },
  });
  const lastOrder = (): number | undefined =>
    (recorded.of("fetchActivities").at(-1)?.argument as FetchOptions | undefined)?.maxItems;
  await stage.hub.start();
  expect(lastOrder()).toBe(3);
  await stage.start(holding);
  await vi.waitFor(() => {
    expect(lastOrder()).toBe(2);
  });
  const asked = recorded.of("fetchActivities").length;
  release();
  await vi.waitFor(() => {
    expect(lastOrder()).toBe(3);
  });
  expect(recorded.of("fetchActivities")).toHaveLength(asked);
  await stage.hub.stop();
});
