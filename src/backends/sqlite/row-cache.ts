/**
 * Rows as the last transactions of this handle left them, so that the next one need not read them.
 *
 * Invariant: what is kept is what the database has, since whoever keeps it forgets everything when a transaction fails, and
 * when another connection has changed the database. Bounded: what was first kept goes first, great payloads and
 * instances that have ended are not kept. Used by the store and its tables.
 */
import type { ExecutionStart } from "../../core/messages.ts";
import { isTerminal } from "../../core/status.ts";
import type { InstanceRecord } from "../../ports/backend.ts";
import type { ActivityRow, InstanceRow } from "../sql/rows.ts";

/** What a worker is handed of an orchestration beside its row and its messages. */
export interface Known {
  readonly record: InstanceRecord;
  readonly start: ExecutionStart;
}

/** So many rows of each kind are kept. */
const ROWS_MAX = 4_096;

/** Payloads with more characters are not. */
const TEXT_MAX = 1_000;

export class RowCache {
  readonly #instances = new Bounded<InstanceRow>();
  readonly #known = new Bounded<Known>();
  readonly #activities = new Bounded<ActivityRow>();
  #version = 0;

  /** Forgets everything unless the database has the version that it had the last time. */
  validate(version: number): void {
    if (version !== this.#version) this.clear();
    this.#version = version;
  }

  clear(): void {
    this.#instances.clear();
    this.#known.clear();
    this.#activities.clear();
  }

  instance(id: string): InstanceRow | undefined {
    return this.#instances.get(id);
  }

  /** Keeps what has become of an instance; `undefined` says that it is gone. */
  keepInstance(id: string, row: InstanceRow | undefined): void {
    if (row !== undefined && !isTerminal(row.runtimeStatus)) {
      this.#instances.put(id, row);
      return;
    }
    this.#instances.delete(id);
    this.#known.delete(id);
  }

  known(id: string): Known | undefined {
    return this.#known.get(id);
  }

  /** @param size how many characters there are in it */
  keepKnown(id: string, known: Known, size: number): void {
    if (size <= TEXT_MAX) this.#known.put(id, known);
  }

  forgetKnown(id: string): void {
    this.#known.delete(id);
  }

  activity(id: string): ActivityRow | undefined {
    return this.#activities.get(id);
  }

  /** Keeps what has become of an activity; `undefined` says that it is gone. */
  keepActivity(id: string, row: ActivityRow | undefined): void {
    if (row !== undefined && (row.work.input ?? "").length <= TEXT_MAX) this.#activities.put(id, row);
    else this.#activities.delete(id);
  }

  /** An instance goes, and its activities with it. */
  forgetActivities(): void {
    this.#activities.clear();
  }
}

/** A map that is bounded. */
class Bounded<Value> {
  readonly #values = new Map<string, Value>();

  get(id: string): Value | undefined {
    return this.#values.get(id);
  }

  put(id: string, value: Value): void {
    this.#values.set(id, value);
    if (this.#values.size <= ROWS_MAX) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }

  delete(id: string): void {
    this.#values.delete(id);
  }

  clear(): void {
    this.#values.clear();
  }
}
