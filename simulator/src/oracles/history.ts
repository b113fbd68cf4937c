/**
 * O5: every history is well formed.
 *
 * Invariant: event ids count 1, 2, 3, ...; time never goes back, nor ahead of the hub's; turns are bracketed and
 * whole; the first thing fed is the one `ExecutionStarted`; nothing follows the end; each completion answers exactly
 * one earlier schedule of its kind, of its own execution; no timer fires before its time; no message is recorded
 * twice, unless continue-as-new carried it over; what was written is never rewritten.
 */
import type { HistoryEvent } from "dacapo/backend";
import type { Evidence, Oracle, Violation } from "./oracle.ts";

const ID = "O5";

export function historyOracle(): Oracle {
  const checkers = new Map<string, HistoryChecker>();
  /** By life of an instance id: in which execution each message was recorded last. */
  const recordedIn = new Map<string, Map<string, string>>();
  return {
    id: ID,
    title: "every history is well formed",
    observe: ({ store, committed, now }: Evidence, changed: ReadonlySet<string>): readonly Violation[] => {
      const violations: Violation[] = [];
      for (const instanceId of changed) {
        const instance = store.instance(instanceId);
        if (instance === undefined) continue;
        const { incarnation, executionId } = instance.record;
        const life = recordedIn.get(incarnation) ?? new Map<string, string>();
        recordedIn.set(incarnation, life);
        const known = { recordedIn: life, answers: committed.answers };
        const check = (id: string, history: readonly HistoryEvent[]): void => {
          const checker = checkers.get(id) ?? new HistoryChecker(id, known);
          checkers.set(id, checker);
          if (id === executionId) checker.carried = instance.start.carriedEvents.map(({ messageId }) => messageId);
          const problem = checker.continueWith(history, now);
          if (problem === undefined) return;
          violations.push({
            oracle: ID,
            instanceId,
            message: `the history of "${instanceId}" is not well formed: ${problem}`,
          });
        };
        for (const archived of store.archivedHistories(instanceId)) check(archived.executionId, archived.events);
        check(executionId, instance.history);
      }
      return violations;
    },
  };
}

/** What is known of messages beyond one history. */
interface KnownMessages {
  readonly recordedIn: Map<string, string>;
  readonly answers: ReadonlyMap<string, string>;
}

interface OpenTask {
  readonly kind: "activity" | "timer";
  readonly fireAt: number;
}

/** Checks one history as it grows, each event once. */
class HistoryChecker {
  #checked = 0;
  #lastChecked: HistoryEvent | undefined;
  #time = -Infinity;
  #isInTurn = false;
  #hasDecided = false;
  #hasStarted = false;
  #end: string | undefined;
  readonly #open = new Map<number, OpenTask>();
  readonly #scheduled = new Set<number>();
  readonly #executionId: string;
  readonly #messages: KnownMessages;
  /** The messages that continue-as-new carried into this execution. */
  carried: readonly string[] = [];

  constructor(executionId: string, messages: KnownMessages) {
    this.#executionId = executionId;
    this.#messages = messages;
  }

  /** Looks at the events that are new. Says what is wrong with the first that is, if any. */
  continueWith(history: readonly HistoryEvent[], now: number): string | undefined {
    if (history.length < this.#checked) return `it had ${this.#checked} events and has ${history.length}`;
    if (this.#lastChecked !== undefined && history[this.#checked - 1] !== this.#lastChecked) {
      return `event ${this.#checked} was rewritten`;
    }
    while (this.#checked < history.length) {
      const event = history[this.#checked];
      this.#checked += 1;
      this.#lastChecked = event;
      const problem = event === undefined ? "it has a hole" : this.#problemWith(event, this.#checked, now);
      if (problem !== undefined) return `event ${this.#checked} (${event?.type ?? "none"}): ${problem}`;
    }
    return this.#isInTurn ? "its last turn has no OrchestratorCompleted" : undefined;
  }

  #problemWith(event: HistoryEvent, position: number, now: number): string | undefined {
    if (event.eventId !== position) return `its id is ${event.eventId}, not ${position}`;
    if (event.timestamp < this.#time) return "its time is before that of the event before it";
    if (event.timestamp > now) return `its time is ${event.timestamp - now} ms ahead of the hub's`;
    if (this.#end !== undefined && event.type !== "OrchestratorCompleted") return `it follows ${this.#end}`;
    this.#time = event.timestamp;
    if (event.type === "OrchestratorStarted") return this.#begin();
    if (!this.#isInTurn) return "it is outside a turn";
    switch (event.type) {
      case "OrchestratorCompleted":
        this.#isInTurn = false;
        return undefined;
      case "ExecutionStarted":
        if (this.#hasStarted || position !== 2) return "an execution starts once, as the first thing that it is fed";
        this.#hasStarted = true;
        return undefined;
      case "TaskScheduled":
      case "TimerCreated":
      case "ExecutionCompleted":
      case "ContinueAsNew":
        this.#hasDecided = true;
        return this.#hasStarted ? this.#decide(event) : "the execution has not started";
      default:
        if (this.#hasDecided) return "it was fed after the turn's first decision";
        return this.#hasStarted ? this.#feed(event) : "the execution has not started";
    }
  }

  #begin(): string | undefined {
    if (this.#isInTurn) return "the turn before it has no OrchestratorCompleted";
    this.#isInTurn = true;
    this.#hasDecided = false;
    return undefined;
  }

  #decide(
    event: Extract<HistoryEvent, { type: "TaskScheduled" | "TimerCreated" | "ExecutionCompleted" | "ContinueAsNew" }>,
  ) {
    if (event.type === "ExecutionCompleted" || event.type === "ContinueAsNew") {
      this.#end = event.type;
      return undefined;
    }
    if (this.#scheduled.has(event.taskId)) return `task ${event.taskId} was scheduled before`;
    this.#scheduled.add(event.taskId);
    const isTimer = event.type === "TimerCreated";
    this.#open.set(event.taskId, { kind: isTimer ? "timer" : "activity", fireAt: isTimer ? event.fireAt : -Infinity });
    return undefined;
  }

  #feed(event: HistoryEvent): string | undefined {
    const repeated = "messageId" in event ? this.#problemWithMessage(event.messageId) : undefined;
    if (repeated !== undefined) return repeated;
    if (event.type !== "TaskCompleted" && event.type !== "TaskFailed" && event.type !== "TimerFired") return undefined;
    const task = this.#open.get(event.taskId);
    const kind = event.type === "TimerFired" ? "timer" : "activity";
    if (task?.kind !== kind) return `there is no open ${kind} ${event.taskId} that it could answer`;
    if (event.timestamp < task.fireAt)
      return `timer ${event.taskId} fired ${task.fireAt - event.timestamp} ms too early`;
    this.#open.delete(event.taskId);
    return undefined;
  }

  #problemWithMessage(messageId: string): string | undefined {
    const { recordedIn, answers } = this.#messages;
    const meantFor = answers.get(messageId) ?? this.#executionId;
    if (meantFor !== this.#executionId) return "it answers a task of another execution";
    const earlier = recordedIn.get(messageId);
    recordedIn.set(messageId, this.#executionId);
    if (earlier === undefined) return undefined;
    if (earlier !== this.#executionId && this.carried.includes(messageId)) return undefined;
    return "its message was recorded before";
  }
}
