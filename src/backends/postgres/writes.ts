/**
 * What a transaction is to write, gathered until it is sent, many rows a statement.
 *
 * Invariant: sent in an order in which no statement undoes an earlier one of the same transaction: what goes before what
 * comes, instances before what belongs to them, and when rows are ready for work last. Before all else, rows that were not asked
 * for are confirmed. A message that was added and removed again is not sent.
 */
import type { Parameter, Values } from "./literals.ts";
import type { Statement } from "./statements.ts";

/** In the order in which they are sent. */
const ORDER = [
  "confirm",
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
  "recountWork",
] as const;

/** A statement of many rows. */
export type RowsName = (typeof ORDER)[number];

export class Writes {
  readonly #rows = new Map<RowsName, Values[]>();

  add(name: RowsName, values: Values): void {
    const rows = this.#rows.get(name);
    if (rows === undefined) this.#rows.set(name, [values]);
    else rows.push(values);
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
    const statements: Statement[] = [];
    for (const name of ORDER) {
      const rows = this.#rows.get(name);
      if (rows !== undefined && rows.length > 0) statements.push({ name, values: valuesOf(name, rows, now), rows });
    }
    this.#rows.clear();
    return statements;
  }
}

/** What a statement is given beside its rows. */
function valuesOf(name: RowsName, rows: readonly Values[], now: number): readonly Parameter[] {
  switch (name) {
    case "reopen":
    case "remember":
      return [now];
    case "confirm": {
      const activities = rows.filter(({ activity_id }) => activity_id !== null).length;
      return [rows.length - activities, activities, now];
    }
    default:
      return [];
  }
}
