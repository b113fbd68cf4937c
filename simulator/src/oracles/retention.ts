/**
 * What O4 and O12 say of retention: nothing goes that no rule is for, or before its time; and at rest all that a rule is
 * for, and whose time has come, has gone.
 *
 * Invariant: a sub-orchestration goes with the orchestration that started it, and nothing goes while something below it
 * has not ended. Who is above whom is read from the store, as it was when that began.
 */
import type { RetentionRule } from "dacapo";
import type { InstanceRecord } from "dacapo/backend";
import { durationToMs } from "dacapo/backend";
import type { MemoryStore } from "dacapo/memory";

/** A life of an instance id, as it was seen last. */
interface Life {
  readonly record: InstanceRecord;
  /** When it was purged or replaced, in milliseconds since the epoch. */
  readonly goneAt: number | undefined;
  /** True when a rule said that it goes, before it was rewound: those below it may be on their way already. */
  readonly wasDue: boolean;
}

export class RetentionBook {
  readonly #rules: readonly (RetentionRule & { readonly afterMs: number })[];

  /** By instance id and incarnation, in the order in which they began. */
  readonly #lives = new Map<string, Map<string, Life>>();

  constructor(rules: readonly RetentionRule[] = []) {
    this.#rules = rules.map((rule) => ({ ...rule, afterMs: durationToMs(rule.after, "option hub.retention") }));
  }

  /** Takes note of the ends of these instances. */
  take(changed: ReadonlySet<string>, store: MemoryStore, now: number): void {
    if (this.#rules.length === 0) return;
    for (const instanceId of changed) {
      const record = store.instance(instanceId)?.record;
      const lives = this.#livesOf(instanceId);
      if (record?.kind === "orchestration") {
        const before = lives.get(record.incarnation);
        const isReopened = before !== undefined && isOver(before.record) && !isOver(record);
        const wasDue = before?.wasDue === true || (isReopened && this.#hasExpired(before.record, now));
        lives.set(record.incarnation, { record, goneAt: undefined, wasDue });
      }
      for (const [incarnation, life] of lives)
        if (incarnation !== record?.incarnation) lives.set(incarnation, { ...life, goneAt: life.goneAt ?? now });
    }
  }

  /** Why an instance that is gone should still be there, as a sentence. */
  problemWithRemoval(record: InstanceRecord, now: number): string | undefined {
    const line = this.#lineOf(record);
    const [root = { record, goneAt: undefined, wasDue: false }] = line.slice(-1);
    // Where its parent has gone before it, or had its id taken, an instance goes by its own age, if it did not go with it.
    const isAlone = line.every(({ goneAt }) => goneAt !== undefined);
    const isDue =
      this.#hasExpired(root.record, root.goneAt ?? now) || root.wasDue || (isAlone && this.#hasExpired(record, now));
    if (isOver(record) && isDue) return undefined;
    const name = `instance "${record.instanceId}" (${ageOf(record, now)})`;
    const below = isAlone ? "" : `, below "${root.record.instanceId}" (${ageOf(root.record, now)}),`;
    return `${name}${below} was removed by retention, and no rule says that it goes by now`;
  }

  /** The parent of an instance, its parent, and so on: the lives of their ids in which each was started. */
  #lineOf(record: InstanceRecord): readonly Life[] {
    const line: Life[] = [];
    while (line.length < DEPTH_MAX) {
      const { parentInstanceId = "", createdAt } = line.at(-1)?.record ?? record;
      // One that began later is another life of the id, and no parent of it.
      const parent = [...this.#livesOf(parentInstanceId).values()].findLast(
        (life) => life.record.createdAt <= createdAt,
      );
      if (parent === undefined) break;
      line.push(parent);
    }
    return line;
  }

  #livesOf(instanceId: string): Map<string, Life> {
    const lives = this.#lives.get(instanceId) ?? new Map<string, Life>();
    this.#lives.set(instanceId, lives);
    return lives;
  }

  /** Those that should be gone. */
  *left(store: MemoryStore, now: number): Generator<InstanceRecord> {
    if (this.#rules.length === 0) return;
    const children = new Map<string, InstanceRecord[]>();
    const orchestrations = [...store.instances()].flatMap(({ record }) =>
      record.kind === "orchestration" ? [record] : [],
    );
    for (const record of orchestrations) {
      const { parentInstanceId: parent } = record;
      if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), record]);
    }
    for (const record of orchestrations) {
      const isRoot = record.parentInstanceId === undefined || store.instance(record.parentInstanceId) === undefined;
      if (isRoot && this.#hasExpired(record, now) && allAreOver(record, children)) yield record;
    }
  }

  #hasExpired(record: InstanceRecord, now: number): boolean {
    const { runtimeStatus, name, lastUpdatedAt } = record;
    return this.#rules.some(
      (rule) =>
        rule.statuses.some((status) => status === runtimeStatus) &&
        (rule.name === undefined || rule.name === name) &&
        lastUpdatedAt + rule.afterMs <= now,
    );
  }
}

/** No family is deeper, unless ids go round in a circle. */
const DEPTH_MAX = 100;

function allAreOver(
  record: InstanceRecord,
  children: ReadonlyMap<string, readonly InstanceRecord[]>,
  depth = 0,
): boolean {
  if (!isOver(record) || depth > DEPTH_MAX) return false;
  return (children.get(record.instanceId) ?? []).every((child) => allAreOver(child, children, depth + 1));
}

function isOver({ runtimeStatus }: InstanceRecord): boolean {
  return runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated";
}

function ageOf(record: InstanceRecord, now: number): string {
  const seconds = Math.round((now - record.lastUpdatedAt) / 1000);
  return isOver(record) ? `${record.runtimeStatus} for ${seconds} seconds` : record.runtimeStatus;
}
