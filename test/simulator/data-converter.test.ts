/**
 * Laws of data converters in simulations: the same converter serves workers, clients, properties and oracles.
 */
import { describe, expect, it } from "vitest";
import { activity, entity, EntityInstanceId, orchestrator } from "dacapo";
import { openSimulation, scenario, simulate } from "@dacapo/simulator";
import { RichConverter } from "../runtime/rich-converter.ts";

const double = activity("double", (_ctx, n: bigint) => n * 2n);
const sums = entity("sums", (ctx) => {
  const sum = ctx.getState(0n) + ctx.getInput<bigint>();
  ctx.setState(sum);
  return sum;
});
const doubles = orchestrator("doubles", function* (ctx, numbers: Set<bigint>) {
  const answers = new Map<bigint, bigint>();
  for (const n of numbers) answers.set(n, yield* ctx.callActivity(double, n));
  yield* ctx.entities.callEntity(
    new EntityInstanceId("sums", "all"),
    "add",
    [...answers.values()].reduce((a, b) => a + b),
  );
  return answers;
});

const ANSWERS = new Map([
  [1n, 2n],
  [5n, 10n],
]);

const doubling = scenario("doubling", {
  register: [doubles, double, sums],
  workers: 2,
  hub: { dataConverter: new RichConverter() },
  models: { sums: { init: 0n, apply: (sum: bigint, _op, n: bigint) => ({ state: sum + n, result: sum + n }) } },
  async clients({ client }) {
    await client.scheduleNewOrchestration(doubles, new Set([1n, 5n]), { instanceId: "one" });
  },
  always: {
    "outputs are maps": ({ hub }) => hub.outputs().every((output) => output instanceof Map),
    "the sum is a bigint, if there is one": ({ hub }) =>
      [undefined, 12n].includes(hub.entity("@sums@all")?.state as bigint),
  },
  sometimes: {
    "there is a sum": ({ hub }) => hub.entity("@sums@all")?.state === 12n,
  },
});

describe("a scenario with a data converter", () => {
  it("keeps its properties under faults, and every oracle judges it", async () => {
    const result = await simulate(doubling, { runs: 30, seed: 3 });
    expect(result.message).toBeUndefined();
    expect(result.coverage.sometimes["there is a sum"]).toBeGreaterThan(0);
  });

  it("can be steered: its client gives values, its snapshots are plain", async () => {
    await using simulation = await openSimulation(doubling);
    await simulation.runUntil(({ hub }) => hub.instance("one")?.isTerminal === true);
    const state = await simulation.client.getOrchestrationState("one");
    expect(state?.output).toEqual(ANSWERS);
    const snapshot = simulation.state();
    expect(structuredClone(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
  });
});
