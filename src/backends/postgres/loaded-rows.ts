/**
 * The rows that a transaction has asked for and locked, and what it has found out about requests.
 *
 * Invariant: what was asked for is known, be it that it is not there. A whole record is kept only while it is as new as the row
 * that was locked: PostgreSQL reads the two at different times when it had to wait for the lock. Used by the tables alone.
 */
import { REDELIVERY_HORIZON_MS } from "../../core/limits.ts";
import { activityRowOf, instanceRowOf, type Row } from "../sql/columns.ts";
import type { ActivityRow, InstanceRow } from "../sql/rows.ts";
import { storedId } from "../sql/stored-id.ts";
import type { Need } from "../sql/tables.ts";
import type { Known } from "./images.ts";
import type { Values } from "./literals.ts";
import { partitionOf } from "./partition.ts";
import type { Statement } from "./statements.ts";

const STATEMENTS = { instance: "instances", activity: "activities", answer: "answers" } as const;

type LoadedKind = keyof typeof STATEMENTS;

/** A statement that asks for rows, and what takes them in. */
export interface Load {
  readonly statement: Statement;
  readonly takeIn: (rows: readonly Row[], now: number) => void;
}

export class LoadedRows {
  readonly instances = new Map<string, InstanceRow | undefined>();
  readonly activities = new Map<string, ActivityRow | undefined>();
  readonly answers = new Map<string, boolean | undefined>();
  /** The whole records of instances that were asked for with them. */
  readonly records = new Map<InstanceRow, Row>();

  /** Begins with what is known without asking. */
  constructor({ instances, activities }: Known) {
    for (const [id, { row, record }] of instances) {
      this.instances.set(id, row);
      this.records.set(row, record);
    }
    for (const [id, row] of activities) this.activities.set(id, row);
  }

  isKnown({ of, id }: Need): boolean {
    if (of === "instance") return this.instances.has(id);
    if (of === "activity") return this.activities.has(id);
    return of !== "answer" || this.answers.has(id);
  }

  /** What asks for those of the needs that are not known; from then on they are. Instances are locked before activities. */
  loads(needs: readonly Need[], isWhole: (instanceId: string) => boolean): readonly Load[] {
    const missing = (of: LoadedKind): readonly string[] => [
      ...new Set(needs.filter((need) => need.of === of && !this.isKnown(need)).map(({ id }) => id)),
    ];
    const loads: Load[] = [];
    const add = (of: LoadedKind, valuesOf: (id: string) => Values, takeIn: Load["takeIn"]): void => {
      const ids = missing(of);
      if (ids.length === 0) return;
      const known: Map<string, unknown> =
        of === "instance" ? this.instances : of === "activity" ? this.activities : this.answers;
      for (const id of ids) known.set(id, undefined);
      loads.push({ statement: { name: STATEMENTS[of], rows: ids.map(valuesOf) }, takeIn });
    };
    add(
      "instance",
      (id) => ({ partition: partitionOf(id), id: storedId(id), whole: isWhole(id) }),
      (rows) => {
        for (const row of rows) this.#takeInstance(row);
      },
    );
    add(
      "activity",
      (id) => ({ id }),
      (rows) => {
        for (const row of rows.map(activityRowOf)) this.activities.set(row.id, row);
      },
    );
    add(
      "answer",
      (id) => ({ partition: partitionOf(id), id }),
      (rows, now) => {
        for (const { key, answer, done_at } of rows) {
          if (Number(done_at) < now - REDELIVERY_HORIZON_MS) continue;
          this.answers.set(key as string, answer as unknown as boolean);
        }
      },
    );
    return loads;
  }

  #takeInstance(found: Row): void {
    const row = instanceRowOf(found);
    this.instances.set(row.instanceId, row);
    const record = found["instance"] as unknown as Row | null;
    if (record !== null && isOfRevision(record, row)) this.records.set(row, record);
  }
}

/** True when the record is no older than the row. */
export function isOfRevision(record: Row, { revision }: InstanceRow): boolean {
  return Number(record["revision"]) === revision;
}
