/**
 * Transactions of many calls on PostgreSQL.
 *
 * Invariant: a transaction takes effect whole or not at all; within one, each call is refused alone or done whole. One that
 * PostgreSQL broke off before its commit, or whose connection was lost by then, is made again; one whose commit got no
 * answer is a failure, which says that nobody knows (contract G7).
 */
import { assert } from "../../core/assert.ts";
import type { Outcome } from "../sql/group-commit.ts";
import type { Seen } from "../waiting/neighbours.ts";
import type { Call } from "./calls.ts";
import { BEGIN, connect } from "./connect.ts";
import { rowsOf, type PostgresClient, type PostgresPool } from "./driver.ts";
import { PostgresTables } from "./postgres-tables.ts";
import type { Statements } from "./statements.ts";

/** So often a transaction that was broken off is made. */
const ATTEMPTS = 8;

const FIRST_PAUSE_MS = 10;

/** Serialization failure, deadlock, and an instance that two transactions added. */
const CONFLICTS: ReadonlySet<unknown> = new Set(["40001", "40P01", "23505"]);

export interface TransactionsOptions {
  readonly pool: PostgresPool;
  readonly statements: Statements;
  readonly keepsHistory: boolean;
  /** Waits between two attempts, in milliseconds. */
  readonly pause: (durationMs: number) => Promise<void>;
  /** Called after each commit, with the instances that it looked at. */
  readonly committed: (seen: Iterable<Seen>) => void;
  /** Sent along with each commit. */
  readonly hint: (client: PostgresClient, tables: PostgresTables) => Promise<void>;
}

export class Transactions {
  readonly #options: TransactionsOptions;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** Makes all calls in one transaction. @throws what the database throws in the end. */
  async transact(calls: readonly Call[]): Promise<readonly Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      const progress = { isCommitting: false };
      try {
        return await this.#attempt(calls, progress);
      } catch (error) {
        if (error instanceof HalfDoneError) return this.#oneByOne(calls, error);
        if (attempt === ATTEMPTS) throw error;
        // Whoever was in the way has committed by now.
        if (isConflict(error)) continue;
        if (!isLostConnection(error) || progress.isCommitting) throw error;
        await this.#options.pause(FIRST_PAUSE_MS * 2 ** attempt);
      }
    }
  }

  async #attempt(calls: readonly Call[], progress: { isCommitting: boolean }): Promise<readonly Outcome[]> {
    const { pool, committed, hint } = this.#options;
    const client = await connect(pool);
    let failure: Error | undefined;
    try {
      await client.query(BEGIN);
      const tables = await this.#tables(calls, client);
      await tables.load(calls.flatMap(({ needs }) => needs));
      const outcomes = await this.#run(calls, tables);
      await hint(client, tables);
      progress.isCommitting = true;
      await client.query("COMMIT");
      committed(tables.seen());
      return outcomes;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      if (!isLostConnection(error)) {
        await client.query("ROLLBACK").catch(() => undefined);
        failure = undefined;
      }
      throw error;
    } finally {
      client.release(failure);
    }
  }

  async #run(calls: readonly Call[], tables: PostgresTables): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = new Array<Outcome>(calls.length);
    for (const [i, call] of calls.entries()) {
      if (call.kind === "operation") outcomes[i] = await attempt(() => tables.run(call.run(tables)), tables);
    }
    await tables.flush();
    for (const [i, call] of calls.entries()) {
      if (call.kind === "after") outcomes[i] = await attempt(() => call.run(tables), tables);
    }
    return outcomes;
  }

  async #oneByOne(calls: readonly Call[], { cause }: HalfDoneError): Promise<readonly Outcome[]> {
    if (calls.length === 1) return [{ ok: false, error: cause }];
    const outcomes: Outcome[] = [];
    for (const call of calls) outcomes.push(...(await this.transact([call])));
    return outcomes;
  }

  /** Numbers of instances are taken anew each time: a later life of an id has a greater one. */
  async #tables(calls: readonly Call[], client: PostgresClient): Promise<PostgresTables> {
    const { statements, keepsHistory } = this.#options;
    const births = calls.reduce((sum, call) => sum + (call.kind === "operation" ? call.births : 0), 0);
    const [hub] = rowsOf(await client.query(statements("begin", births)));
    const reserved = ((hub?.["lives"] ?? []) as unknown as readonly string[]).map(Number).reverse();
    const lives = (): number => {
      const life = reserved.pop();
      assert(life !== undefined, "a call says how many instances it may add");
      return life;
    };
    return new PostgresTables({ client, statements, now: Number(hub?.["now"]), keepsHistory, lives });
  }
}

/** Carries the error of a call that had begun to write. Never seen outside. */
class HalfDoneError extends Error {}

async function attempt(run: () => Promise<unknown>, tables: PostgresTables): Promise<Outcome> {
  const before = tables.writes;
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (isOfDatabase(error)) throw error;
    // Calls refuse before they write; one that did not takes the transaction with it.
    if (tables.writes !== before) throw new HalfDoneError("A call failed in the middle.", { cause: error });
    return { ok: false, error };
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** True for what a driver throws: PostgreSQL's errors have codes of five characters, the network's begin with E. */
function isOfDatabase(error: unknown): boolean {
  const code = codeOf(error);
  return isLostConnection(error) || (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code));
}

function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error));
}

/** True when the connection is gone, or the server is on its way down or up: 08, 57P01 to 57P03, 25P03 (it was idle). */
export function isLostConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (typeof code === "string" && /^(?:08...|57P0[123]|25P03|E[A-Z]+)$/.test(code)) return true;
  return (
    error instanceof Error && /Connection terminated|connection timeout|Client has encountered/i.test(error.message)
  );
}
