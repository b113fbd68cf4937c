/**
 * Runs turns of entities: their operations, one after the other, and commits the outcome.
 *
 * Invariant: nothing of an entity stays here between turns. Whatever an operation does, its entity goes on: one that
 * throws, has no code, or keeps killing its worker is failed, and the next one runs.
 */
import type { Payloads } from "../core/data-converter.ts";
import { EntityInstanceId } from "../core/entity-instance-id.ts";
import { EntityOperation } from "../core/entity-operation.ts";
import type { EntityTurnInput, EntityTurnResult, OperationOutcome, RunOperation } from "../core/entity-turn.ts";
import { runEntityTurn } from "../core/entity-turn.ts";
import { EntityNotRegisteredError, LeaseLostError, PoisonMessageError } from "../core/errors.ts";
import { toFailureDetails } from "../core/failure.ts";
import type { ReplaySafeLogger } from "../core/context.ts";
import type { OrchestrationWorkItem, TurnCommit } from "../ports/backend.ts";
import type { EntityContext } from "../ports/entity-context.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { EntityHandler } from "./entity-definition.ts";
import type { Lease } from "./lease-keeper.ts";
import type { Registry } from "./registry.ts";

export interface EntityProcessorSetup {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly maxDeliveryCount: number;
  readonly payloads: Payloads;
  readonly redeliveryHorizonMs: number;
}

/** A turn that was run, on its way to the store. */
export interface RanEntityTurn {
  readonly commit: TurnCommit;
  readonly entityTurn: EntityTurnResult;
}

/** A turn that failed before is tried again with half of the operations, and so on. */
const OPERATIONS_MAX = 1000;

const COMPLETED = { outcome: "completed" } as const;
const FAILED = { outcome: "failed" } as const;

export class EntityProcessor {
  readonly #setup: EntityProcessorSetup;

  constructor(setup: EntityProcessorSetup) {
    this.#setup = setup;
  }

  process(item: OrchestrationWorkItem, lease: Lease): RanEntityTurn | Promise<RanEntityTurn> {
    const { instance, entity, messages, now } = item;
    const input: EntityTurnInput = {
      entityId: instance.instanceId,
      incarnation: instance.incarnation,
      data: entity,
      messages,
      now,
      lastTurnAt: instance.lastUpdatedAt,
      redeliveryHorizonMs: this.#setup.redeliveryHorizonMs,
      operationsMax: this.#operationsMax(item.deliveryCount),
    };
    const result = runEntityTurn(input, this.#runner(item, lease));
    if (!(result instanceof Promise)) return toCommit(item, result);
    return result.then((settled) => {
      if (lease.abortReason instanceof LeaseLostError) throw lease.abortReason;
      return toCommit(item, settled);
    });
  }

  completed({ commit, entityTurn }: RanEntityTurn): void {
    const { telemetry, logger } = this.#setup;
    const { applied, dropped, failures } = entityTurn;
    telemetry.count("entities.turns", 1);
    for (const { reason } of dropped) telemetry.count("messages.dropped", 1, { reason });
    const operations = applied.reduce((count, { operation }) => (operation === undefined ? count : count + 1), 0);
    if (operations > failures.length) telemetry.count("entities.operations", operations - failures.length, COMPLETED);
    if (failures.length > 0) telemetry.count("entities.operations", failures.length, FAILED);
    for (const { operation, isSignal, failure } of failures) {
      // Whoever called learns of the failure; of a signal's, nobody does but the log.
      if (isSignal) logger.warn({ instanceId: commit.lock.key, operation, failure }, "A signal to an entity failed.");
    }
  }

  /**
   * Halved with each delivery, so that an operation that kills its worker is closed in on; the last delivery runs one
   * operation alone, and if it does not come back, it is that one that is at fault.
   */
  #operationsMax(deliveryCount: number): number {
    if (deliveryCount === 1) return OPERATIONS_MAX;
    return deliveryCount >= this.#setup.maxDeliveryCount ? 1 : Math.max(1, OPERATIONS_MAX >> (deliveryCount - 1));
  }

  #runner(item: OrchestrationWorkItem, lease: Lease): RunOperation {
    const refusal = this.#refusal(item);
    if (refusal !== undefined) {
      const outcome: OperationOutcome = { kind: "failed", failure: toFailureDetails(refusal) };
      return () => outcome;
    }
    const { registry, payloads, logger } = this.#setup;
    const { name, instanceId } = item.instance;
    const handler = registry.entity(name)?.handler as EntityHandler;
    const id = EntityInstanceId.fromString(instanceId);
    return (call) => run(handler, new LeasedOperation({ id, call, payloads }, lease, logger), lease);
  }

  /** Why the next operation cannot run at all. */
  #refusal({ instance: { name, instanceId }, deliveryCount }: OrchestrationWorkItem): Error | undefined {
    const { registry, telemetry, maxDeliveryCount } = this.#setup;
    if (deliveryCount > maxDeliveryCount) {
      telemetry.count("items.poisoned", 1, { kind: "entity" });
      return new PoisonMessageError(
        `An operation of the entity "${instanceId}" was run by workers ${deliveryCount - 1} times without ever ending.`,
        { hint: "It crashes or blocks the worker. See the workers' logs." },
      );
    }
    if (registry.entity(name) !== undefined) return undefined;
    return new EntityNotRegisteredError(`No entity "${name}" is registered with the worker that was to run it.`, {
      hint: `Registered are: ${registry.names("entity").join(", ") || "none"}.`,
    });
  }
}

/** One operation, as its code sees it. */
class LeasedOperation extends EntityOperation implements EntityContext {
  readonly #lease: Lease;
  readonly #logger: Logger;

  constructor(setup: ConstructorParameters<typeof EntityOperation>[0], lease: Lease, logger: Logger) {
    super(setup);
    this.#lease = lease;
    this.#logger = logger;
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  get log(): ReplaySafeLogger {
    const fields = { instanceId: this.id.toString(), operation: this.operationName };
    const logger = this.#logger;
    const at =
      (level: keyof Logger) =>
      (message: string, more: Readonly<Record<string, unknown>> = {}): void => {
        logger[level]({ ...fields, ...more }, message);
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }
}

function run(
  handler: EntityHandler,
  operation: LeasedOperation,
  lease: Lease,
): OperationOutcome | Promise<OperationOutcome> {
  let result: unknown;
  try {
    result = handler(operation);
  } catch (error) {
    return operation.threw(error);
  }
  if (!isThenable(result)) return operation.returned(result);
  return Promise.resolve(result).then(
    (value) => operation.returned(value),
    (error: unknown) => {
      // An operation that ended because it was told to is not a failed one: somebody runs it again.
      if (lease.abortReason !== undefined) throw lease.abortReason;
      return operation.threw(error);
    },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

const NOTHING: readonly never[] = [];

function toCommit(item: OrchestrationWorkItem, entityTurn: EntityTurnResult): RanEntityTurn {
  const { time, data, consumed, applied, messages, starts } = entityTurn;
  const commit: TurnCommit = {
    // A lock is used for one turn, so it names the request.
    requestId: `${item.lock.key}#${item.lock.token}`,
    lock: item.lock,
    consumed,
    events: NOTHING,
    activities: NOTHING,
    timers: NOTHING,
    messages,
    starts,
    entity: data,
    applied,
    cancelledTimers: NOTHING,
    status: { runtimeStatus: item.instance.runtimeStatus, lastUpdatedAt: time },
  };
  return { commit, entityTurn };
}
