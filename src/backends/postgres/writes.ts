/**
 * What a transaction is to write, gathered until it is sent, many rows a statement.
 *
 * Invariant: sent in an order in which no statement undoes an earlier one of the same transaction: what goes before what
 * comes, instances before what belongs to them, and when rows are ready for work last. A message that was added and removed
 * again is not sent.
 */
import type { PostgresClient } from "./driver.ts";
import type { StatementName, Statements } from "./statements.ts";

type Values = Readonly<Record<string, unknown>>;

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
const TIMED: ReadonlySet<StatementName> = new Set(["addActivities", "reopen", "remember"]);

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

  /** Sends everything. */
  async send(client: PostgresClient, statements: Statements, now: number): Promise<void> {
    for (const name of ORDER) {
      if (name === "removeActivities") {
        if (this.#removedActivities.length > 0) await client.query(statements(name, this.#removedActivities));
        continue;
      }
      const rows = this.#rows.get(name) ?? [];
      if (rows.length === 0) continue;
      const values = TIMED.has(name) ? [JSON.stringify(rows), now] : [JSON.stringify(rows)];
      await client.query(statements(name, ...values));
    }
    this.#rows.clear();
    this.#removedActivities = [];
  }
}
