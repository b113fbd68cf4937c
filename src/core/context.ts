/**
 * The orchestration context: everything that an orchestrator may ask for. Its names are durabletask-js's.
 *
 * Invariant: every answer is a function of the history, so replay gives it again.
 */
import type { ActivityReference } from "./activity-reference.ts";
import type { Duration } from "./duration.ts";
import type { CallHttpOptions, DurableHttpResponse } from "./http-calls.ts";
import type { OrchestratorReference } from "./orchestrator-reference.ts";
import type { RetryHandler, RetryPolicy } from "./retry.ts";
import type { OrchestrationEntityFeature } from "./entity-feature.ts";
import type { Task, TimerTask } from "./task.ts";

export interface TaskOptions {
  /** Retries a failed activity: by a policy, or as a function decides. The waits between are durable timers. */
  readonly retry?: RetryPolicy | RetryHandler;
}

export interface SubOrchestrationOptions extends TaskOptions {
  /**
   * The child's instance id. Unless given, one that is unique for ever: a function of the parent's execution and the
   * call. Each retry has one of its own, unless it is given.
   */
  readonly instanceId?: string;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The orchestration that started a sub-orchestration, as the child sees it. */
export interface ParentOrchestration {
  /** The parent orchestrator's registered name. */
  readonly name: string;
  readonly instanceId: string;
  /** The parent's execution that waits for the child. */
  readonly executionId: string;
  /** The task of that execution that the child's end answers. */
  readonly taskId: number;
}

export interface ContinueAsNewOptions {
  /** Whether external events that nobody waited for reach the next execution. True unless given. */
  readonly preserveUnprocessedEvents?: boolean;
}

/** The input of a definition and the options that follow it; the input may be left out when it may be undefined. */
export type InputArguments<I, Options> = undefined extends I
  ? [input?: I, options?: Options]
  : [input: I, options?: Options];

/** An activity by name, or by a function that has the activity's name. */
export type NamedActivity = string | ((...args: never[]) => unknown);

// One signature, not an overload for definitions and one for names: of overloads, the compiler reports that the
// definition of an activity is no name, where what is wrong is that its input is missing.

/** What follows the activity in a call of it. */
export type ActivityArguments<A> =
  A extends ActivityReference<infer I, unknown> ? InputArguments<I, TaskOptions> : InputArguments<unknown, TaskOptions>;

/** What a call of an activity gives; `Told` is what the caller says of one that is called by name. */
export type ActivityResult<A, Told> = A extends ActivityReference<never, infer O> ? O : Told;

/** An orchestrator by name, or by a function that has the orchestrator's name. */
export type NamedOrchestrator = string | ((...args: never[]) => unknown);

/** What follows the orchestrator in a call of a sub-orchestration. */
export type SubOrchestratorArguments<D> =
  D extends OrchestratorReference<infer I, unknown>
    ? InputArguments<I, SubOrchestrationOptions>
    : InputArguments<unknown, SubOrchestrationOptions>;

/** What a sub-orchestration gives; `Told` is what the caller says of one that is called by name. */
export type SubOrchestratorResult<D, Told> = D extends OrchestratorReference<never, infer O> ? O : Told;

/** A logger that is silent while the history is replayed, so each line appears once. */
export interface ReplaySafeLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface OrchestrationContext {
  readonly instanceId: string;
  /** Names the current execution; continue-as-new gives the next one another. */
  readonly executionId: string;
  /** The orchestrator's registered name. */
  readonly name: string;
  /** Who waits for this orchestration's end; `undefined` unless another orchestration started it. */
  readonly parent: ParentOrchestration | undefined;
  /** The version that the instance was started with, or "". */
  readonly version: string;
  /**
   * Compares the version that the instance was started with: less than 0 when it comes before the other, more than 0
   * when it comes after. Versions of one to four numbers are compared number by number, others as texts, whatever
   * their case; no version comes before any.
   */
  compareVersionTo(version: string): number;
  /** The time of the current turn: the same on every replay. Each access gives a new `Date`. */
  readonly currentUtcDateTime: Date;
  /** True while what the history recorded is gone through again. */
  readonly isReplaying: boolean;
  readonly log: ReplaySafeLogger;
  /** Calls, signals and locks of entities. */
  readonly entities: OrchestrationEntityFeature;

  /**
   * Runs an activity. A failed one throws `TaskFailedError` where its task is waited for.
   *
   * By its definition, the input and the result are typed. By its name, or by a function that has its name, they are
   * not: `callActivity<Receipt>("charge", order)` tells the type of the result.
   */
  callActivity<O = unknown, A extends ActivityReference | NamedActivity = NamedActivity>(
    activity: A,
    ...input: ActivityArguments<A>
  ): Task<ActivityResult<A, O>>;
  /**
   * Makes an HTTP request as an activity, and follows a 202 with a `Location` until it is done: it asks again there
   * with GET, when `Retry-After` says or after 30 seconds, waiting on durable timers. An HTTP error is an answer; a
   * request that got none throws `TaskFailedError`, after its retries. Credentials never go to another origin.
   *
   * Requests that are not safe carry an `Idempotency-Key`, the same for every retry, unless you give one. What is sent
   * is recorded in the history, headers included, and so is the answer: keep secrets in a `tokenSource`.
   *
   * @throws InvalidArgumentError when the request cannot be made, such as a GET with a body.
   * @example
   * const { statusCode, content } = yield* ctx.callHttp({ method: "POST", url: "https://example.org/jobs", body: order });
   */
  callHttp(request: CallHttpOptions): Task<DurableHttpResponse>;
  /**
   * Starts another orchestration and gives what it returns. One that fails, is terminated, or whose instance id is taken
   * throws `SubOrchestrationFailedError` where its task is waited for. A child whose parent ends first goes on, and
   * nobody is told of its end.
   *
   * By its definition, the input and the result are typed. By its name, or by a function that has its name, they are
   * not.
   */
  callSubOrchestrator<O = unknown, D extends OrchestratorReference | NamedOrchestrator = NamedOrchestrator>(
    orchestrator: D,
    ...input: SubOrchestratorArguments<D>
  ): Task<SubOrchestratorResult<D, O>>;
  /**
   * A durable timer: it fires after a duration, or at a date; a date in the past fires at once. Any length is
   * right, years included.
   */
  createTimer(when: Duration | Date): TimerTask;
  /**
   * The next external event of this name (case-insensitive). Events that came before anybody waited are kept,
   * first in, first out.
   */
  waitForExternalEvent<T = unknown>(name: string): Task<T>;
  /**
   * Sends an external event to another orchestration, or to this one, and waits for nothing. It arrives exactly once, and
   * after those that this orchestration sent there before. One for an instance that nobody started, or that has ended, is
   * dropped.
   * @throws InvalidArgumentError when the id is an entity's, or the id or the name is blank.
   */
  sendEvent(instanceId: string, name: string, data?: unknown): void;
  /**
   * Ends this execution, once the orchestrator returns, and starts it again from the beginning with a new input
   * and an empty history.
   */
  continueAsNew(input?: unknown, options?: ContinueAsNewOptions): void;
  /** Publishes a value to the clients: at most 16 KiB. The last one of a turn counts. */
  setCustomStatus(status: unknown): void;
  /** A UUID (version 5) that replay gives again. */
  newGuid(): string;
  /** A number in [0, 1) that replay gives again. Not for cryptography. */
  random(): number;
}
