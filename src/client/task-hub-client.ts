/**
 * The client: starts orchestrations, watches them, sends them events, ends them and removes them. Its names are
 * durabletask-js's.
 *
 * Invariant: a call that resolves has taken effect for good; one that rejects with anything but `StorageError`
 * has changed nothing. A store that gives no answer is asked again under the same request id, so trying again
 * never does a thing twice.
 */
import type { OrchestratorDefinition } from "../core/definitions.ts";
import { nameToSchedule } from "../core/definitions.ts";
import type { InputArguments } from "../core/context.ts";
import type { Duration } from "../core/duration.ts";
import { signalTimeOf } from "../core/entity-operation.ts";
import type { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityReference, OperationArguments, OperationName } from "../core/entity-reference.ts";
import { operationRequest } from "../core/entity-reference.ts";
import { dueTimeMs } from "../core/duration.ts";
import { HubClosedError } from "../core/errors.ts";
import type { HistoryEvent } from "../core/history.ts";
import type { EntityMessageBody, ExecutionStart, MessageBody } from "../core/messages.ts";
import { checkName, checkOrchestrationId } from "../core/names.ts";
import type { Mutable } from "../core/mutable.ts";
import type { RuntimeStatus } from "../core/status.ts";
import { checkOptions, checkTags, checkText } from "../core/options.ts";
import type { SweepReport } from "../ports/backend.ts";
import type { SignalEntityOptions } from "../ports/entity-context.ts";
import type { EntityMetadata } from "./entity-metadata.ts";
import type { EntityQuery } from "./entity-query.ts";
import { queryEntities, readEntity } from "./entity-query.ts";
import { EntitySignals } from "./entity-signals.ts";
import type { CleanEntityStorageRequest, CleanEntityStorageResult } from "./entity-storage.ts";
import { cleanEntityStorage } from "./entity-storage.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";
import type { ExportOptions } from "./export-history.ts";
import { exportLines } from "./export-history.ts";
import { replaceableStatuses } from "./instance-id-reuse.ts";
import type { InstanceIdQuery, OrchestrationQuery } from "./orchestration-query.ts";
import { instanceIds, queryInstances } from "./orchestration-query.ts";
import { OrchestrationState } from "./orchestration-state.ts";
import type { TerminateOptions } from "./termination.ts";
import { readTermination } from "./termination.ts";
import type { AsyncPageable, Page } from "./page.ts";
import { persistently } from "./persistently.ts";
import type { PurgeInstanceCriteria, PurgeOptions, PurgeResult } from "./purge.ts";
import { purge } from "./purge.ts";
import type { RestartOptions } from "./restart.ts";
import { restartInstance } from "./restart.ts";
import { rewind } from "./rewind.ts";
import type { WaitOptions } from "./waiting.ts";
import { waitUntil } from "./waiting.ts";

export interface StartOptions {
  /** A name for the instance; a random UUID unless given. */
  readonly instanceId?: string;
  /** The first turn runs at this time, or after this duration, instead of at once. */
  readonly startAt?: Date | Duration;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * What becomes of an instance that has the id already: in one of these statuses, the start is refused; in any other,
   * the instance is replaced, atomically. One that had not ended is thereby terminated. `[]` replaces whatever there
   * is. Unless given, every start of an id that is taken is refused.
   */
  readonly dedupeStatuses?: readonly RuntimeStatus[];
}

/** What follows the orchestrator in a start of it. One signature, for the reason that `callActivity()` has one. */
export type StartArguments<D> =
  D extends OrchestratorDefinition<infer I>
    ? InputArguments<I, string | StartOptions>
    : InputArguments<unknown, string | StartOptions>;

export class TaskHubClient {
  readonly #setup: TaskHubClientSetup;
  readonly #signals: EntitySignals;

  constructor(setup: TaskHubClientSetup) {
    this.#setup = setup;
    this.#signals = new EntitySignals(setup);
  }

  /**
   * Starts an orchestration: by its definition, or untyped by its orchestrator's name. @returns its instance id.
   * @throws InstanceAlreadyExistsError when the instance id is taken, and `dedupeStatuses` does not let it be replaced.
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
    const name = nameToSchedule(orchestrator);
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
      replaceStatuses: replaceableStatuses(start.dedupeStatuses),
    };
    await this.#persistently(() => backend.createInstance(request));
    return instanceId;
  }

  /**
   * The orchestration's state; `undefined` when there is no such instance.
   * @param fetchPayloads false leaves out input, output and custom status.
   */
  async getOrchestrationState<O = unknown>(
    instanceId: string,
    fetchPayloads = true,
  ): Promise<OrchestrationState<O> | undefined> {
    checkOrchestrationId(instanceId);
    const record = await this.#setup.backend.getInstance(instanceId, fetchPayloads ? {} : { withoutPayloads: true });
    return record === undefined ? undefined : new OrchestrationState<O>(record, this.#setup.payloads, fetchPayloads);
  }

  /**
   * The history of the instance's current execution, or of the one named.
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws ExecutionNotFoundError when it has no such execution, or the store has not kept its history.
   */
  async getOrchestrationHistory(
    instanceId: string,
    options: { readonly executionId?: string } = {},
  ): Promise<readonly HistoryEvent[]> {
    checkOrchestrationId(instanceId);
    checkOptions(options, "getOrchestrationHistory");
    return this.#setup.backend.getHistory(instanceId, options.executionId);
  }

  /**
   * The ids of the executions whose histories can be read: the current one's, which is the last; and where the store
   * was opened with `keepHistory`, those before it, oldest first.
   * @throws InstanceNotFoundError when there is no such instance.
   */
  async listExecutionIds(instanceId: string): Promise<readonly string[]> {
    checkOrchestrationId(instanceId);
    return this.#setup.backend.listExecutions(instanceId);
  }

  /**
   * The histories of all orchestrations that match, as JSON Lines: each text is one line, an `ExportedHistory`, whose
   * `history` is what `replayHistory` takes. Read as they are asked for, one history at a time.
   * @example
   * await pipeline(client.exportHistory({ statuses: ["Completed"] }), createWriteStream("histories.jsonl"));
   */
  exportHistory(options: ExportOptions = {}): AsyncIterable<string> {
    checkOptions(options, "exportHistory");
    return exportLines(this.#setup, options);
  }

  /** All orchestrations that match the query, in the order of their instance ids. */
  getAllInstances(query: OrchestrationQuery = {}): AsyncPageable<OrchestrationState> {
    checkOptions(query, "getAllInstances");
    return queryInstances(this.#setup, query);
  }

  /** One page of the ids of all orchestrations that match the query, in their order. */
  async listInstanceIds(query: InstanceIdQuery = {}): Promise<Page<string>> {
    checkOptions(query, "listInstanceIds");
    return instanceIds(this.#setup.backend, query);
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
    return waitUntil<O>(this.#setup, instanceId, options, "started");
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
    return waitUntil<O>(this.#setup, instanceId, options, "ended");
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
    const input = this.#setup.payloads.write(data, `data of event "${name}"`);
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
    const text = this.#setup.payloads.write(termination.output, "output of a termination");
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
   * Starts an orchestration again, from the beginning: with the same orchestrator, version, tags and input (that of
   * its latest execution, where it continued as new). Under its own id it must have ended, and its history is gone;
   * under a new id, the instance stays as it is.
   * @returns the id of the instance that was started.
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws InstanceNotTerminalError when it has not ended, and is to keep its id.
   */
  async restartOrchestration(instanceId: string, options: boolean | RestartOptions = {}): Promise<string> {
    this.#assertOpen();
    return restartInstance(this.#setup, instanceId, options);
  }

  /**
   * Makes a failed orchestration go on from before its failure: it keeps all results, and what failed is tried again,
   * failed sub-orchestrations included, which are rewound in turn. Failures that the code caught and acted upon stand.
   * It is `Running` at once; its history says `ExecutionRewound`.
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws InstanceNotFailedError when it has not failed.
   */
  async rewindInstance(instanceId: string, reason?: string): Promise<void> {
    this.#assertOpen();
    return rewind(this.#setup, instanceId, reason);
  }

  /**
   * Removes ended orchestrations with their histories: one by its id, or all that match the criteria, a small batch
   * at a time. With `recursive`, their sub-orchestrations go with them, before them. A purge that was broken off is
   * completed by another.
   * @throws InstanceNotTerminalError when the one named, or a sub-orchestration that is to go with it, has not ended:
   * nothing is removed. By criteria, such an instance is left as it is.
   */
  async purgeOrchestration(what: string | PurgeInstanceCriteria, options: PurgeOptions = {}): Promise<PurgeResult> {
    this.#assertOpen();
    return purge(this.#setup, what, options);
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
    const text = this.#setup.payloads.write(input, `input of signal "${operation}" to ${id.toString()}`);
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
    return readEntity(this.#setup, entity, rest);
  }

  /** All entities that match the query, in the order of their ids. */
  getEntities(query: EntityQuery = {}): AsyncPageable<EntityMetadata> {
    checkOptions(query, "getEntities");
    return queryEntities(this.#setup, query);
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

  /**
   * Removes payloads that were off-loaded and that nothing in the hub refers to any more, once that has been so for the
   * redelivery horizon: two calls that far apart. Reads all of the hub. Does nothing in a hub that off-loads no payloads.
   * @returns how many it removed, and how many nothing refers to for now.
   */
  async purgeUnusedPayloads(): Promise<SweepReport> {
    this.#assertOpen();
    const { backend, redeliveryHorizonMs: graceMs } = this.#setup;
    const swept = await this.#persistently(async () => backend.sweepPayloads?.({ graceMs }));
    return swept ?? { deleted: 0, unused: 0 };
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
    const text = this.#setup.payloads.write(input, `input of orchestrator "${names.name}"`);
    // Written property by property because every start makes one, and spreading what is optional costs microseconds.
    const { name, instanceId, executionId } = names;
    const event: Mutable<ExecutionStart["event"]> =
      text === undefined
        ? { type: "ExecutionStarted", name, instanceId, executionId }
        : { type: "ExecutionStarted", name, instanceId, executionId, input: text };
    if (version !== undefined) event.version = checkText(version, "version") ?? "";
    if (tags !== undefined) event.tags = checkTags(tags, "tags");
    if (startAt === undefined) return { event, carriedEvents: [] };
    return { event, carriedEvents: [], startAt: dueTimeMs(startAt, this.#setup.clock.now(), "option startAt") };
  }

  async #hold(type: "ExecutionSuspended" | "ExecutionResumed", instanceId: string, reason?: string): Promise<void> {
    this.#assertOpen();
    checkOrchestrationId(instanceId);
    const text = checkText(reason, "reason");
    this.#setup.payloads.write(text, "reason");
    await this.#send(instanceId, text === undefined ? { type } : { type, reason: text });
  }

  async #send(instanceId: string, body: MessageBody): Promise<void> {
    const message = { messageId: this.#setup.ids.newId(), instanceId, body };
    await this.#persistently(() => this.#setup.backend.sendMessage(message));
  }

  #assertOpen(): void {
    if (!this.#setup.closed.aborted) return;
    throw new HubClosedError("The task hub is stopped, so its client changes nothing any more.", {
      hint: "Open a new one with TaskHub.open(), and use its client.",
    });
  }

  #persistently<T>(call: () => Promise<T>): Promise<T> {
    return persistently(this.#setup.clock, call);
  }
}
