/**
 * A memory store, and one hub in PostgreSQL with two handles, that are asked the same things and have to say the same.
 *
 * Invariant: what one handle is asked at one time is one transaction, in which fetches come last; the memory store is asked the
 * same, in that order. Time stands until it is told to move, in steps so wide that a millisecond decides nothing: a handle that
 * goes by what it knows is as much behind the server.
 */
import { expect } from "vitest";
import pg from "pg";
import { MemoryStore } from "../../src/backends/memory/index.ts";
import { postgres } from "../../src/backends/postgres/index.ts";
import { DacapoError } from "../../src/core/errors.ts";
import type {
  ActivityWorkItem,
  Backend,
  FetchOptions,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
} from "../../src/ports/backend.ts";
import { originalId } from "../../src/backends/sql/stored-id.ts";
import type { Row } from "../../src/backends/sql/columns.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { withoutRevision } from "./durable-state.ts";
import type { Pair } from "./lockstep.ts";
import { watchedPool } from "./watched-pool.ts";

/** What a call answered, or the code of the error that refused it. */
type Outcome = { readonly value: unknown } | { readonly code: string };

/** A call on both: `memory` is made when `postgres` was answered. */
export interface Both {
  readonly what: string;
  readonly postgres: (backend: Backend) => Promise<unknown>;
  readonly memory: (now: number) => unknown;
}

const STEP_MS = 5;
/** No multiple of a step. */
const LEASE_MS = 22;

/** What the worker of a handle asks for. */
export function orderOf(index: number): FetchOptions {
  return { workerId: `worker ${index}`, maxItems: 100, leaseMs: LEASE_MS };
}

let hubs = 0;

export class TwoHandles {
  readonly memory = new MemoryStore();
  /** What each handle has handed out. */
  readonly turns: readonly Pair<OrchestrationWorkItem>[][] = [[], []];
  readonly activities: Pair<ActivityWorkItem>[] = [];
  /** How often each kind of call ended how. */
  readonly counts: Map<string, number>;
  readonly #pool: pg.Pool;
  readonly #clock = new ManualClock();
  readonly #schema = `handles_${process.pid}_${++hubs}`;
  #handles: readonly Backend[] = [];

  constructor(pool: pg.Pool, counts: Map<string, number>) {
    this.#pool = pool;
    this.counts = counts;
  }

  async open(): Promise<void> {
    const answered = (text: string, [row]: readonly unknown[]): void => {
      if (!text.startsWith("EXECUTE dacapo_step")) return;
      this.count(`step: ${(row as Row)["now"] === null ? "refused" : "done"}`);
    };
    const pool = watchedPool(this.#pool, () => undefined, { answered });
    const factory = postgres({ pool, schema: this.#schema });
    const ports = { clock: this.#clock, yield: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const handles = [factory(ports), factory(ports)];
    for (const handle of handles) await handle.open();
    this.#handles = handles;
    await this.#setTime();
  }

  async close(): Promise<void> {
    for (const handle of this.#handles) await handle.close();
    await this.#pool.query(`DROP SCHEMA ${this.#schema} CASCADE`);
  }

  get now(): number {
    return this.#clock.now();
  }

  async advance(steps: number): Promise<void> {
    this.#clock.advance(steps * STEP_MS);
    await this.#setTime();
  }

  /** Lets the server's time pass, and not that of the handles: what they guess is late. */
  async advanceServer(steps: number): Promise<void> {
    await this.#setTime(this.now + steps * STEP_MS);
  }

  handle(index: number): Backend {
    return this.#handles[index % 2] as Backend;
  }

  /** Makes calls at one time, with a fetch of each kind after them where it is wanted. */
  async together(index: number, calls: readonly Both[], kinds: { turns: boolean; activities: boolean }): Promise<void> {
    const handle = this.handle(index);
    const made = calls.map(async (call) => outcomeOf(() => call.postgres(handle)));
    const fetched = kinds.turns ? handle.fetchOrchestrations(orderOf(index)) : [];
    const started = kinds.activities ? handle.fetchActivities(orderOf(index)) : [];
    for (const [i, call] of calls.entries()) this.agree(call, await made[i]!, () => call.memory(this.now));
    await this.takeTurns(index, await fetched);
    this.takeActivities(await started);
  }

  /** Both have ended a call in the same way. */
  agree({ what }: Pick<Both, "what">, outcome: Outcome, onMemory: () => unknown): void {
    let expected: Outcome;
    try {
      expected = { value: onMemory() };
    } catch (error) {
      if (!(error instanceof DacapoError)) throw error;
      expected = { code: error.code };
    }
    expect(outcome, what).toEqual(expected);
    this.count(`${what}: ${"code" in expected ? expected.code : "done"}`);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** What PostgreSQL has handed out, the memory store has to have ready. */
  async takeTurns(index: number, found: readonly OrchestrationWorkItem[]): Promise<void> {
    const given = await this.#given(index, found);
    const pick = picking(given);
    this.turns[index]?.push(...paired(this.memory.fetchOrchestrations(orderOf(index), this.now, { pick }), given));
  }

  /** Locks an instance in the memory store for which PostgreSQL has given a lock, and taken it back with a turn. */
  lockTurn(item: OrchestrationWorkItem | undefined): Lock {
    const found = item === undefined ? [] : [item];
    const [pair] = paired(this.memory.fetchOrchestrations(orderOf(0), this.now, { pick: picking(found) }), found);
    if (pair === undefined) throw new Error("there is no such item");
    return pair.memory.lock;
  }

  /** What was handed out before its transaction was durable, and not given by it after all, is left out. */
  async #given(index: number, found: readonly OrchestrationWorkItem[]): Promise<readonly OrchestrationWorkItem[]> {
    const { rows } = await this.#pool.query(
      `SELECT instance_id, lock_token, lock_worker FROM ${this.#schema}.work JOIN ${this.#schema}.instances USING (partition, instance_key)`,
    );
    // Another handle may have given the same number.
    const given = (rows as Row[]).filter((row) => row["lock_worker"] === orderOf(index).workerId);
    const tokens = new Map(given.map((row) => [originalId(row["instance_id"] as string), Number(row["lock_token"])]));
    const isGiven = ({ lock }: OrchestrationWorkItem): boolean => tokens.get(lock.key) === lock.token;
    for (const item of found) this.count(isGiven(item) ? "lock: given" : "lock: void");
    return found.filter(isGiven);
  }

  takeActivities(found: readonly ActivityWorkItem[]): void {
    const pick = picking(found);
    this.activities.push(...paired(this.memory.fetchActivities(orderOf(0), this.now, { pick }), found));
  }

  /** Everything that both say of every instance is the same. */
  async compare(): Promise<void> {
    for (const { record } of this.memory.instances()) {
      const { instanceId } = record;
      for (const handle of this.#handles) {
        const other = await handle.getInstance(instanceId);
        expect(other === undefined ? undefined : timeless(withoutRevision(other))).toEqual(
          timeless(withoutRevision(record)),
        );
      }
      expect(await this.handle(0).getHistory(instanceId)).toEqual(this.memory.getHistory(instanceId));
    }
  }

  /** Once all leases are over, both hand out the same, until nothing is left. */
  async drain(): Promise<void> {
    await this.advance(1_000);
    const handed = (): number => this.turns.flat().length + this.activities.length;
    for (let index = 0, idle = 0; idle < 2; index = 1 - index) {
      const before = handed();
      await this.together(index, [], { turns: true, activities: true });
      idle = handed() === before ? idle + 1 : 0;
    }
    expect(this.memory.hasWork("orchestration", this.now)).toBe(false);
    expect(this.memory.hasWork("activity", this.now)).toBe(false);
  }

  async #setTime(now = this.now): Promise<void> {
    await this.#pool.query(`UPDATE ${this.#schema}.hub SET time_stands_at = ${now}`);
  }
}

/** What a call of PostgreSQL answered. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof DacapoError)) throw error;
    return { code: error.code };
  }
}

function picking(found: readonly { readonly lock: Lock }[]): (ready: readonly string[]) => readonly string[] {
  const keys = found.map(({ lock }) => lock.key);
  return (ready) => {
    for (const key of keys) expect(ready).toContain(key);
    return keys;
  };
}

type Handed = { readonly lock: Lock; readonly instance?: InstanceRecord; readonly now: number };

function paired<Item extends Handed>(memory: readonly Item[], found: readonly Item[]): readonly Pair<Item>[] {
  const other = new Map(memory.map((item) => [item.lock.key, item]));
  expect(other.size).toBe(found.length);
  return found.map((item) => {
    const own = other.get(item.lock.key) as Item;
    expect(bare(item)).toEqual(bare(own));
    return { memory: own, other: item };
  });
}

/** What is not each store's own. */
function bare({ lock, instance, now: _now, ...rest }: Handed): unknown {
  return { ...rest, key: lock.key, instance: instance === undefined ? undefined : timeless(withoutRevision(instance)) };
}

function timeless({ lastUpdatedAt: _at, ...rest }: Omit<InstanceRecord, "revision">): unknown {
  return rest;
}
