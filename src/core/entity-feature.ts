/**
 * What an orchestrator may ask of entities: `ctx.entities`. The names are durabletask-js's and, for locks, those of
 * durable-functions.
 *
 * Invariant: as everything of the context, every answer is a function of the history.
 */
import type { Duration } from "./duration.ts";
import type { EntityInstanceId } from "./entity-instance-id.ts";
import type { EntityReference, OperationArguments, OperationName, OperationResult } from "./entity-reference.ts";
import type { Task } from "./task.ts";

export interface SignalEntityOptions {
  /**
   * The entity is not signalled before this time, or before this duration is over, and such a signal keeps no order with
   * others. At once unless given.
   */
  readonly signalTime?: Date | Duration;
}

/** An entity to lock: its id, or its definition and key. */
export type LockTarget = EntityInstanceId | readonly [definition: EntityReference, key: string];

/** The locks of a critical section that is held. `using lock = yield* ctx.entities.lockEntities(a, b)` gives them back. */
export interface LockHandle {
  /** The entities, in the order in which they were locked. */
  readonly ownedLocks: readonly EntityInstanceId[];
  /** True once the locks were given back, and once the orchestration has ended. */
  readonly isReleased: boolean;
  /** Gives the locks back. Doing so again does nothing. */
  release(): void;
  /** The same as `release()`. */
  [Symbol.dispose](): void;
}

export interface CriticalSectionInfo {
  /** True from the grant of all locks until their release. */
  readonly inSection: boolean;
  /** The entities whose locks are held; absent outside of a critical section. */
  readonly lockedEntities?: readonly EntityInstanceId[];
}

export interface OrchestrationEntityFeature {
  /**
   * Runs an operation of an entity, and waits for its result. One that fails throws `EntityOperationFailedError` where
   * its task is waited for. By its definition, the operation, its input and its result are typed.
   * @throws LockingRulesViolationError inside a critical section, when the entity is not one of the section's, or a
   *   call of it is not answered yet; and while the locks of one are still asked for.
   * @example
   * const total = yield* ctx.entities.callEntity(counter, "visits", "add", 1);
   */
  callEntity<Operations, State, K extends OperationName<Operations>>(
    entity: EntityReference<Operations, State>,
    key: string,
    operation: K,
    ...input: OperationArguments<Operations, K, undefined>
  ): Task<OperationResult<Operations, K>>;
  callEntity<O = unknown>(id: EntityInstanceId, operation: string, input?: unknown): Task<O>;

  /**
   * Asks for an operation of an entity, and waits for nothing: the entity gets it once, after all that this
   * orchestration asked of it before.
   * @throws LockingRulesViolationError when the orchestration holds the entity's lock, or asks for it.
   */
  signalEntity<Operations, State, K extends OperationName<Operations>>(
    entity: EntityReference<Operations, State>,
    key: string,
    operation: K,
    ...input: OperationArguments<Operations, K, SignalEntityOptions>
  ): void;
  signalEntity(id: EntityInstanceId, operation: string, input?: unknown, options?: SignalEntityOptions): void;

  /**
   * Begins a critical section: waits until the orchestration alone may call these entities. Locks are taken in one
   * order, whatever the order here, so that no two orchestrations can wait for each other. They are given back by
   * `release()`, by `using`, and by the end of the orchestration, whatever ends it.
   * @throws InvalidArgumentError when no entity is given.
   * @throws LockingRulesViolationError inside a critical section, and while a call of an entity is not answered yet.
   * @example
   * const lock = yield* ctx.entities.lockEntities([account, "ada"], [account, "bob"]);
   * try {
   *   yield* ctx.entities.callEntity(account, "ada", "withdraw", 5);
   *   yield* ctx.entities.callEntity(account, "bob", "deposit", 5);
   * } finally {
   *   lock.release();
   * }
   */
  lockEntities(...entities: readonly LockTarget[]): Task<LockHandle>;
  lockEntities(entities: readonly LockTarget[]): Task<LockHandle>;

  /** Whether the orchestration is in a critical section, and which entities it holds. */
  isInCriticalSection(): CriticalSectionInfo;
}
