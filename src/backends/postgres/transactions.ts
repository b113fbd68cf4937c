/**
 * Transactions of many calls on PostgreSQL, each of two messages: one begins it and asks for the rows that the calls need, one
 * writes, claims and commits. Where images of all rows are at hand, and for calls that need none, it is one message; a turn with
 * the answer that woke it is one statement then (`step.ts`).
 *
 * Invariant: a transaction takes effect whole or not at all; within one, each call is refused alone or done whole. One that
 * PostgreSQL broke off, or whose connection was lost before its last message, is made again; one whose last message got no
 * answer is a failure, which says that nobody knows (contract G7).
 */
import { DacapoError } from "../../core/errors.ts";
import type { Lock } from "../../ports/backend.ts";
import { eventsOf } from "../sql/columns.ts";
import type { Outcome } from "../sql/group-commit.ts";
import { turn, type Call, type Closing } from "./calls.ts";
import type { EarlyTurn, EarlyTurns } from "../sql/early-turns.ts";
import { codeOf } from "./connect.ts";
import type { HubTime } from "./hub-time.ts";
import { Images, NOTHING_KNOWN, type Attempt, type Known } from "./images.ts";
import { PostgresTables, UnconfirmedError } from "./postgres-tables.ts";
import type { Session, Sessions } from "./session.ts";
import type { Statement } from "./statements.ts";

/** So often a transaction that was broken off is made. */
const ATTEMPTS = 8;

const FIRST_PAUSE_MS = 10;

/** Serialization failure, deadlock, and an instance that two transactions added. */
const CONFLICTS: ReadonlySet<unknown> = new Set(["40001", "40P01", "23505"]);

/** A prepared statement is not there; another one has its name; its result would have other columns than it was prepared for. */
const UNPREPARED: ReadonlySet<unknown> = new Set(["26000", "42P05", "0A000"]);

/** A function that a statement calls is not there any more. */
const UNDEFINED_FUNCTION = "42883";

export interface TransactionsOptions {
  readonly sessions: Sessions;
  readonly keepsHistory: boolean;
  readonly early: EarlyTurns;
  readonly time: HubTime;
  /** Waits between two attempts, in milliseconds. */
  readonly pause: (durationMs: number) => Promise<void>;
  /** Called after each commit. */
  readonly committed: (tables: PostgresTables) => void;
}

/** How far an attempt has come. */
interface Progress {
  /** False when it was broken off before: it asks for everything then. */
  readonly isFirst: boolean;
  isCommitting: boolean;
  /** What was handed out, and the turns that came of it. */
  locks: readonly Lock[];
  turns: readonly EarlyTurn[];
  session?: Session;
  /** True when it went by images. */
  isGuess: boolean;
}

export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #images = new Images();

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** Makes all calls in one transaction. @throws what the database throws in the end. */
  async transact(calls: readonly Call[]): Promise<readonly Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      const progress: Progress = { isFirst: attempt === 1, isCommitting: false, locks: [], turns: [], isGuess: false };
      try {
        return await this.#attempt(calls, progress);
      } catch (error) {
        this.#options.early.spoil(progress.locks, progress.turns);
        // The next attempt asks. What went wrong in the middle may be the images' doing.
        if (error instanceof UnconfirmedError || (progress.isGuess && error instanceof HalfDoneError)) continue;
        if (error instanceof HalfDoneError) return this.#oneByOne(calls, error);
        if (attempt >= ATTEMPTS) throw error;
        // Whoever was in the way has committed by now.
        if (isConflict(error)) continue;
        if (progress.session !== undefined && this.#goesOnWithout(codeOf(error), progress.session)) continue;
        if (!isLostConnection(error) || progress.isCommitting) throw error;
        await this.#options.pause(FIRST_PAUSE_MS * 2 ** attempt);
      }
    }
  }

  /** Has a connection go on without what it turned out not to have. */
  #goesOnWithout(code: unknown, session: Session): boolean {
    const { sessions } = this.#options;
    if (code === UNDEFINED_FUNCTION) sessions.withoutStep(session);
    else if (UNPREPARED.has(code)) sessions.withoutPreparations(session);
    else return false;
    return true;
  }

  async #attempt(calls: readonly Call[], progress: Progress): Promise<readonly Outcome[]> {
    const { sessions, keepsHistory, early, time } = this.#options;
    const session = await sessions.open();
    progress.session = session;
    const images = this.#images.begin();
    let failure: Error | undefined;
    try {
      const taken = this.#images.take(calls);
      const guess = time.guess();
      const known = guess === undefined || !progress.isFirst ? NOTHING_KNOWN : taken;
      progress.isGuess = known.instances.size + known.activities.size > 0;
      const lastVoid = (instanceId: string): number => early.lastVoid(instanceId);
      const tables = new PostgresTables({ session, keepsHistory, lastVoid, known, guess: guess ?? 0 });
      await begin(calls, tables);
      const outcomes = await operate(calls, tables);
      const late = await this.#together(calls, tables, { progress, known });
      const closings = close(calls, tables, outcomes);
      const writes = tables.take();
      const statements: Statement[] = [...writes];
      for (const { statements: more } of closings.values()) statements.push(...more);
      progress.isCommitting = true;
      const answers = await session.send(statements, { isLast: true });
      tables.sent(writes, answers.slice(0, writes.length));
      let next = writes.length;
      for (const [i, { statements: own, finish }] of closings) {
        outcomes[i] = { ok: true, value: finish(answers.slice(next, (next += own.length))) };
      }
      this.#committed(tables, images);
      for (const settle of late) settle();
      return outcomes;
    } catch (error) {
      failure = await rollBack(session, error);
      throw error;
    } finally {
      this.#images.end(images);
      session.release(failure);
    }
  }

  #committed(tables: PostgresTables, images: Attempt): void {
    const { time, committed } = this.#options;
    if (tables.now > 0) time.note(tables.now);
    this.#images.keep(
      images,
      tables.left,
      [...tables.seen()].map(([id]) => id),
    );
    committed(tables);
  }

  /**
   * Hands out what can be handed out already, and carries out the turns that come of it, as part of the transaction.
   *
   * @returns what tells them, once it is durable
   */
  async #together(
    calls: readonly Call[],
    tables: PostgresTables,
    { progress, known }: { readonly progress: Progress; readonly known: Known },
  ): Promise<readonly (() => void)[]> {
    progress.locks = calls.flatMap((call) => (call.kind === "after" ? (call.handOut?.(tables) ?? []) : []));
    if (progress.locks.length === 0) return [];
    progress.turns = await this.#options.early.gather(progress.locks, ({ key }) => {
      const history = known.instances.get(key)?.history;
      return history && eventsOf(history.map((events) => ({ events })));
    });
    const outcomes = await operate(
      progress.turns.map(({ commit }) => turn(commit)),
      tables,
    );
    return progress.turns.map(({ resolve, reject }, i) => () => {
      const outcome = outcomes[i];
      if (outcome?.ok === false) reject(outcome.error);
      else resolve();
    });
  }

  async #oneByOne(calls: readonly Call[], { cause }: HalfDoneError): Promise<readonly Outcome[]> {
    if (calls.length === 1) return [{ ok: false, error: cause }];
    const outcomes: Outcome[] = [];
    for (const call of calls) outcomes.push(...(await this.transact([call])));
    return outcomes;
  }
}

/** Carries the error of a call that had begun to write. Never seen outside. */
class HalfDoneError extends Error {}

/** Begins the transaction, unless its calls need nothing that is not known. */
async function begin(calls: readonly Call[], tables: PostgresTables): Promise<void> {
  const needs = calls.flatMap((call) => call.needs);
  const operations = calls.filter((call) => call.kind === "operation");
  if (needs.length === 0 && operations.length === 0) return;
  const births = operations.reduce((sum, call) => sum + call.births, 0);
  const claims = calls.some((call) => call.kind === "after" && call.claims === "orchestration");
  // Whoever gets an answer may be handed to a worker with it.
  const answered = new Set(claims ? operations.flatMap(({ wakes }) => wakes) : []);
  await tables.begin({ needs, births, isWhole: (id) => answered.has(id) });
}

async function operate(calls: readonly Call[], tables: PostgresTables): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array<Outcome>(calls.length);
  for (const [i, call] of calls.entries()) {
    if (call.kind !== "operation") continue;
    const before = tables.writes;
    try {
      outcomes[i] = { ok: true, value: await tables.run(call.run(tables)) };
    } catch (error) {
      // What is not ours is the database's, and takes the transaction with it.
      if (!(error instanceof DacapoError)) throw error;
      // Calls refuse before they write; one that did not takes the transaction with it.
      if (tables.writes !== before) throw new HalfDoneError("A call failed in the middle.", { cause: error });
      outcomes[i] = { ok: false, error };
    }
  }
  return outcomes;
}

/** What the calls that come after the operations ask for; those that are refused have their outcome. */
function close(calls: readonly Call[], tables: PostgresTables, outcomes: Outcome[]): ReadonlyMap<number, Closing> {
  const closings = new Map<number, Closing>();
  for (const [i, call] of calls.entries()) {
    if (call.kind !== "after") continue;
    try {
      closings.set(i, call.close(tables));
    } catch (error) {
      if (!(error instanceof DacapoError)) throw error;
      outcomes[i] = { ok: false, error };
    }
  }
  return closings;
}

/** Ends a transaction that failed. @returns what is wrong with the connection: nobody else may have it then */
async function rollBack({ client, isOpen }: Session, error: unknown): Promise<Error | undefined> {
  const isOurs = [DacapoError, HalfDoneError, UnconfirmedError].some((kind) => error instanceof kind);
  if (!isOurs && !isRefusal(error)) return toError(error);
  if (!isOpen) return undefined;
  return client.query("ROLLBACK").then(() => undefined, toError);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** True when the server has answered, and goes on: its errors have codes of five characters. */
function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !isLostConnection(error);
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
