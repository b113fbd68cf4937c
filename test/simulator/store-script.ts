/**
 * Plays the engine against a store by hand, for tests that need an engine with a planted bug.
 */
import type {
  ActivityWork,
  ActivityWorkItem,
  EventBody,
  InstanceMessage,
  MessageBody,
  OrchestrationWorkItem,
  RuntimeStatus,
  TurnCommit,
} from "dacapo/backend";
import { CommittedRecord } from "../../simulator/src/world/committed-record.ts";
import type { ActivityRun } from "../../simulator/src/world/port-calls.ts";
import { WatchedStore } from "../../simulator/src/world/watched-store.ts";

export const OPENED: EventBody = { type: "OrchestratorStarted" };
export const CLOSED: EventBody = { type: "OrchestratorCompleted" };

type CommitDetails = Partial<Omit<TurnCommit, "lock">> & {
  readonly runtimeStatus?: RuntimeStatus;
  readonly output?: string;
};

/** A store, what its ports saw, and moves on one instance. */
export class StoreScript {
  readonly committed = new CommittedRecord();
  readonly store = new WatchedStore(this.committed.calls);
  now = 1_000;
  #requests = 0;

  /** What an instance starts from. */
  started(instanceId: string, executionId = `${instanceId}-1`): EventBody {
    return { type: "ExecutionStarted", name: "o", instanceId, executionId };
  }

  start(instanceId = "i", incarnation = `${instanceId}-1`): void {
    this.store.createInstance(
      {
        requestId: this.#request(),
        instanceId,
        incarnation,
        start: {
          event: { type: "ExecutionStarted", name: "o", instanceId, executionId: incarnation },
          carriedEvents: [],
        },
        replaceStatuses: ["Completed"],
      },
      this.now,
    );
    this.committed.acknowledged.push({ kind: "start", instanceId, incarnation });
  }

  /** Sends a message and tells the client so. */
  send(message: InstanceMessage): void {
    this.store.sendMessage(message, this.now);
    const incarnation = this.store.getInstance(message.instanceId)?.incarnation ?? "";
    this.committed.acknowledged.push({ kind: "message", instanceId: message.instanceId, incarnation, message });
  }

  /** Purges an instance, of which nobody is told. */
  purge(instanceId: string): void {
    this.store.purgeInstance({ requestId: this.#request(), instanceId }, this.now);
  }

  event(messageId: string, name = "Go", instanceId = "i"): InstanceMessage {
    return { messageId, instanceId, body: { type: "EventRaised", name } };
  }

  fetch(): OrchestrationWorkItem {
    const [item] = this.store.fetchOrchestrations({ workerId: "w", maxItems: 1, leaseMs: 1_000 }, this.now);
    if (item === undefined) throw new Error("nothing is ready");
    return item;
  }

  /** The work item that its holder has, made anew. */
  fetchCopy(instanceId = "i"): OrchestrationWorkItem {
    const view = this.store.instance(instanceId);
    if (view?.lock === undefined) throw new Error("nobody holds it");
    return {
      ...{ lock: { key: instanceId, token: view.lock.token }, instance: view.record, start: view.start },
      ...{ lastEventId: view.history.length, messages: view.batch.map(({ message }) => message) },
      ...{ deliveryCount: view.deliveryCount, now: this.now },
    };
  }

  /** Commits events with the ids and times that they should have, unless `raw` ones are given. */
  commit(item: OrchestrationWorkItem, bodies: readonly EventBody[], details: CommitDetails = {}): void {
    const { runtimeStatus = "Running", output, ...rest } = details;
    const events = bodies.map((body, i) => ({ eventId: item.lastEventId + i + 1, timestamp: this.now, ...body }));
    this.store.completeOrchestration(
      {
        requestId: this.#request(),
        lock: item.lock,
        consumed: [],
        events: events,
        activities: [],
        timers: [],
        messages: [],
        starts: [],
        cancelledTimers: [],
        status: { runtimeStatus, lastUpdatedAt: this.now, ...(output === undefined ? {} : { output }) },
        ...rest,
      },
      this.now,
    );
  }

  /** A first turn with these decisions. */
  firstTurn(decisions: readonly EventBody[], details: CommitDetails = {}): void {
    this.commit(this.fetch(), [OPENED, this.started("i"), ...decisions, CLOSED], details);
  }

  /** Makes the instance ready, and commits a turn in which it is fed these events. */
  nextTurn(fed: readonly EventBody[], details: CommitDetails = {}): void {
    this.send(this.event(this.#request()));
    const item = this.fetch();
    this.commit(item, [OPENED, ...fed, CLOSED], {
      consumed: item.messages.map(({ messageId }) => messageId),
      ...details,
    });
  }

  /** A first turn that asks for the activity "work", as the task 1, with these deviations. */
  schedule(event: Partial<ActivityWork> = {}, queued: Partial<ActivityWork> = event): void {
    const call = { taskId: 1, name: "work", input: "1", attempt: 1, idempotencyKey: "i-1:1" };
    this.firstTurn([{ type: "TaskScheduled", ...call, ...event }], {
      activities: [{ instanceId: "i", executionId: "i-1", ...call, ...queued }],
    });
  }

  fetchActivity(workerId = "w"): ActivityWorkItem {
    const [item] = this.store.fetchActivities({ workerId, maxItems: 1, leaseMs: 1_000 }, this.now);
    if (item === undefined) throw new Error("no activity is ready");
    return item;
  }

  /** Lets the activity run on a worker, with these deviations. */
  run(work: ActivityWork, end: ActivityRun["end"], details: Partial<ActivityRun> = {}): void {
    const run: ActivityRun = { worker: "w", incarnation: 1, ...work, input: work.input, ...details, end };
    this.committed.calls.push({ type: "run", run });
  }

  complete({ lock, work }: ActivityWorkItem, body: MessageBody, details: Partial<InstanceMessage> = {}): void {
    const { instanceId, executionId } = work;
    const message = { messageId: lock.key, instanceId, executionId, body, ...details };
    this.store.completeActivity({ requestId: `${lock.key}#${lock.token}`, lock, message }, this.now);
  }

  /** Fetches, runs and completes the activity. */
  answer(result = "2"): void {
    const item = this.fetchActivity();
    this.run(item.work, { kind: "returned", result });
    this.complete(item, { type: "TaskCompleted", taskId: item.work.taskId, result });
  }

  #request(): string {
    this.#requests += 1;
    return `request ${this.#requests}`;
  }
}
