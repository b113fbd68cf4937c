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
import { BEGIN, codeOf, connect, PLANNING } from "./connect.ts";
import { resultsOf, rowsOf, type PostgresClient, type PostgresPool } from "./driver.ts";
import { CONFIRMATION, type Statement, type Statements } from "./statements.ts";
import { answersOfStep, stepOf } from "./step.ts";

/** What is to be known of a connection. */
interface State {
  /** The statements that begin a transaction on it. */
  readonly beginning: readonly string[];
  /** True when statements are not prepared. */
  readonly isPlain: boolean;
  /** True when the function `step` can be called. */
  readonly hasStep: boolean;
}

/** The server's code for a statement whose name is prepared already: a name stands for one text, so it is that one. */
const PREPARED = "42P05";

/** What a connection has: prepared statements, and settings of those that planning wants. Databases like PostgreSQL lack some. */
const INVENTORY: readonly string[] = [
  "SELECT name FROM pg_prepared_statements",
  `SELECT name FROM pg_settings WHERE name IN (${[...PLANNING.keys()].map((name) => `'${name}'`).join(", ")})`,
];

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
    this.#states.set(client, { beginning: [...BEGIN, this.#planning], isPlain: true, hasStep: false });
  }

  /** Has the connection of a session go on without the function. */
  withoutStep({ client }: Session): void {
    const state = this.#states.get(client);
    if (state !== undefined) this.#states.set(client, { ...state, hasStep: false });
  }

  /** A connection may have been prepared by another hub of the same schema, or wrapped anew by the app's pool. */
  async #prepare(client: PostgresClient): Promise<State> {
    const inventory = [...INVENTORY, this.#statements.callable].join(";\n");
    const [prepared, settings, callable = []] = resultsOf(await client.query(inventory)).map(rowsOf);
    const known = new Set(prepared?.map(({ name }) => name));
    this.#planning = planningOf(settings?.map(({ name }) => String(name)) ?? []);
    const name = `dacapo_planning_${checksumOf(this.#planning).slice(0, 12)}`;
    const preparations = new Map([...this.#statements.preparations, [name, `PREPARE ${name} AS ${this.#planning}`]]);
    const hasStep = callable.length > 0;
    if (!hasStep) preparations.delete(this.#statements.step);
    const missing = [...preparations].filter(([one]) => !known.has(one)).map(([, text]) => text);
    // One by one: the server copies the text of a message each time that a statement which was prepared in it is carried out.
    for (const text of missing) {
      await client.query(text).catch((error: unknown) => {
        if (codeOf(error) !== PREPARED) throw error;
      });
    }
    const state = { beginning: [...BEGIN, `EXECUTE ${name}`], isPlain: false, hasStep };
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
  readonly #state: State;
  #isOpen = false;
  readonly #statements: Statements;

  constructor(client: PostgresClient, statements: Statements, state: State) {
    this.client = client;
    this.#state = state;
    this.#statements = statements;
  }

  /** True from the first message on, until the last one was answered. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Sends one message; the last one commits. What is a step (`step.ts`) is sent as one statement, which is a transaction of its own.
   *
   * @returns the rows of each statement
   */
  async send(
    statements: readonly Statement[],
    { isLast = false }: { readonly isLast?: boolean } = {},
  ): Promise<readonly (readonly Row[])[]> {
    const step = isLast && !this.#isOpen && this.#state.hasStep ? stepOf(statements) : undefined;
    if (step !== undefined) {
      const [result] = resultsOf(await this.client.query(this.#text(step)));
      return answersOfStep(statements, result === undefined ? [] : rowsOf(result));
    }
    const before = this.#isOpen ? [] : this.#state.beginning;
    this.#isOpen = true;
    const texts = statements.map((statement) => this.#text(statement));
    const whole = [...before, ...texts, ...(isLast ? ["COMMIT"] : [])];
    const results = resultsOf(await this.client.query(whole.join(";\n")));
    assert(results.length === whole.length, "each statement of a message has its result");
    this.#isOpen = !isLast;
    return results.slice(before.length, before.length + statements.length).map(rowsOf);
  }

  #text(statement: Statement): string {
    return this.#state.isPlain ? this.#statements.plain(statement) : this.#statements.execution(statement);
  }

  release(error?: Error): void {
    this.client.release(error);
  }
}
