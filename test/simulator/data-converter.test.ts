/**
 * Laws of data converters in simulations: the same converter serves workers, clients, properties and oracles.
 */
import { describe, expect, it } from "vitest";
import { activity, entity, EntityInstanceId, orchestrator } from "dacapo";
import type { EntityData, InstanceMessage } from "dacapo/backend";
import { openSimulation, scenario, simulate } from "@dacapo/simulator";
import type { FinalEvidence } from "../../simulator/src/oracles/oracle.ts";
import { refinementOracle } from "../../simulator/src/oracles/refinement.ts";
import { textsOf } from "../../simulator/src/scenario/payload-texts.ts";
import { RichConverter } from "../runtime/rich-converter.ts";
import { CLOSED, OPENED, StoreScript } from "./store-script.ts";

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

describe("O1 where a data converter writes the payloads", () => {
  const converter = new RichConverter();
  const rich = (value: unknown): string => converter.stringify(value);
  const oracle = () => refinementOracle({ register: [asks, sums], texts: textsOf({ dataConverter: converter }) });
  const asks = orchestrator("o", function* (ctx, input: Map<string, bigint>) {
    const answer = yield* ctx.callActivity(double, (input.get("n") ?? 0n) + 1n);
    return new Set([answer]);
  });

  /** What it says of an execution that asked for this, was given 8n, and gave that. */
  const saysOf = async (asked: unknown, gave: unknown): Promise<string> => {
    const script = new StoreScript();
    const input = rich(new Map([["n", 3n]]));
    script.start();
    const call = { taskId: 1, name: "double", input: rich(asked), attempt: 1, idempotencyKey: "i-1:1" };
    const started = { ...script.started("i"), input };
    script.commit(script.fetch(), [OPENED, started, { type: "TaskScheduled", ...call }, CLOSED]);
    const output = rich(gave);
    const answer = { type: "TaskCompleted", taskId: 1, result: rich(8n), messageId: "a" } as const;
    const end = { type: "ExecutionCompleted", runtimeStatus: "Completed", output } as const;
    script.nextTurn([answer, end], { runtimeStatus: "Completed", output });
    const judge = oracle();
    judge.observe?.(script, new Set());
    const [execution] = script.committed.executions(script.store);
    if (execution === undefined) throw new Error("it is there");
    // What an engine that is wrong once is wrong about in its replay, too: O6 has nothing to say then.
    const decisions = execution.history.filter(({ type }) => type === "TaskScheduled" || type === "ExecutionCompleted");
    const turns = decisions.map((decision) => ({ decisions: [decision] }));
    const replay = { ok: true, turns, runtimeStatus: "Completed", output };
    const evidence = { store: script.store, committed: script.committed, replays: [{ execution, replay }] };
    return ((await judge.interpret?.(evidence as unknown as FinalEvidence)) ?? []).map((one) => one.message).join();
  };

  it("is silent on an execution that did what its code says", async () => {
    expect(await saysOf(4n, new Set([8n]))).toBe("");
  });

  it("reports one that asked for something else than its code does, or gave something else", async () => {
    expect(await saysOf(5n, new Set([8n]))).toBe(
      'instance "i": turn 1 records activity 1 "double" with rich:["bigint","5"], attempt 1, ' +
        'and by the programming model it must decide activity 1 "double" with rich:["bigint","4"], attempt 1',
    );
    expect(await saysOf(4n, [8n])).toContain('must decide an end with rich:["set",[["bigint","8"]]]');
  });

  /** What it says of an entity that was told to add 2n, and then to add 3n, and that came to these states. */
  const saysOfEntity = (...states: readonly bigint[]): string => {
    const script = new StoreScript();
    const data = { waiting: [], held: [], received: [], sent: [], lastOperationAt: 0 };
    const judge = oracle();
    const said: string[] = [];
    for (const [i, state] of states.entries()) {
      const messageId = `m${i}`;
      const body = { type: "EntityOperationSignaled", operation: "add", input: rich(BigInt(i + 2)) } as const;
      const message: InstanceMessage = {
        ...{ messageId, instanceId: "@sums@all", body },
        birth: { name: "sums", incarnation: "s-1" },
      };
      script.store.sendMessage(message, script.now);
      const entity: EntityData = { ...data, state: rich(state) };
      const applied = [{ messageId, type: body.type, operation: "add", outcome: "completed" as const }];
      script.commit(script.fetch(), [], { entity, applied, consumed: [messageId] });
      said.push(...(judge.observe?.(script, new Set()) ?? []).map((one) => one.message));
    }
    return said.join();
  };

  it("runs entities on what the converter reads", () => {
    expect(saysOfEntity(2n, 5n)).toBe("");
    expect(saysOfEntity(2n, 6n)).toBe('entity "@sums@all" has another state than by its code: not rich:["bigint","5"]');
  });
});
