/**
 * Laws of how much work a worker asks for.
 */
import { expect, it, vi } from "vitest";
import { activity, orchestrator, whenAll } from "dacapo";
import type { ActivityCommit, BackendFactory, FetchOptions } from "dacapo/backend";
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

it("works on as many at a time as it may, and on as many more while outcomes are made durable", async () => {
  const open: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const busy = activity("busy", async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  });
  const wide = orchestrator("wide", function* (ctx) {
    yield* whenAll(Array.from({ length: 10 }, () => ctx.callActivity(busy)));
  });
  /** A store whose answers about activities have to be waited for. */
  const slow: BackendFactory = (ports) => {
    const backend = memory({ store: new MemoryStore() })(ports);
    return new Proxy(backend, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name !== "completeActivity") return member.bind(target) as unknown;
        return async (commit: ActivityCommit) => {
          await new Promise<void>((resolve) => open.push(resolve));
          return target.completeActivity(commit);
        };
      },
    });
  };
  const stage = await Stage.open([wide, busy], { backend: slow, worker: { maxConcurrentActivities: 2 } });
  await stage.hub.start();
  await stage.start(wide);
  for (let durable = 4; durable < 10; durable++) {
    await vi.waitFor(() => {
      expect(open).toHaveLength(4);
    });
    open.shift()?.();
  }
  await vi.waitFor(() => {
    expect(open).toHaveLength(4);
  });
  for (const settle of open) settle();
  await stage.client.waitForOrchestrationCompletion("one");
  expect(most).toBe(2);
  await stage.hub.stop();
});
