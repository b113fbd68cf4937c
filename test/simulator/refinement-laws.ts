/**
 * Laws of oracle O1: a history that the programming model allows, and the same history with something in it otherwise.
 *
 * Invariant: the reference interpreter is silent on the first, and says of each other what is wrong. Used by the tests of
 * that oracle.
 */
import type { HistoryEvent, OrchestratorHandler } from "dacapo";
import type { EventBody } from "dacapo/backend";
import { describe, expect, it } from "vitest";
import { problemWithExecution } from "../../simulator/src/oracles/reference/orchestration-run.ts";

export type Turns = readonly (readonly EventBody[])[];
type Type = EventBody["type"];

/** A history of turns, a second apart. */
export function historyOf(turns: Turns): readonly HistoryEvent[] {
  const events = turns.flatMap((turn, i) =>
    [{ type: "OrchestratorStarted" } as const, ...turn, { type: "OrchestratorCompleted" } as const].map((event) => ({
      ...event,
      timestamp: i * 1_000,
    })),
  );
  return events.map((event, i) => ({ ...event, eventId: i + 1 }));
}

/** The turns, with other fields in the n-th event of a type. */
export const changed = (turns: Turns, type: Type, fields: object, n = 1): Turns => {
  let seen = 0;
  return turns.map((turn) =>
    turn.map((event) => (event.type === type && ++seen === n ? { ...event, ...fields } : event)),
  );
};

/** The turns without the events of a type. */
export const without = (turns: Turns, type: Type): Turns =>
  turns.map((turn) => turn.filter((event) => event.type !== type));

/** The turns, with the last two events of one of them in the other order. */
export const swapped = (turns: Turns, index: number): Turns =>
  turns.map((turn, i) => (i === index ? [...turn.slice(0, -2), ...turn.slice(-2).reverse()] : turn));

export interface Law {
  readonly handler: OrchestratorHandler<never>;
  readonly turns: Turns;
  /** What is otherwise, and what is said of it. */
  readonly wrong: Readonly<Record<string, readonly [turns: Turns, said: string]>>;
}

/** Holds the reference to a law: silent where the model allows it, and it says what is wrong. */
export function holds(name: string, { handler, turns, wrong }: Law): void {
  const problem = (given: Turns): Promise<string | undefined> => problemWithExecution(handler, historyOf(given));
  describe(name, () => {
    it("is what the model allows", async () => {
      expect(await problem(turns)).toBeUndefined();
    });

    it.each(Object.entries(wrong))("is reported when %s", async (_, [otherwise, said]) => {
      expect(await problem(otherwise)).toContain(said);
    });
  });
}
