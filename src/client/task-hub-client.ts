/**
 * The client: starts orchestrations, watches them, sends them events, ends them and removes them. Its names are
 * durabletask-js's.
 *
 * Invariant: a call that resolves has taken effect for good; one that rejects with anything but `StorageError`
 * has changed nothing. A store that gives no answer is asked again under the same request id, so trying again
 * never does a thing twice.
 */
import type { OrchestratorDefinition } from "../core/definitions.ts";
import type { InputArguments } from "../core/context.ts";
import type { Duration } from "../core/duration.ts";
import { signalTimeOf } from "../core/entity-operation.ts";
import type { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityReference, OperationArguments, OperationName } from "../core/entity-reference.ts";
import { entityIdOf, operationRequest } from "../core/entity-reference.ts";
import { dueTimeMs, durationToMs } from "../core/duration.ts";
import {
  HubClosedError,
  InstanceNotFoundError,
  InvalidArgumentError,
  StorageError,
  WaitTimeoutError,
} from "../core/errors.ts";
import type { HistoryEvent } from "../core/history.ts";
import type { EntityMessageBody, ExecutionStart, MessageBody } from "../core/messages.ts";
import { checkName, checkOrchestrationId } from "../core/names.ts";
import type { Mutable } from "../core/mutable.ts";
import { serialize } from "../core/payload.ts";
import { hasReached, type Milestone } from "../core/status.ts";
import type { Backend } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { SignalEntityOptions } from "../ports/entity-context.ts";
import type { Ids } from "../ports/ids.ts";
import { EntityMetadata, isTransient } from "./entity-metadata.ts";
import type { EntityQuery } from "./entity-query.ts";
import { queryEntities } from "./entity-query.ts";
import { EntitySignals } from "./entity-signals.ts";
import type { CleanEntityStorageRequest, CleanEntityStorageResult } from "./entity-storage.ts";
import { cleanEntityStorage } from "./entity-storage.ts";
import type { AsyncPageable, OrchestrationQuery } from "./orchestration-query.ts";
import { queryInstances } from "./orchestration-query.ts";
import { OrchestrationState } from "./orchestration-state.ts";
import type { TerminateOptions } from "./termination.ts";
import { readTermination } from "./termination.ts";

export interface StartOptions {
  /** A name for the instance; a random UUID unless given. */
  readonly instanceId?: string;
  /** The first turn runs at this time, or after this duration, instead of at once. */
  readonly startAt?: Date | Duration;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What follows the orchestrator in a start of it. One signature, for the reason that `callActivity()` has one. */
export type StartArguments<D> =
  D extends OrchestratorDefinition<infer I>
    ? InputArguments<I, string | StartOptions>
    : InputArguments<unknown, string | StartOptions>;

export interface WaitOptions {
  /** Rejects with `WaitTimeoutError` after this long. Waits for ever unless given. */
  readonly timeout?: Duration;
}

export interface TaskHubClientSetup {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly payloadBytesMax: number;
  readonly redeliveryHorizonMs: number;
  /** Aborted once the hub is stopped: calls that wait then end. */
  readonly closed: AbortSignal;
}

/** How often a call that got no answer is made again, and the first wait before that (doubled each time). */
const ATTEMPTS = 5;
const RETRY_FIRST_MS = 50;

export class TaskHubClient {
  readonly #setup: TaskHubClientSetup;
  readonly #signals: EntitySignals;

  constructor(setup: TaskHubClientSetup) {
    this.#setup = setup;
    this.#signals = new EntitySignals(setup);
  }

  /**
   * Starts an orchestration: by its definition, or untyped by its orchestrator's name. @returns its instance id.
   * @throws InstanceAlreadyExistsError when the instance id is taken.
   * @throws PayloadTooLargeError or PayloadNotSerializableError when the input cannot be stored.
   * @throws HubClosedError when the hub is stopped, as does every method that changes something.
   */
  scheduleNewOrchestration<D extends OrchestratorDefinition | string>(
    orchestrator: D,
    ...input: StartArguments<D>
  ): Promise<string>;
  async scheduleNewOrchestration(
    orchestrator: OrchestratorDefinition | string,
    input?: unknown,
    options: string | StartOptions = {},
  ): Promise<string> {
    this.#assertOpen();
    if (typeof options !== "string") checkOptions(options, "scheduleNewOrchestration");
    const { backend, ids } = this.#setup;
    const name = nameOf(orchestrator);
    const start = typeof options === "string" ? { instanceId: options } : options;
    const incarnation = ids.newId();
    // An id that is made here is never used again, so it may name the instance's one life as well.
    const instanceId = start.instanceId ?? incarnation;
    checkOrchestrationId(instanceId);
    const request = {
      // A life of an instance id is begun by one request, so it names the request too.
      requestId: incarnation,
      instanceId,
      incarnation,
      start: this.#startOf({ name, instanceId, executionId: incarnation }, input, start),
      replaceStatuses: [],
    };
    await this.#persistently(() => backend.createInstance(request));
    return instanceId;
  }

  /** The orchestration's state; `undefined` when there is no such instance. */
  async getOrchestrationState<O = unknown>(instanceId: string): Promise<OrchestrationState<O> | undefined> {
    checkOrchestrationId(instanceId);
    const record = await this.#setup.backend.getInstance(instanceId);
    return record === undefined ? undefined : new OrchestrationState<O>(record);
  }

  /**
   * The history of the instance's current execution.
   * @throws InstanceNotFoundError when there is no such instance.
   */
  async getOrchestrationHistory(instanceId: string): Promise<readonly HistoryEvent[]> {
    checkOrchestrationId(instanceId);
    return this.#setup.backend.getHistory(instanceId);
  }

  /** All orchestrations that match the query, in the order of their instance ids. */
  getAllInstances(query: OrchestrationQuery = {}): AsyncPageable<OrchestrationState> {
    checkOptions(query, "getAllInstances");
    return queryInstances(this.#setup.backend, query);
  }

  /**
   * Waits until the orchestration has begun to run.
   * @throws InstanceNotFoundError when there is no such instance, or it is purged meanwhile.
   * @throws WaitTimeoutError when it takes longer than the timeout.
   */
  waitForOrchestrationStart<O = unknown>(
    instanceId: string,
    options: WaitOptions = {},
  ): Promise<OrchestrationState<O>> {
    return this.#waitUntil<O>(instanceId, options, "started");
  }

  /**
   * Waits until the orchestration has ended, in whatever way.
   * @throws InstanceNotFoundError when there is no such instance, or it is purged meanwhile.
   * @throws WaitTimeoutError when it takes longer than the timeout.
   */
  waitForOrchestrationCompletion<O = unknown>(
    instanceId: string,
    options: WaitOptions = {},
  ): Promise<OrchestrationState<O>> {
    return this.#waitUntil<O>(instanceId, options, "ended");
  }

  /**
   * Sends an external event. It is kept until the orchestrator waits for its name.
   * @throws InstanceNotFoundError when there is no such instance; InstanceTerminalError when it has ended.
   * @throws PayloadTooLargeError or PayloadNotSerializableError when the data cannot be stored.
   */
  async raiseOrchestrationEvent(instanceId: string, name: string, data?: unknown): Promise<void> {
    this.#assertOpen();
    checkOrchestrationId(instanceId);
    checkName(name, "external event");
    const input = serialize(data, `data of event "${name}"`, this.#setup.payloadBytesMax);
    await this.#send(instanceId, { type: "EventRaised", name, ...(input === undefined ? {} : { input }) });
  }

  /**
   * Ends the orchestration at its next turn, wherever it is; none of its code runs any more. With `recursive`, so do the
   * sub-orchestrations that it waits for, and theirs.
   * @throws InstanceNotFoundError when there is no such instance; InstanceTerminalError when it has ended.
   */
  async terminateOrchestration(instanceId: string, output?: unknown, options: TerminateOptions = {}): Promise<void> {
    this.#assertOpen();
    checkOrchestrationId(instanceId);
    checkOptions(options, "terminateOrchestration");
    const termination = readTermination(output, options);
    const text = serialize(termination.output, "output of a termination", this.#setup.payloadBytesMax);
    await this.#send(instanceId, {
      type: "ExecutionTerminated",
      ...(text === undefined ? {} : { output: text }),
      ...(termination.isRecursive ? { isRecursive: true } : {}),
    });
  }

  /**
   * Holds the orchestration from its next turn on: what comes for it is recorded, and its code sees it after
   * `resumeOrchestration()`. Activities and sub-orchestrations that run go on. Has no effect on one that is suspended.
   * @throws InstanceNotFoundError when there is no such instance; InstanceTerminalError when it has ended.
   */
  async suspendOrchestration(instanceId: string, reason?: string): Promise<void> {
    await this.#hold("ExecutionSuspended", instanceId, reason);
  }

  /**
   * Lets a suspended orchestration go on, with all that came meanwhile, in order. Has no effect on one that is not.
   * @throws InstanceNotFoundError when there is no such instance; InstanceTerminalError when it has ended.
   */
  async resumeOrchestration(instanceId: string, reason?: string): Promise<void> {
    await this.#hold("ExecutionResumed", instanceId, reason);
  }

  /**
   * Removes an ended orchestration with its history.
   * @throws InstanceNotTerminalError when it has not ended.
   */
  async purgeOrchestration(instanceId: string): Promise<{ readonly deletedInstanceCount: number }> {
    this.#assertOpen();
    checkOrchestrationId(instanceId);
    const { backend, ids } = this.#setup;
    const request = { requestId: ids.newId(), instanceId };
    const purged = await this.#persistently(() => backend.purgeInstance(request));
    return { deletedInstanceCount: purged ? 1 : 0 };
  }

  /**
   * Asks an entity for an operation, and waits for nothing but that the store has the signal: at once, or at
   * `signalTime`. An entity that is not there begins with it. Signals of clients arrive in any order.
   * @throws PayloadTooLargeError or PayloadNotSerializableError when the input cannot be stored.
   */
  signalEntity<Operations, K extends OperationName<Operations>>(
    entity: EntityReference<Operations>,
    key: string,
    operation: K,
    ...input: OperationArguments<Operations, K, SignalEntityOptions>
  ): Promise<void>;
  signalEntity(
    entity: EntityInstanceId,
    operation: string,
    input?: unknown,
    options?: SignalEntityOptions,
  ): Promise<void>;
  async signalEntity(entity: EntityReference | EntityInstanceId, ...rest: readonly unknown[]): Promise<void> {
    this.#assertOpen();
    const { id, operation, input, options } = operationRequest(entity, rest, "signalEntity");
    const text = serialize(input, `input of signal "${operation}" to ${id.toString()}`, this.#setup.payloadBytesMax);
    const dueTime = signalTimeOf(options, this.#setup.clock.now(), "signalEntity");
    const body: EntityMessageBody =
      text === undefined
        ? { type: "EntityOperationSignaled", operation }
        : { type: "EntityOperationSignaled", operation, input: text };
    await this.#sendToEntity(id, body, dueTime);
  }

  /** The entity's state and what else is known of it; `undefined` when there is no such entity. */
  getEntity<State>(
    entity: EntityReference<unknown, State>,
    key: string,
    includeState?: boolean,
  ): Promise<EntityMetadata<State> | undefined>;
  getEntity<State = unknown>(
    entity: EntityInstanceId,
    includeState?: boolean,
  ): Promise<EntityMetadata<State> | undefined>;
  async getEntity(
    entity: EntityReference | EntityInstanceId,
    ...rest: readonly unknown[]
  ): Promise<EntityMetadata | undefined> {
    const id = entityIdOf(entity, rest[0], "getEntity");
    const isIncluded = typeof rest[0] === "boolean" ? rest[0] : rest[1] !== false;
    const record = await this.#setup.backend.getInstance(id.toString());
    if (record?.entity === undefined || isTransient(record.entity)) return undefined;
    return new EntityMetadata(record, record.entity, isIncluded);
  }

  /** All entities that match the query, in the order of their ids. */
  getEntities(query: EntityQuery = {}): AsyncPageable<EntityMetadata> {
    checkOptions(query, "getEntities");
    return queryEntities(this.#setup.backend, query);
  }

  /**
   * Removes empty entities, and releases locks whose orchestrations have ended. Safe at any time.
   * @param continueUntilComplete false to clean one page, and get a token to go on with.
   */
  async cleanEntityStorage(
    request: CleanEntityStorageRequest = {},
    continueUntilComplete = true,
  ): Promise<CleanEntityStorageResult> {
    this.#assertOpen();
    checkOptions(request, "cleanEntityStorage");
    const { backend, clock, ids, redeliveryHorizonMs } = this.#setup;
    const means = {
      backend,
      oldest: clock.now() - 2 * redeliveryHorizonMs,
      newId: () => ids.newId(),
      persistently: <T>(call: () => Promise<T>) => this.#persistently(call),
      send: (id: EntityInstanceId, body: EntityMessageBody) => this.#sendToEntity(id, body),
    };
    return cleanEntityStorage(means, request, continueUntilComplete);
  }

  async #sendToEntity(id: EntityInstanceId, body: EntityMessageBody, dueTime?: number): Promise<void> {
    const message = this.#signals.message(id, body, dueTime);
    try {
      await this.#persistently(() => this.#setup.backend.sendMessage(message));
    } catch (error) {
      this.#signals.failed();
      throw error;
    }
  }

  #startOf(
    names: { readonly name: string; readonly instanceId: string; readonly executionId: string },
    input: unknown,
    { startAt, version, tags }: StartOptions,
  ): ExecutionStart {
    const text = serialize(input, `input of orchestrator "${names.name}"`, this.#setup.payloadBytesMax);
    // Written property by property because every start makes one, and spreading what is optional costs microseconds.
    const { name, instanceId, executionId } = names;
    const event: Mutable<ExecutionStart["event"]> =
      text === undefined
        ? { type: "ExecutionStarted", name, instanceId, executionId }
        : { type: "ExecutionStarted", name, instanceId, executionId, input: text };
    if (version !== undefined) event.version = version;
    if (tags !== undefined) event.tags = tags;
    if (startAt === undefined) return { event, carriedEvents: [] };
    return { event, carriedEvents: [], startAt: dueTimeMs(startAt, this.#setup.clock.now(), "option startAt") };
  }

  async #hold(type: "ExecutionSuspended" | "ExecutionResumed", instanceId: string, reason?: string): Promise<void> {
    this.#assertOpen();
    checkOrchestrationId(instanceId);
    if (reason !== undefined && typeof (reason as unknown) !== "string") {
      throw new InvalidArgumentError(`The reason is of type ${typeof reason}.`, { hint: "Give a text, or none." });
    }
    const text = serialize(reason, "reason", this.#setup.payloadBytesMax);
    await this.#send(instanceId, text === undefined ? { type } : { type, reason: String(reason) });
  }

  async #send(instanceId: string, body: MessageBody): Promise<void> {
    const message = { messageId: this.#setup.ids.newId(), instanceId, body };
    await this.#persistently(() => this.#setup.backend.sendMessage(message));
  }

  async #waitUntil<O>(instanceId: string, options: WaitOptions, milestone: Milestone): Promise<OrchestrationState<O>> {
    checkOrchestrationId(instanceId);
    checkOptions(options, milestone === "started" ? "waitForOrchestrationStart" : "waitForOrchestrationCompletion");
    const { timeout } = options;
    const { backend, clock } = this.#setup;
    const limit = timeout === undefined ? undefined : new TimeLimit(clock, durationToMs(timeout, "option timeout"));
    try {
      for (;;) {
        // The wait comes first: it is over at once when the milestone is reached, or there is no such instance.
        try {
          await backend.waitForInstance(instanceId, milestone, limit?.signal);
        } catch (error) {
          if (!(error instanceof StorageError)) throw error;
          // Like a wait that ended for no reason, but not begun again at once.
          await clock.sleep(RETRY_FIRST_MS);
        }
        const record = await this.#persistently(() => backend.getInstance(instanceId));
        if (record === undefined) throw new InstanceNotFoundError(instanceId);
        if (hasReached(record.runtimeStatus, milestone)) return new OrchestrationState<O>(record);
        if (this.#setup.closed.aborted) {
          throw new HubClosedError("The task hub was stopped while a client waited.", {
            hint: "The orchestration goes on where a worker runs: open the hub again and wait there.",
          });
        }
        if (limit?.isOver === true) {
          throw new WaitTimeoutError(
            `The orchestration "${instanceId}" has not ${milestone} within ${limit.durationMs} ms; ` +
              `it is ${record.runtimeStatus}.`,
            { hint: "It goes on: wait again, or look at its history." },
          );
        }
      }
    } finally {
      limit?.stop();
    }
  }

  #assertOpen(): void {
    if (!this.#setup.closed.aborted) return;
    throw new HubClosedError("The task hub is stopped, so its client changes nothing any more.", {
      hint: "Open a new one with TaskHub.open(), and use its client.",
    });
  }

  /** Makes a call again, with the same request, while the store gives no answer. */
  #persistently<T>(call: () => Promise<T>): Promise<T> {
    return call().catch((error: unknown) => this.#again(call, error));
  }

  async #again<T>(call: () => Promise<T>, firstError: unknown): Promise<T> {
    let error = firstError;
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      if (!(error instanceof StorageError)) throw error;
      await this.#setup.clock.sleep(RETRY_FIRST_MS * 2 ** (attempt - 1));
      try {
        return await call();
      } catch (nextError) {
        error = nextError;
      }
    }
    throw error;
  }
}

/** Aborts its signal once the time is over, unless it is stopped before. */
class TimeLimit {
  readonly durationMs: number;
  readonly #over = new AbortController();
  readonly #stopped = new AbortController();

  constructor(clock: Clock, durationMs: number) {
    this.durationMs = durationMs;
    void clock.sleep(durationMs, this.#stopped.signal).then(() => {
      if (!this.#stopped.signal.aborted) this.#over.abort();
    });
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  stop(): void {
    this.#stopped.abort("the wait is over");
  }
}

/** Such as a bare number: whoever reads options from one finds none, and says nothing. */
function checkOptions(options: unknown, method: string): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  const given = options === null ? "null" : Array.isArray(options) ? "an array" : `a ${typeof options}`;
  throw new InvalidArgumentError(`The options of ${method}() are ${given}.`, {
    hint: "Pass an object with the options by name, such as { timeout: { minutes: 1 } }.",
  });
}

function nameOf(orchestrator: OrchestratorDefinition | string): string {
  // A definition may be undefined at run time, as in a circular import.
  const definition = orchestrator as { readonly name?: unknown } | string | undefined | null;
  const name = typeof definition === "string" ? definition : definition?.name;
  if (typeof name !== "string") {
    throw new InvalidArgumentError("scheduleNewOrchestration() was given no orchestrator.", {
      hint: "Pass what orchestrator(name, fn) returned, or its name.",
    });
  }
  checkName(name, "orchestrator");
  return name;
}
