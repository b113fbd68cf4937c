/**
 * Kills its own process at a named point: before, during or after the n-th time that a call is made.
 *
 * A point is written `before:completeOrchestration:17`. Calls are the methods of a backend, and of the driver `BEGIN`,
 * `COMMIT` and `statement`, which is any other. `during` sends the call and dies before the answer; where the answer is
 * there at once, as with SQLite, it is the same as `after`.
 */
import type { PostgresClient, PostgresPool, PostgresQuery } from "../../src/backends/postgres/index.ts";
import type { SqliteDatabase, SqliteStatement } from "../../src/backends/sqlite/index.ts";
import type { BackendFactory } from "../../src/ports/backend-factory.ts";

export const MOMENTS = ["before", "during", "after"] as const;

/** The calls of a worker at which a run chooses to kill. */
export const CALLS = [
  ...["fetchOrchestrations", "readHistory", "renewOrchestration", "completeOrchestration", "fetchActivities"],
  ...["completeActivity", "waitForWork", "BEGIN", "COMMIT", "statement"],
] as const;

export interface KillPoint {
  readonly moment: (typeof MOMENTS)[number];
  readonly call: string;
  readonly count: number;
}

/** @throws Error when the text names no point. */
export function readKillPoint(text: string): KillPoint {
  const [moment, call = "", count] = text.split(":");
  const known = MOMENTS.find((name) => name === moment);
  if (known === undefined || call === "" || !(Number(count) >= 1)) {
    throw new Error(`"${text}" is no kill point: write before:completeActivity:5, or during:... or after:...`);
  }
  return { moment: known, call, count: Number(count) };
}

export class KillPoints {
  readonly #point: KillPoint | undefined;
  #left: number;

  constructor(point: KillPoint | undefined) {
    this.#point = point;
    this.#left = point?.count ?? 0;
  }

  /** The backend, with the points of its methods. */
  backend(make: BackendFactory): BackendFactory {
    return (ports) => {
      const backend = make(ports);
      return new Proxy(backend, {
        get: (target, name: string) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) =>
            this.#later(name, () => Reflect.apply(value, target, args) as Promise<unknown>);
        },
      });
    };
  }

  database(database: SqliteDatabase): SqliteDatabase {
    return {
      exec: (sql) => this.#now(sqlName(sql), () => database.exec(sql)),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        const watched = <Name extends keyof SqliteStatement>(name: Name): SqliteStatement[Name] => {
          const call = (...values: never[]): unknown => this.#now("statement", () => statement[name](...values));
          return call as SqliteStatement[Name];
        };
        return { run: watched("run"), get: watched("get"), all: watched("all") };
      },
      close: () => database.close(),
    };
  }

  pool(pool: PostgresPool): PostgresPool {
    return {
      connect: async () => this.#client(await pool.connect()),
      query: (query) => this.#later(sqlName(textOf(query)), () => pool.query(query)),
      end: () => pool.end(),
    };
  }

  #client(client: PostgresClient): PostgresClient {
    return new Proxy(client, {
      get: (target, name: string) => {
        const value: unknown = Reflect.get(target, name);
        if (name === "query") {
          return (query: PostgresQuery | string) => this.#later(sqlName(textOf(query)), () => target.query(query));
        }
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  async #later<T>(call: string, make: () => Promise<T>): Promise<T> {
    const isHere = this.#isHere(call);
    if (isHere && this.#point?.moment === "before") die();
    const made = make();
    if (isHere && this.#point?.moment === "during") setImmediate(die);
    const answer = await made;
    if (isHere) die();
    return answer;
  }

  #now<T>(call: string, make: () => T): T {
    const isHere = this.#isHere(call);
    if (isHere && this.#point?.moment === "before") die();
    const answer = make();
    if (isHere) die();
    return answer;
  }

  #isHere(call: string): boolean {
    return this.#point?.call === call && --this.#left === 0;
  }
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

function textOf(query: PostgresQuery | string): string {
  return typeof query === "string" ? query : query.text;
}

/** What is both, the whole of a transaction in one message, commits. */
function sqlName(sql: string): string {
  if (/\bCOMMIT$/.test(sql)) return "COMMIT";
  return /^BEGIN\b/.exec(sql)?.[0] ?? "statement";
}
