/**
 * Laws of replay over random programs in random orders of completion: cold is warm, a generator is an async
 * function, and every prefix of every history replays to exactly what it records.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryEvent, OrchestratorDefinition } from "dacapo";
import { orchestrator } from "dacapo";
import { replayHistory } from "dacapo/replay";
import { Stage } from "../runtime/stage.ts";
import { counter, performed, performedAsync, performedBranches, program, work } from "./program.ts";

/** What the world does to a running program, step by step. */
const deeds = fc.array(fc.constantFrom("turn", "activity", "time", "a", "b", "evict"), { maxLength: 30 });

const generator: OrchestratorDefinition = orchestrator("program", performed);
const branching: OrchestratorDefinition = orchestrator("program", performedBranches);
const native: OrchestratorDefinition = orchestrator("program", performedAsync);

/** Everything durable about a finished or stuck run. */
interface Outcome {
  readonly histories: readonly (readonly HistoryEvent[])[];
  readonly status: string;
  readonly output: string | undefined;
  readonly customStatus: string | undefined;
  readonly counters: unknown;
}

/** Runs a program while the world does its deeds, then to its rest, and ends it where it waits for ever. */
async function run(
  definition: OrchestratorDefinition,
  input: unknown,
  world: readonly string[],
  maxWarmOrchestrations: number,
): Promise<Outcome> {
  const worker = { maxWarmOrchestrations, maxConcurrentActivities: 1, maxConcurrentOrchestrations: 1 };
  const stage = await Stage.open([definition, work, counter], { worker, keepHistory: true });
  await stage.start(definition, input);
  for (const deed of world) {
    if (deed === "turn" || deed === "activity") await stage.hub.processNext();
    else if (deed === "time") stage.advance({ hours: 1 });
    else if (deed === "evict") stage.hub.evictWarmOrchestrations();
    else await stage.client.raiseOrchestrationEvent("one", deed, deed).catch(() => undefined);
  }
  await restOneByOne(stage);
  await stage.client.terminateOrchestration("one", "enough").catch(() => undefined);
  await restOneByOne(stage);
  const state = await stage.state();
  const dropped = Object.entries(stage.hub.counters()).filter(([name]) => name.startsWith("messages.dropped"));
  const outcome: Outcome = {
    histories: [...stage.store.archivedHistories("one").map(({ events }) => events), await stage.history()],
    status: state.runtimeStatus,
    output: state.serializedOutput,
    customStatus: state.serializedCustomStatus,
    counters: dropped.sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  await stage.close();
  return outcome;
}

/** Works item by item, so that what meets in one batch does not depend on how long a turn takes. */
async function restOneByOne(stage: Stage): Promise<void> {
  for (;;) {
    while (await stage.hub.processNext()) continue;
    const { nextDueTime } = await stage.idle();
    if (nextDueTime === undefined) return;
    stage.clock.advance(Math.max(0, nextDueTime.getTime() - stage.clock.now()));
  }
}

/** Without stacks, which tell where in the test's code an error was made. */
const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === "stackTrace" ? undefined : part)));

const DECISIONS: ReadonlySet<string> = new Set([
  "TaskScheduled",
  "TimerCreated",
  "EntityOperationCalled",
  "EntityOperationSignaled",
  "EntityLockRequested",
  "EntityUnlockSent",
  "ExecutionCompleted",
  "ContinueAsNew",
]);

/** The recorded decisions, turn by turn. */
function recordedDecisions(history: readonly HistoryEvent[]): readonly (readonly unknown[])[] {
  const turns: unknown[][] = [];
  for (const event of history) {
    if (event.type === "OrchestratorStarted") turns.push([]);
    const { eventId: _eventId, timestamp: _timestamp, ...decision } = event;
    if (DECISIONS.has(event.type)) turns.at(-1)?.push(decision);
  }
  return turns;
}

const inputs = [program.map((steps) => ({ steps, generation: 1 })), deeds] as const;

describe("a random program", () => {
  it("records the same history warm and cold", async () => {
    await fc.assert(
      fc.asyncProperty(...inputs, async (input, world) => {
        const warm = await run(generator, input, world, 100);
        expect(comparable(await run(generator, input, world, 0))).toEqual(comparable(warm));
      }),
      { numRuns: 150 },
    );
  });

  it("records the same history warm and cold as an async function", async () => {
    await fc.assert(
      fc.asyncProperty(...inputs, async (input, world) => {
        const warm = await run(native, input, world, 100);
        expect(comparable(await run(native, input, world, 0))).toEqual(comparable(warm));
      }),
      { numRuns: 150 },
    );
  });

  it("records the same history as a generator and as an async function", async () => {
    await fc.assert(
      fc.asyncProperty(...inputs, async (input, world) => {
        const asGenerator = await run(generator, input, world, 100);
        expect(comparable(await run(native, input, world, 1))).toEqual(comparable(asGenerator));
      }),
      { numRuns: 150 },
    );
  });

  it("in several branches at a time records the same history warm and cold, and replays to it", async () => {
    const branches = fc.array(program, { minLength: 2, maxLength: 3 }).map((list) => ({ branches: list }));
    await fc.assert(
      fc.asyncProperty(branches, deeds, async (input, world) => {
        const warm = await run(branching, input, world, 100);
        expect(comparable(await run(branching, input, world, 0))).toEqual(comparable(warm));
        const [history] = warm.histories;
        const result = await replayHistory(branching, history!);
        if (!result.ok) throw result.error;
        expect(comparable(result.turns.map(({ decisions }) => decisions))).toEqual(
          comparable(recordedDecisions(history!)),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("replays, at every turn and in both shapes, to exactly what it recorded", async () => {
    await fc.assert(
      fc.asyncProperty(...inputs, async (input, world) => {
        const { histories, output, status, customStatus } = await run(generator, input, world, 100);
        for (const history of histories) {
          const ends = history.filter(({ type }) => type === "OrchestratorCompleted").map(({ eventId }) => eventId);
          const recorded = comparable(recordedDecisions(history)) as unknown[];
          for (const definition of [generator, native]) {
            for (const [turn, end] of ends.entries()) {
              const result = await replayHistory(definition, JSON.stringify(history.slice(0, end)));
              if (!result.ok) throw result.error;
              const decisions = result.turns.map((one) => one.decisions);
              expect(comparable(decisions)).toEqual(recorded.slice(0, turn + 1));
            }
          }
        }
        const last = await replayHistory(native, histories.at(-1)!);
        expect(last).toMatchObject({ ok: true, runtimeStatus: status });
        if (!last.ok) throw last.error;
        expect([last.output, last.customStatus]).toEqual([output, customStatus]);
      }),
      { numRuns: 100 },
    );
  });
});
