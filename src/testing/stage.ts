/**
 * What a case of the backend suite acts with: short words for what clients and workers do to a backend.
 *
 * Invariant: every id that a stage makes up is new within the stage, and none depends on chance. On a quiet hub
 * what is visible is handed out by the next fetch, so nothing in here waits or tries again.
 */
import assert from "node:assert/strict";
import type { EventBody, HistoryEvent } from "../core/history.ts";
import { answerMessageId } from "../core/messages.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage } from "../core/messages.ts";
import type { RuntimeStatus } from "../core/status.ts";
import type {
  ActivityWorkItem,
  Backend,
  CreateInstanceRequest,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  TurnCommit,
} from "../ports/backend.ts";
import type { BackendUnderTest } from "./backend-case.ts";

/** How long a stage's locks last, in milliseconds. */
export const LEASE_MS = 30_000;

/** What a turn changes; by default it consumes its whole batch and records a turn's brackets. */
export type TurnChanges = Partial<Omit<TurnCommit, "lock" | "status">> & Partial<TurnCommit["status"]>;

export class Stage {
  readonly hub: BackendUnderTest;
  readonly backend: Backend;
  readonly #ids: { count: number };

  constructor(hub: BackendUnderTest, backend: Backend = hub.backend, ids = { count: 0 }) {
    this.hub = hub;
    this.backend = backend;
    this.#ids = ids;
  }

  newId(what: string): string {
    return `${what}-${++this.#ids.count}`;
  }

  advance(durationMs: number): Promise<void> {
    return this.hub.advance(durationMs);
  }

  /** Acts through another handle on the same hub, as a second process would, and closes it. */
  async elsewhere<T>(act: (other: Stage) => Promise<T>): Promise<T> {
    const backend = await this.hub.connect();
    try {
      return await act(new Stage(this.hub, backend, this.#ids));
    } finally {
      await backend.close();
    }
  }

  /** The request that `create` sends. */
  creation(instanceId: string, changes: Partial<CreateInstanceRequest> = {}): CreateInstanceRequest {
    return {
      requestId: this.newId("create"),
      instanceId,
      incarnation: this.newId("incarnation"),
      start: startOf(instanceId, this.newId("execution")),
      replaceStatuses: [],
      ...changes,
    };
  }

  async create(instanceId: string, changes: Partial<CreateInstanceRequest> = {}): Promise<CreateInstanceRequest> {
    const request = this.creation(instanceId, changes);
    await this.backend.createInstance(request);
    return request;
  }

  /** Creates an instance and commits its first turn. */
  async createRunning(instanceId: string, changes: TurnChanges = {}): Promise<CreateInstanceRequest> {
    const request = await this.create(instanceId);
    await this.turn(instanceId, changes);
    return request;
  }

  /** Creates an instance that has ended. */
  async createEnded(instanceId: string, runtimeStatus: RuntimeStatus = "Completed"): Promise<CreateInstanceRequest> {
    return this.createRunning(instanceId, { runtimeStatus });
  }

  event(instanceId: string, name = "Event", changes: Partial<InstanceMessage> = {}): InstanceMessage {
    return { messageId: this.newId("message"), instanceId, body: { type: "EventRaised", name }, ...changes };
  }

  async send(instanceId: string, name = "Event", changes: Partial<InstanceMessage> = {}): Promise<InstanceMessage> {
    const message = this.event(instanceId, name, changes);
    await this.backend.sendMessage(message);
    return message;
  }

  /** The request that `purge` sends. */
  purging(instanceId: string): PurgeInstanceRequest {
    return { requestId: this.newId("purge"), instanceId };
  }

  /** Purges an instance by a request of its own. */
  async purge(instanceId: string): Promise<boolean> {
    return this.backend.purgeInstance(this.purging(instanceId));
  }

  /** Locks whatever orchestrations are ready. */
  async fetch(maxItems = 100, leaseMs = LEASE_MS): Promise<readonly OrchestrationWorkItem[]> {
    return this.backend.fetchOrchestrations({ workerId: this.newId("worker"), maxItems, leaseMs });
  }

  /** Locks one instance, which must be ready; others that are ready are given back. */
  async take(instanceId: string, leaseMs = LEASE_MS): Promise<OrchestrationWorkItem> {
    const item = await this.tryTake(instanceId, leaseMs);
    assert.ok(item !== undefined, `"${instanceId}" should be handed out`);
    return item;
  }

  async tryTake(instanceId: string, leaseMs = LEASE_MS): Promise<OrchestrationWorkItem | undefined> {
    let taken: OrchestrationWorkItem | undefined;
    for (const item of await this.fetch(100, leaseMs)) {
      if (item.instance.instanceId === instanceId) taken = item;
      else await this.backend.abandonOrchestration({ lock: item.lock, delayMs: 0 });
    }
    return taken;
  }

  /** Checks that an instance is not handed out now. */
  async assertIdle(instanceId: string, why: string): Promise<void> {
    assert.equal(await this.tryTake(instanceId), undefined, why);
  }

  /** The commit that `complete` sends. */
  commit(item: OrchestrationWorkItem, changes: TurnChanges = {}): TurnCommit {
    const { runtimeStatus, lastUpdatedAt, output, failure, customStatus, ...parts } = changes;
    return {
      requestId: this.newId("commit"),
      lock: item.lock,
      consumed: item.messages.map((message) => message.messageId),
      events: turnEvents(item),
      activities: [],
      timers: [],
      messages: [],
      starts: [],
      cancelledTimers: [],
      status: {
        runtimeStatus: runtimeStatus ?? "Running",
        lastUpdatedAt: lastUpdatedAt ?? item.now,
        ...(output === undefined ? {} : { output }),
        ...(failure === undefined ? {} : { failure }),
        ...(customStatus === undefined ? {} : { customStatus }),
      },
      ...parts,
    };
  }

  async complete(item: OrchestrationWorkItem, changes: TurnChanges = {}): Promise<TurnCommit> {
    const commit = this.commit(item, changes);
    await this.backend.completeOrchestration(commit);
    return commit;
  }

  /** Runs one whole turn of an instance, which must be ready. */
  async turn(instanceId: string, changes: TurnChanges = {}): Promise<TurnCommit> {
    return this.complete(await this.take(instanceId), changes);
  }

  /** Locks whatever activities are ready. */
  async fetchActivities(maxItems = 100, leaseMs = LEASE_MS): Promise<readonly ActivityWorkItem[]> {
    return this.backend.fetchActivities({ workerId: this.newId("worker"), maxItems, leaseMs });
  }

  /** Locks the one activity that is ready. */
  async takeActivity(leaseMs = LEASE_MS): Promise<ActivityWorkItem> {
    const items = await this.fetchActivities(100, leaseMs);
    const [item] = items;
    assert.ok(item !== undefined && items.length === 1, `one activity should be handed out, not ${items.length}`);
    return item;
  }

  async assertNoActivity(why: string): Promise<void> {
    assert.deepEqual(await this.fetchActivities(), [], why);
  }

  async status(instanceId: string): Promise<RuntimeStatus | undefined> {
    return (await this.backend.getInstance(instanceId))?.runtimeStatus;
  }

  /** Answers an activity. */
  async answer(item: ActivityWorkItem, result = "done"): Promise<InstanceMessage> {
    const message = answerTo(item.work, result);
    await this.backend.completeActivity({ requestId: this.newId("answer"), lock: item.lock, message });
    return message;
  }
}

export function startOf(
  instanceId: string,
  executionId: string,
  changes: Partial<ExecutionStart> = {},
): ExecutionStart {
  const event: ExecutionStart["event"] = { type: "ExecutionStarted", name: "play", instanceId, executionId };
  return { event, carriedEvents: [], ...changes };
}

/** The two brackets of a turn, which follow the item's history. */
export function turnEvents(item: OrchestrationWorkItem): readonly HistoryEvent[] {
  return eventsAfter(item, [{ type: "OrchestratorStarted" }, { type: "OrchestratorCompleted" }]);
}

export function eventsAfter(item: OrchestrationWorkItem, bodies: readonly EventBody[]): readonly HistoryEvent[] {
  return bodies.map((body, i) => ({ ...body, eventId: item.lastEventId + 1 + i, timestamp: item.now }));
}

export function activityOf(item: OrchestrationWorkItem, taskId = 1): ActivityWork {
  const { instanceId, executionId } = item.instance;
  return {
    instanceId,
    executionId,
    taskId,
    name: "rehearse",
    input: JSON.stringify({ bar: taskId }),
    attempt: 1,
    idempotencyKey: `${executionId}/${taskId}`,
  };
}

export function answerTo(work: ActivityWork, result = "done"): InstanceMessage {
  return {
    messageId: answerMessageId(work.executionId, work.taskId),
    instanceId: work.instanceId,
    executionId: work.executionId,
    body: { type: "TaskCompleted", taskId: work.taskId, result: JSON.stringify(result) },
  };
}

export function timerOf(item: OrchestrationWorkItem, dueTime: number, taskId = 1): InstanceMessage {
  const { instanceId, executionId } = item.instance;
  return {
    messageId: answerMessageId(executionId, taskId),
    instanceId,
    executionId,
    dueTime,
    body: { type: "TimerFired", taskId, fireAt: dueTime },
  };
}

export function idsOf(messages: readonly InstanceMessage[]): readonly string[] {
  return messages.map((message) => message.messageId).sort();
}
