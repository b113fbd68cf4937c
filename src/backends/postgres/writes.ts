/**
 * What a transaction is to write, gathered until it is sent, many rows a statement.
 *
 * Invariant: sent in an order in which no statement undoes an earlier one of the same transaction: what goes before what
 * comes, instances before what belongs to them, and when rows are ready for work last. A message that was added and removed
 * again is not sent.
 */
import type { Statement, StatementName } from "./statements.ts";

/** A row, by the names of its columns. */
export type Values = Readonly<Record<string, unknown>>;

/** A statement of many rows. */
type RowsName =
  | "removeInstances"
  | "addInstances"
  | "addWork"
  | "removeHistories"
  | "addEvents"
  | "clearQueues"
  | "removeMessages"
  | "addMessages"
  | "addActivities"
  | "setActivities"
  | "setStatus"
  | "reopen"
  | "setStarts"
  | "remember"
  | "setWork";

const ORDER: readonly (RowsName | "removeActivities")[] = [
  "removeInstances",
  "addInstances",
  "addWork",
  "removeHistories",
  "addEvents",
  "clearQueues",
  "removeMessages",
  "addMessages",
  "removeActivities",
  "addActivities",
  "setActivities",
  "setStarts",
  "reopen",
  "setStatus",
  "remember",
  "setWork",
];

/** Statements that take the hub's time. */
const TIMED: ReadonlySet<StatementName> = new Set(["reopen", "remember"]);

export class Writes {
  readonly #rows = new Map<RowsName, Values[]>();
  #removedActivities: string[] = [];

  add(name: RowsName, values: Values): void {
    const rows = this.#rows.get(name);
    if (rows === undefined) this.#rows.set(name, [values]);
    else rows.push(values);
  }

  removeActivity(id: string): void {
    this.#removedActivities.push(id);
  }

  /** Takes back what is to be added, where it fits. */
  drop(name: RowsName, fits: (values: Values) => boolean): void {
    const rows = this.#rows.get(name);
    if (rows !== undefined)
      this.#rows.set(
        name,
        rows.filter((values) => !fits(values)),
      );
  }

  /** Hands over everything, as the statements that write it. */
  take(now: number): readonly Statement[] {
    const statements = ORDER.map((name): Statement | undefined => {
      const rows = name === "removeActivities" ? this.#removedActivities : (this.#rows.get(name) ?? []);
      if (rows.length === 0) return undefined;
      const json = JSON.stringify(rows);
      return { name, values: TIMED.has(name) ? [json, now] : [json] };
    });
    this.#rows.clear();
    this.#removedActivities = [];
    return statements.filter((statement) => statement !== undefined);
  }
}
