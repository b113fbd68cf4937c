/**
 * Plays the engine against a store by hand, for tests that need an engine with a planted bug.
 */
import type { EventBody, InstanceMessage, OrchestrationWorkItem, RuntimeStatus, TurnCommit } from "dacapo/backend";
import { MemoryStore } from "dacapo/memory";
import { CommittedRecord } from "../../simulator/src/world/committed-record.ts";

export const OPENED: EventBody = { type: "OrchestratorStarted" };
export const CLOSED: EventBody = { type: "OrchestratorCompleted" };

type CommitDetails = Partial<Omit<TurnCommit, "lock" | "requestId" | "status">> & {
  readonly runtimeStatus?: RuntimeStatus;
  readonly output?: string;
};

/** A store, what its ports saw, and moves on one instance. */
export class StoreScript {
  readonly store = new MemoryStore({ keepHistory: true });
  readonly committed = new CommittedRecord();
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

  #request(): string {
    this.#requests += 1;
    return `request ${this.#requests}`;
  }
}
