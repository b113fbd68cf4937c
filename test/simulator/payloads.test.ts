/**
 * Laws of scenarios whose large payloads are kept beside the hub: what reads the hub sees payloads, the payload store has
 * faults of its own, and the oracles know what is to be there.
 */
import { describe, expect, it } from "vitest";
import { activity, entity, EntityInstanceId, orchestrator } from "dacapo";
import { type EntityModel, openSimulation, scenario, simulate } from "@dacapo/simulator";
import { SimulatedPayloads } from "../../simulator/src/world/simulated-payloads.ts";
import { readable, referencesIn, Resolver } from "../../simulator/src/world/readable.ts";
import { MemoryStore } from "../../src/backends/memory/index.ts";

const LARGE = ".".repeat(100);
const copy = activity("copy", (_ctx, text: string) => text);
const shelf = entity("shelf", (ctx) => {
  ctx.setState([...ctx.getState<string[]>([]), ctx.getInput<string>() ?? ""]);
  return ctx.getState<string[]>([]).length;
});
const copies = orchestrator("copies", function* (ctx, text: string) {
  const copied = yield* ctx.callActivity(copy, text);
  yield* ctx.entities.callEntity(new EntityInstanceId("shelf", "one"), "put", copied);
  return copied;
});

const model: EntityModel<readonly string[]> = {
  init: [],
  apply: (texts, _operation, text) => ({ state: [...texts, String(text)], result: texts.length + 1 }),
};

const copying = scenario("copying", {
  register: [copies, copy, shelf],
  offloading: { threshold: 50 },
  models: { shelf: model },
  async clients({ client }) {
    await client.scheduleNewOrchestration(copies, LARGE, "one");
    await client.waitForOrchestrationCompletion("one");
    await client.purgeUnusedPayloads();
  },
  faults: { "activity-throws": false, "activity-fails-after-effect": false },
  always: {
    "outputs are payloads": ({ hub }) => hub.outputs().every((output) => output === LARGE),
  },
  eventually: {
    "it ends": ({ hub }) => hub.instance("one")?.runtimeStatus === "Completed",
    "the entity has it": ({ hub }) => (hub.entity("@shelf@one")?.state as string[] | undefined)?.[0] === LARGE,
  },
});

describe("a scenario that off-loads", () => {
  it("passes under faults, and every oracle judges it", async () => {
    const result = await simulate(copying, { runs: 60, seed: 3 });
    expect(result.message).toBeUndefined();
  });

  it("meets faults at the calls to the payload store, and tells of them", async () => {
    const begunAt = Date.UTC(2026, 0, 1);
    const delayed = scenario("delayed", {
      ...{ register: [copies, copy, shelf], offloading: { threshold: 50 } },
      clients: async ({ client }) => {
        await client.scheduleNewOrchestration(copies, LARGE, "one");
      },
      faults: { "store-error": 0.3, "ambiguous-commit": 0.3 },
      always: { "it begins at once": ({ hub }) => (hub.history("one")[0]?.timestamp ?? begunAt) === begunAt },
    });
    const told: string[] = [];
    for (let seed = 1; seed <= 5; seed++) told.push(...((await simulate(delayed, { runs: 40, seed })).story ?? []));
    expect(told.join("\n")).toMatch(/the store (fails|gives) (client 1|worker [AB]) .*payload/u);
  });

  it("can be steered: snapshots and clients show payloads", async () => {
    await using simulation = await openSimulation(copying);
    await simulation.runUntil(({ hub }) => hub.instance("one")?.isTerminal === true);
    expect((await simulation.client.getOrchestrationState("one"))?.output).toBe(LARGE);
    expect(JSON.stringify(simulation.state())).toContain(LARGE);
    expect(JSON.stringify(simulation.state())).not.toContain("dacapo-payload:");
  });
});

describe("what reads a hub that off-loads", () => {
  const payloads = { a: "the payload", b: "another" } as Readonly<Record<string, string>>;
  const resolver = new Resolver((key) => payloads[key]);

  it("sees payloads for references, at any depth, and texts without their marks", () => {
    const stored = {
      list: [{ text: "dacapo-payload:a", n: 1 }],
      plain: "dacapo-text:dacapo-payload:b",
      none: undefined,
    };
    expect(resolver.resolved(stored)).toEqual({
      list: [{ text: "the payload", n: 1 }],
      plain: "dacapo-payload:b",
      none: undefined,
    });
    expect(stored.list[0]?.text).toBe("dacapo-payload:a");
  });

  it("sees the same object as long as nothing has changed", () => {
    const untouched = { a: [1, { b: "text" }] };
    expect(resolver.resolved(untouched)).toBe(untouched);
    const live = { texts: ["dacapo-payload:a"] };
    const first = resolver.resolved(live);
    expect(resolver.resolved(live)).toBe(first);
    live.texts.push("dacapo-payload:b");
    expect(resolver.resolved(live)).toEqual({ texts: ["the payload", "another"] });
  });

  it("is told of payloads that are not there", () => {
    const kept = new SimulatedPayloads();
    kept.kept.put("a-0", "text", 0);
    expect(kept.plain({ one: "dacapo-payload:a-0", other: "dacapo-payload:b-0" })).toEqual({
      one: "text",
      other: "dacapo-payload:b-0",
    });
    expect([...kept.lost]).toEqual(["b-0"]);
  });

  it("finds every reference", () => {
    expect([...referencesIn([{ a: "dacapo-payload:x" }, "dacapo-payload:y", "dacapo-text:dacapo-payload:z"])]).toEqual([
      "x",
      "y",
    ]);
  });

  it("reads a store as it reads any other", () => {
    const store = new MemoryStore();
    const event = { type: "ExecutionStarted", name: "n", instanceId: "i", executionId: "e" } as const;
    const start = { event: { ...event, input: "dacapo-payload:a" }, carriedEvents: [] };
    store.createInstance({ requestId: "r", instanceId: "i", incarnation: "r", start, replaceStatuses: [] }, 5);
    const view = readable(store, (value) => resolver.resolved(value));
    expect(view.getInstance("i")?.input).toBe("the payload");
    expect([...view.instances()].map(({ start: begun }) => begun.event.input)).toEqual(["the payload"]);
    expect(view.getInstance("i")).toBe(view.getInstance("i"));
    expect(view.now).toBe(5);
    expect(store.getInstance("i")?.input).toBe("dacapo-payload:a");
  });
});
