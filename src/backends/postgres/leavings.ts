/**
 * What a transaction leaves behind: what is ready and nobody has claimed, and what is in the hands of this process's workers.
 *
 * Invariant: complete once the transaction is durable and its claims are told. Used by the tables.
 */
import { isTerminal } from "../../core/status.ts";
import type { Row } from "../sql/columns.ts";
import { isHeld } from "../sql/locks.ts";
import { instanceReadyAt, type ActivityRow, type InstanceRow } from "../sql/rows.ts";
import type { InstanceImage } from "./images.ts";

export class Leavings {
  /** Instances that are or will be ready, by their keys: their ids. */
  readonly instances = new Map<number, string>();
  /** Activities that are or will be ready: the instances that they belong to. */
  readonly activities = new Map<string, string>();
  /** Instances that a worker has in its hands, itself or an activity of it, while no message waits. */
  readonly #busy = new Set<InstanceRow>();
  readonly #records: Map<InstanceRow, Row>;
  /** Instances that were found and claimed. */
  readonly found = new Set<string>();
  /** Activities that were claimed. */
  readonly held: ActivityRow[] = [];
  /** The instances of some of them, as they were then: this handle may have changed them since, in another transaction. */
  readonly owners: InstanceImage[] = [];

  /** @param records what is known of the columns of their records */
  constructor(records: Map<InstanceRow, Row>) {
    this.#records = records;
  }

  /**
   * Notes an instance that is written.
   *
   * @param isQuiet when no message waits for it, and what is known of its record is right
   * @param isRecounted when only the database knows when it is ready
   * @param hasActivity when an activity of it was claimed with it
   */
  addInstance(
    row: InstanceRow,
    now: number,
    { isQuiet, isRecounted, hasActivity }: { isQuiet: boolean; isRecounted: boolean; hasActivity: boolean },
  ): void {
    const isOrchestration = row.kind === "orchestration" && !isTerminal(row.runtimeStatus);
    if (isQuiet && isOrchestration && (row.lock !== undefined || hasActivity)) this.#busy.add(row);
    else this.#busy.delete(row);
    if (!isRecounted && !isHeld(row, now) && instanceReadyAt(row) !== undefined) {
      this.instances.set(row.key, row.instanceId);
    }
  }

  /** Notes an instance that was found and claimed for a worker. */
  addClaimed(row: InstanceRow, record: Row, isQuiet: boolean): void {
    this.found.add(row.instanceId);
    if (!isQuiet || row.messagesAt !== Infinity || row.kind !== "orchestration") return;
    this.#records.set(row, record);
    this.#busy.add(row);
  }

  /** Notes the instance of an activity that was found and claimed for a worker, as it was then, when no message waited for it. */
  addOwner(image: InstanceImage): void {
    const { kind, runtimeStatus, lock } = image.row;
    // Another handle that has the lock may renew it, which no number shows.
    if (kind === "orchestration" && lock === undefined && !isTerminal(runtimeStatus)) this.owners.push(image);
  }

  /** Images of what is left in the hands of this process's workers. */
  images(): readonly InstanceImage[] {
    return [...this.#busy].flatMap((row) => {
      const record = this.#records.get(row);
      return record === undefined ? [] : [{ row, record }];
    });
  }

  /** Notes an activity that is written. */
  addActivity(row: ActivityRow, now: number): void {
    if (!isHeld(row, now)) this.activities.set(row.id, row.work.instanceId);
  }
}
