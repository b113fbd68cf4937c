/**
 * Rows as this handle has left them, of what its workers have in their hands, so that they need not be asked for again.
 *
 * Invariant: an image may be out of date, and is no more than a guess: who uses one has it confirmed before anything is
 * written (`PostgresTables`). Taken once; the transaction that writes the row leaves a new one. Bounded in
 * number and in size. Used by the transactions.
 */
import type { Row } from "../sql/columns.ts";
import type { ActivityRow, InstanceRow } from "../sql/rows.ts";
import type { Call } from "./calls.ts";

/** An instance for which no message waits. */
export interface InstanceImage {
  readonly row: InstanceRow;
  /** The columns of its record. */
  readonly record: Row;
  /** Its history, where it came with the row: the events of each commit, as they are kept. */
  readonly history?: readonly string[];
}

/** By their ids. */
export interface Known {
  readonly instances: ReadonlyMap<string, InstanceImage>;
  readonly activities: ReadonlyMap<string, ActivityRow>;
}

/** A transaction that is under way. */
export interface Attempt {
  /** Instances that other transactions of the handle have claimed or changed since it began. */
  readonly stale: Set<string>;
}

/** What of a transaction's leavings images are made of (`Leavings`). */
export interface Left {
  readonly found: Iterable<string>;
  images(): Iterable<InstanceImage>;
  readonly held: Iterable<ActivityRow>;
  readonly owners: Iterable<InstanceImage>;
}

export const NOTHING_KNOWN: Known = { instances: new Map(), activities: new Map() };

/** More are not kept: the oldest go first. */
const IMAGES_MAX = 2_048;

/** Records with texts of more characters are not kept, nor are such histories. */
export const CHARACTERS_MAX = 8_192;

export class Images {
  readonly #instances = new Map<string, InstanceImage>();
  readonly #activities = new Map<string, ActivityRow>();
  /** The transactions that are under way. */
  readonly #open = new Set<Attempt>();

  /** Notes that a transaction begins; it is told to `end`. */
  begin(): Attempt {
    const attempt: Attempt = { stale: new Set() };
    this.#open.add(attempt);
    return attempt;
  }

  end(attempt: Attempt): void {
    this.#open.delete(attempt);
  }

  /** Takes what there is of what the calls are about. What a call is about that looks itself is not among it. */
  take(calls: readonly Call[]): Known {
    const instances = new Map<string, InstanceImage>();
    const activities = new Map<string, ActivityRow>();
    for (const { needs } of calls) {
      for (const { of, id } of needs) {
        if (of === "instance") move(id, this.#instances, instances);
        else if (of === "activity") move(id, this.#activities, activities);
      }
    }
    for (const call of calls) {
      if (call.kind === "operation" && call.isConditional) continue;
      for (const { id } of call.needs) {
        instances.delete(id);
        activities.delete(id);
      }
    }
    return { instances, activities };
  }

  /**
   * Takes in what a transaction has left.
   *
   * An early lock (`early-turns.ts`) has the number after the image's, which must be none that this handle has given: no image
   * follows a newer one, and none is left of what the transaction claimed or changed, but those that it leaves itself.
   *
   * @param touched the instances that it has looked at, and may have changed
   */
  keep(attempt: Attempt, left: Left, touched: Iterable<string>): void {
    const changed = new Set([...left.found, ...touched]);
    this.#keepAll(left.owners, attempt);
    for (const id of changed) this.#instances.delete(id);
    this.#keepAll(left.images(), attempt);
    for (const row of left.held) this.#keepActivity(row);
    for (const other of this.#open) if (other !== attempt) for (const id of changed) other.stale.add(id);
  }

  #keepAll(images: Iterable<InstanceImage>, { stale }: Attempt): void {
    for (const image of images) if (!stale.has(image.row.instanceId)) this.#keepInstance(image);
  }

  #keepInstance(image: InstanceImage): void {
    const { instanceId } = image.row;
    this.#instances.delete(instanceId);
    const { row, record } = image;
    if (charactersOf(Object.values(record)) > CHARACTERS_MAX) return;
    const isShort = charactersOf(image.history ?? []) <= CHARACTERS_MAX;
    this.#instances.set(instanceId, isShort ? image : { row, record });
    trim(this.#instances);
  }

  #keepActivity(row: ActivityRow): void {
    this.#activities.set(row.id, row);
    trim(this.#activities);
  }
}

function move<T>(id: string, from: Map<string, T>, to: Map<string, T>): void {
  const found = from.get(id);
  if (found === undefined) return;
  from.delete(id);
  to.set(id, found);
}

function trim(images: Map<string, unknown>): void {
  if (images.size <= IMAGES_MAX) return;
  const [oldest] = images.keys();
  if (oldest !== undefined) images.delete(oldest);
}

function charactersOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 0), 0);
}
