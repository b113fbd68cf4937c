/**
 * Every error that Dacapo throws at its users.
 *
 * One class per case that a caller can tell apart, each with a stable `code`, whether trying again can help
 * (`retryable`), and a `hint` that says what to do. `InvariantError` alone means a bug in Dacapo.
 */
import type { EntityInstanceId } from "./entity-instance-id.ts";
import type { FailureDetails } from "./failure.ts";
import type { RuntimeStatus } from "./status.ts";

/** The page of this package that explains every error code, one heading per code. */
const HELP_PAGE = "docs/errors.md";

/** The base of all errors of Dacapo. */
export abstract class DacapoError extends Error {
  /** A stable, documented name of the case, in upper case. */
  abstract readonly code: string;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable: boolean = false;
  /** What the caller can do about it. */
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(
      options.hint === undefined ? message : `${message} ${options.hint}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.hint = options.hint;
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** Where the error's code is explained. */
  get helpUrl(): string {
    return `${HELP_PAGE}#${this.code.toLowerCase()}`;
  }
}

/** A bug in Dacapo: please report it. Never swallowed by the engine. */
export class InvariantError extends DacapoError {
  readonly code = "INVARIANT";
  constructor(statement: string) {
    super(`Dacapo's own invariant does not hold: ${statement}.`, {
      hint: "This is a bug in Dacapo, not in your code; please report it with this stack.",
    });
  }
}

/** An argument, option, name, duration or definition that cannot be used. */
export class InvalidArgumentError extends DacapoError {
  readonly code = "INVALID_ARGUMENT";
}

/** Two definitions of the same kind and name, or a value that is not a definition, were registered. */
export class RegistrationError extends DacapoError {
  readonly code = "REGISTRATION";
}

/** No instance has this id, or it was purged. */
export class InstanceNotFoundError extends DacapoError {
  readonly code = "INSTANCE_NOT_FOUND";
  readonly instanceId: string;
  constructor(instanceId: string) {
    super(`There is no instance "${instanceId}" in this task hub.`, {
      hint: "Check the id; a purged instance is gone for good.",
    });
    this.instanceId = instanceId;
  }
}

/** An instance with this id exists, and the id-reuse policy does not allow to replace it. */
export class InstanceAlreadyExistsError extends DacapoError {
  readonly code = "INSTANCE_ALREADY_EXISTS";
  readonly instanceId: string;
  /** Absent where a sub-orchestration was refused: its parent is told no more than that. */
  readonly runtimeStatus: RuntimeStatus | undefined;
  constructor(instanceId: string, runtimeStatus?: RuntimeStatus) {
    const status = runtimeStatus === undefined ? "" : ` (it is ${runtimeStatus})`;
    super(`The instance "${instanceId}" exists already${status}.`, {
      hint: "Choose another instance id, or purge the old instance once it has ended.",
    });
    this.instanceId = instanceId;
    this.runtimeStatus = runtimeStatus;
  }
}

/** The instance has ended, so it takes no more events and cannot be terminated. */
export class InstanceTerminalError extends DacapoError {
  readonly code = "INSTANCE_TERMINAL";
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  constructor(instanceId: string, runtimeStatus: RuntimeStatus) {
    super(`The instance "${instanceId}" has ended (it is ${runtimeStatus}), so it takes no more messages.`);
    this.instanceId = instanceId;
    this.runtimeStatus = runtimeStatus;
  }
}

/** Only an ended instance can be purged, or restarted under its own id. */
export class InstanceNotTerminalError extends DacapoError {
  readonly code = "INSTANCE_NOT_TERMINAL";
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  constructor(instanceId: string, runtimeStatus: RuntimeStatus, isNotDone = "purged") {
    super(`The instance "${instanceId}" is ${runtimeStatus}, so it cannot be ${isNotDone}.`, {
      hint: "Terminate it first, or wait until it has ended.",
    });
    this.instanceId = instanceId;
    this.runtimeStatus = runtimeStatus;
  }
}

/** Only a failed instance can be rewound. */
export class InstanceNotFailedError extends DacapoError {
  readonly code = "INSTANCE_NOT_FAILED";
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  constructor(instanceId: string, runtimeStatus: RuntimeStatus) {
    super(`The instance "${instanceId}" is ${runtimeStatus}, so it cannot be rewound.`, {
      hint: "Only a failed instance can: one that has ended otherwise can be restarted.",
    });
    this.instanceId = instanceId;
    this.runtimeStatus = runtimeStatus;
  }
}

/** A failed instance cannot go on from where it was, because what it held or waited for is lost. */
export class RewindNotPossibleError extends DacapoError {
  readonly code = "REWIND_NOT_POSSIBLE";
  /** @param why reads "it ...". @param cause what it had failed with before. */
  constructor(instanceId: string, why: string, cause: unknown) {
    super(`The instance "${instanceId}" cannot go on from before its failure: ${why}.`, {
      hint: "Restart it, or start another for what is left to do.",
      cause,
    });
  }
}

/** The instance has no execution of this id whose history the store keeps. */
export class ExecutionNotFoundError extends DacapoError {
  readonly code = "EXECUTION_NOT_FOUND";
  readonly instanceId: string;
  readonly executionId: string;
  constructor(instanceId: string, executionId: string) {
    super(`The instance "${instanceId}" has no history of an execution "${executionId}".`, {
      hint: "Histories of executions that have ended are kept only where the store was opened with keepHistory.",
    });
    this.instanceId = instanceId;
    this.executionId = executionId;
  }
}

/** The lock under which a worker acted is no longer its own; nothing of the call took effect (contract G2). */
export class LeaseLostError extends DacapoError {
  readonly code = "LEASE_LOST";
}

/** The store could not be reached or gave no answer: the call may or may not have taken effect (contract G7). */
export class StorageError extends DacapoError {
  readonly code = "STORAGE";
  override readonly retryable = true;
}

/** A database has other tables than those that this version of Dacapo works with; nothing was changed. */
export class SchemaError extends DacapoError {
  readonly code = "SCHEMA";
}

/** A hub is to be restored into one that has instances; nothing was changed. */
export class HubNotEmptyError extends DacapoError {
  readonly code = "HUB_NOT_EMPTY";

  constructor(instanceId: string) {
    super(`The hub is not empty: it has the instance "${instanceId}".`, {
      hint: "A hub is restored into an empty one: name another file or schema, or remove this one.",
    });
  }
}

/** There is no SQLite driver to open a file with. */
export class SqliteDriverError extends DacapoError {
  readonly code = "SQLITE_DRIVER";
}

/** There is no PostgreSQL driver to connect with. */
export class PostgresDriverError extends DacapoError {
  readonly code = "POSTGRES_DRIVER";
}

/** A serialised payload is larger than the limit; nothing was written. */
export class PayloadTooLargeError extends DacapoError {
  readonly code = "PAYLOAD_TOO_LARGE";
  readonly sizeBytes: number;
  readonly limitBytes: number;
  constructor(what: string, sizeBytes: number, limitBytes: number) {
    super(`The ${what} takes ${sizeBytes} bytes; the limit is ${limitBytes} bytes.`, {
      hint: "Store the data elsewhere and pass a reference to it.",
    });
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** A value cannot be written as JSON without losing it; nothing was written. */
export class PayloadNotSerializableError extends DacapoError {
  readonly code = "PAYLOAD_NOT_SERIALIZABLE";
}

/** An execution's history got longer than the hub's option `history.maxEvents` allows; its last turn was not written. */
export class HistoryTooLongError extends DacapoError {
  readonly code = "HISTORY_TOO_LONG";
  readonly events: number;
  readonly maxEvents: number;
  constructor(instanceId: string, events: number, maxEvents: number) {
    super(`The history of instance "${instanceId}" would have ${events} events; the limit is ${maxEvents}.`, {
      hint: "Call ctx.continueAsNew() in time, hand parts to sub-orchestrations, or raise the hub's option history.maxEvents.",
    });
    this.events = events;
    this.maxEvents = maxEvents;
  }
}

/** A hub's codec could not encode a payload, or decode what is stored; nothing was changed. */
export class PayloadCodecError extends DacapoError {
  readonly code = "PAYLOAD_CODEC";
}

/** A payload that was off-loaded is not where it was put; nothing was changed. */
export class PayloadMissingError extends DacapoError {
  readonly code = "PAYLOAD_MISSING";
  /** What it was put under. */
  readonly key: string;

  constructor(key: string) {
    super(`The payload "${key}" is not in the payload store.`, {
      hint: "Give withOffloading() the store that the hub's payloads were put into; what is no more there, restore from a backup.",
    });
    this.key = key;
  }
}

/** An activity ended with an error: thrown at the call in the orchestrator. `cause` is the activity's own error. */
export class TaskFailedError extends DacapoError {
  readonly code: string = "TASK_FAILED";
  /** The name of the activity. */
  readonly taskName: string;
  /** The id of the task's last attempt in the history. */
  readonly taskId: number;
  /** The failure as it is recorded in the history. */
  readonly details: FailureDetails;
  constructor(
    task: { readonly name: string; readonly taskId: number; readonly kind?: string },
    details: FailureDetails,
    cause: Error,
  ) {
    const { name, taskId, kind = "activity" } = task;
    super(`The ${kind} "${name}" (task ${taskId}) failed: ${details.errorType}: ${details.errorMessage}`, { cause });
    this.taskName = name;
    this.taskId = taskId;
    this.details = details;
  }
}

/** An operation of an entity ended with an error: thrown at the call. `cause` is the operation's own error. */
export class EntityOperationFailedError extends DacapoError {
  readonly code = "ENTITY_OPERATION_FAILED";
  readonly entityId: EntityInstanceId;
  readonly operationName: string;
  /** The failure as it is recorded in the history. */
  readonly details: FailureDetails;
  constructor(entityId: EntityInstanceId, operationName: string, details: FailureDetails, cause: Error) {
    const { errorType, errorMessage } = details;
    super(`The operation "${operationName}" of entity ${entityId.toString()} failed: ${errorType}: ${errorMessage}`, {
      cause,
    });
    this.entityId = entityId;
    this.operationName = operationName;
    this.details = details;
  }
}

/** A call that a critical section does not allow; nothing was asked for. */
export class LockingRulesViolationError extends DacapoError {
  readonly code = "LOCKING_RULES_VIOLATION";
}

/**
 * A sub-orchestration ended with an error, was terminated, or could not begin: thrown at the call in its parent. `cause`
 * is the child's own error, whose causes lead on through the child's children. It is a `TaskFailedError` as well, so
 * what handles failed activities handles failed children.
 */
export class SubOrchestrationFailedError extends TaskFailedError {
  override readonly code = "SUB_ORCHESTRATION_FAILED";
  /** The child. */
  readonly instanceId: string;
  constructor(
    child: { readonly name: string; readonly instanceId: string; readonly taskId: number },
    details: FailureDetails,
    cause: Error,
  ) {
    super({ ...child, kind: `sub-orchestration "${child.instanceId}" of orchestrator` }, details, cause);
    this.instanceId = child.instanceId;
  }
}

/** A cancelled timer was waited for. */
export class TaskCancelledError extends DacapoError {
  readonly code = "TASK_CANCELLED";
}

/** An orchestration ended with an error; thrown by `raiseIfFailed()`. */
export class OrchestrationFailedError extends DacapoError {
  readonly code = "ORCHESTRATION_FAILED";
  readonly instanceId: string;
  readonly details: FailureDetails;
  constructor(instanceId: string, details: FailureDetails, cause: Error) {
    super(`The orchestration "${instanceId}" failed: ${details.errorType}: ${details.errorMessage}`, { cause });
    this.instanceId = instanceId;
    this.details = details;
  }
}

/** The awaited state was not reached in time; the orchestration goes on. */
export class WaitTimeoutError extends DacapoError {
  readonly code = "WAIT_TIMEOUT";
  override readonly retryable = true;
}

/** No orchestrator of this name is registered with the hub. */
export class OrchestratorNotRegisteredError extends DacapoError {
  readonly code = "ORCHESTRATOR_NOT_REGISTERED";
}

/** The worker does not run orchestrations of this version, and was told to fail them. */
export class VersionMismatchError extends DacapoError {
  readonly code = "VERSION_MISMATCH";
  /** The version that the instance was started with, or "". */
  readonly version: string;
  readonly workerVersion: string;
  constructor(mismatch: {
    readonly instanceId: string;
    readonly version: string;
    readonly workerVersion: string;
    readonly matchStrategy: string;
  }) {
    const { instanceId, version, workerVersion, matchStrategy } = mismatch;
    super(
      `The instance "${instanceId}" has the version "${version}", which this worker does not run ` +
        `(its version is "${workerVersion}", its match strategy "${matchStrategy}").`,
      { hint: "Run a worker whose option worker.versioning matches it." },
    );
    this.version = version;
    this.workerVersion = workerVersion;
  }
}

/** No activity of this name is registered with the hub. */
export class ActivityNotRegisteredError extends DacapoError {
  readonly code = "ACTIVITY_NOT_REGISTERED";
}

/** No entity of this name is registered with the hub. */
export class EntityNotRegisteredError extends DacapoError {
  readonly code = "ENTITY_NOT_REGISTERED";
}

/** An entity has no operation of this name. */
export class UnknownOperationError extends DacapoError {
  readonly code = "UNKNOWN_OPERATION";
}

/** An instance or an activity was handed out again and again without ever finishing, so it was set aside. */
export class PoisonMessageError extends DacapoError {
  readonly code = "POISON_MESSAGE";
}

/** An orchestrator yielded a value that is not a durable task. */
export class InvalidYieldError extends DacapoError {
  readonly code = "INVALID_YIELD";
}

/** A recorded history is not one: thrown before anything is replayed. */
export class InvalidHistoryError extends DacapoError {
  readonly code = "INVALID_HISTORY";
}

/** An HTTP request got no answer that could be used; a status such as 500 is one. */
export class HttpRequestError extends DacapoError {
  readonly code = "HTTP_REQUEST";
  override readonly retryable = true;
}

/** An HTTP request took longer than its timeout; the server may or may not have done what it asked for. */
export class HttpTimeoutError extends DacapoError {
  readonly code = "HTTP_TIMEOUT";
  override readonly retryable = true;
}

/** The task hub was stopped or closed. */
export class HubClosedError extends DacapoError {
  readonly code = "HUB_CLOSED";
}
