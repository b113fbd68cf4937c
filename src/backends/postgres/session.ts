/**
 * Sends statements of a transaction over one connection, any number of them in one message. The first begins it.
 *
 * Invariant: the statements of a message are carried out in their order, and when one fails, none after it is. They are
 * prepared once a connection. Where somebody between us and the server takes prepared statements away (a pooler that changes
 * servers between transactions, `DISCARD ALL`), that is found out and the connection goes on without: `withoutPreparations`.
 */
import { assert } from "../../core/assert.ts";
import type { Row } from "../sql/columns.ts";
import { checksumOf } from "../sql/migration.ts";
import { BEGIN, connect, PLANNING } from "./connect.ts";
import { resultsOf, rowsOf, type PostgresClient, type PostgresPool } from "./driver.ts";
import { CONFIRMATION, type Statement, type Statements } from "./statements.ts";

/** What is to be known of a connection: what begins a transaction on it, and whether statements are prepared. */
interface State {
  readonly beginning: readonly string[];
  readonly isPlain: boolean;
}

/** What a connection has: prepared statements, and settings of those that planning wants. Databases like PostgreSQL lack some. */
const INVENTORY =
  "SELECT name FROM pg_prepared_statements;\n" +
  `SELECT name FROM pg_settings WHERE name IN (${[...PLANNING.keys()].map((name) => `'${name}'`).join(", ")})`;

/** The connections of a pool, as one hub uses them. */
export class Sessions {
  readonly #pool: PostgresPool;
  readonly #statements: Statements;
  readonly #states = new WeakMap<PostgresClient, State>();
  /** Sets what planning wants, as far as the database has it. */
  #planning = "";

  constructor(pool: PostgresPool, statements: Statements) {
    this.#pool = pool;
    this.#statements = statements;
  }

  /** Takes a connection; whoever does gives it back with `release`. */
  async open(): Promise<Session> {
    const client = await connect(this.#pool);
    try {
      const state = this.#states.get(client) ?? (await this.#prepare(client));
      return new Session(client, this.#statements, state);
    } catch (error) {
      client.release(error instanceof Error ? error : true);
      throw error;
    }
  }

  /** Has the connection of a session go on without prepared statements. */
  withoutPreparations({ client }: Session): void {
    this.#states.set(client, { beginning: [...BEGIN, this.#planning], isPlain: true });
  }

  /** A connection may have been prepared by another hub of the same schema, or wrapped anew by the app's pool. */
  async #prepare(client: PostgresClient): Promise<State> {
    const [prepared, settings] = resultsOf(await client.query(INVENTORY)).map(rowsOf);
    const known = new Set(prepared?.map(({ name }) => name));
    this.#planning = planningOf(settings?.map(({ name }) => String(name)) ?? []);
    const name = `dacapo_planning_${checksumOf(this.#planning).slice(0, 12)}`;
    const preparations = new Map([...this.#statements.preparations, [name, `PREPARE ${name} AS ${this.#planning}`]]);
    const missing = [...preparations].filter(([one]) => !known.has(one)).map(([, text]) => text);
    // One by one: the server copies the text of a message each time that a statement which was prepared in it is carried out.
    for (const text of missing) await client.query(text);
    const state = { beginning: [...BEGIN, `EXECUTE ${name}`], isPlain: false };
    this.#states.set(client, state);
    return state;
  }
}

/** Sets all at once, for a transaction: a statement for each takes longer. Nothing has been found to be otherwise yet. */
function planningOf(settings: readonly string[]): string {
  const planning = settings.map((name) => `set_config('${name}', '${PLANNING.get(name) ?? ""}', true)`);
  return `SELECT ${[`set_config('${CONFIRMATION}', 'true', true)`, ...planning].join(", ")}`;
}

/** One connection in use. */
export class Session {
  readonly client: PostgresClient;
  /** The statements that begin a transaction. */
  readonly #beginning: readonly string[];
  #isOpen = false;
  readonly #statements: Statements;
  readonly #isPlain: boolean;

  constructor(client: PostgresClient, statements: Statements, { beginning, isPlain }: State) {
    this.client = client;
    this.#beginning = beginning;
    this.#statements = statements;
    this.#isPlain = isPlain;
  }

  /** True from the first message on, until the last one was answered. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends one message; the last one commits. @returns the rows of each statement */
  async send(
    statements: readonly Statement[],
    { isLast = false }: { readonly isLast?: boolean } = {},
  ): Promise<readonly (readonly Row[])[]> {
    const before = this.#isOpen ? [] : this.#beginning;
    this.#isOpen = true;
    const texts = statements.map((statement) =>
      this.#isPlain ? this.#statements.plain(statement) : this.#statements.execution(statement),
    );
    const whole = [...before, ...texts, ...(isLast ? ["COMMIT"] : [])];
    const results = resultsOf(await this.client.query(whole.join(";\n")));
    assert(results.length === whole.length, "each statement of a message has its result");
    this.#isOpen = !isLast;
    return results.slice(before.length, before.length + statements.length).map(rowsOf);
  }

  release(error?: Error): void {
    this.client.release(error);
  }
}
