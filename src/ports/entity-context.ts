/**
 * What an entity's code is given while one operation runs. The names are durabletask-js's.
 */
import type { InputArguments, ReplaySafeLogger } from "../core/context.ts";
import type { OrchestratorDefinition } from "../core/definitions.ts";
import type { Duration } from "../core/duration.ts";
import type { SignalEntityOptions } from "../core/entity-feature.ts";
import type { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityReference, OperationArguments, OperationName } from "../core/entity-reference.ts";

export type { SignalEntityOptions } from "../core/entity-feature.ts";

/** How an entity starts an orchestration. */
export interface EntityStartOptions {
  /** A name for the instance; a UUID unless given. Where the id is taken, nothing is started. */
  readonly instanceId?: string;
  /** The first turn runs at this time, or after this duration, instead of at once. */
  readonly startAt?: Date | Duration;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What follows the orchestrator where an entity starts it. */
export type EntityStartArguments<D> =
  D extends OrchestratorDefinition<infer I>
    ? InputArguments<I, EntityStartOptions>
    : InputArguments<unknown, EntityStartOptions>;

/** Sends signals: now or at a time, by the entity's definition and a key (typed) or by its id (untyped). */
export interface SignalEntity<R> {
  <Operations, K extends OperationName<Operations>>(
    entity: EntityReference<Operations>,
    key: string,
    operation: K,
    ...input: OperationArguments<Operations, K, SignalEntityOptions>
  ): R;
  (entity: EntityInstanceId, operation: string, input?: unknown, options?: SignalEntityOptions): R;
}

export interface EntityContext {
  readonly id: EntityInstanceId;
  /** The operation, as it was asked for. */
  readonly operationName: string;
  readonly hasInput: boolean;
  /** The operation's input; `undefined` when it has none. */
  getInput<T = unknown>(): T;
  readonly hasState: boolean;
  /**
   * The state, to read or to change in place: what it is when the operation ends is what is kept. The default value is
   * given, and not kept, where there is no state.
   */
  getState<S>(defaultValue: S): S;
  getState<S = unknown>(): S | undefined;
  /** Replaces the state; `null` and `undefined` delete it. */
  setState(state: unknown): void;
  deleteState(): void;
  /** True when there was no state as the operation began. */
  readonly isNewlyConstructed: boolean;
  /** The time of the current turn. Each access gives a new `Date`. */
  readonly currentUtcDateTime: Date;
  /** Aborted when nothing of the operation can be recorded any more (the lease is lost) or the worker is stopping. */
  readonly signal: AbortSignal;
  readonly log: ReplaySafeLogger;
  /** Signals an entity once this operation has succeeded. Signals to one entity arrive in order, unless scheduled. */
  readonly signalEntity: SignalEntity<void>;
  /**
   * Starts an orchestration once this operation has succeeded. @returns its instance id.
   */
  scheduleNewOrchestration<D extends OrchestratorDefinition | string>(
    orchestrator: D,
    ...input: EntityStartArguments<D>
  ): string;
}
