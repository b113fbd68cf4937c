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
  /** The execution that each rewound one was before. */
  const former = new Map<string, string>();
  const reported = new Set<string>();
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
        const known = { recordedIn: life, answers: committed.answers, former };
        const check = (id: string, history: readonly HistoryEvent[]): void => {
          const checker = checkers.get(id) ?? new HistoryChecker(id, known);
          checkers.set(id, checker);
          if (id === executionId) checker.carried = instance.start.carriedEvents;
          const problem = checker.continueWith(history, now);
          if (problem === undefined) return;
          violations.push({
            oracle: ID,
            instanceId,
            message: `the history of "${instanceId}" is not well formed: ${problem}`,
          });
        };
        const archive = store.archivedHistories(instanceId);
        for (const archived of archive) check(archived.executionId, archived.events);
        check(executionId, instance.history);
        const lost = archive.length === 0 ? undefined : lostByRewind(instance.history, archive);
        if (lost !== undefined && !reported.has(executionId)) {
          reported.add(executionId);
          violations.push({ oracle: ID, instanceId, message: `the rewound history of "${instanceId}" ${lost}` });
        }
      }
      return violations;
    },
  };
}

/** A rewind takes back nothing but failures: every result, event and timer of the execution that failed is still there. */
function lostByRewind(
  history: readonly HistoryEvent[],
  archived: readonly { readonly executionId: string; readonly events: readonly HistoryEvent[] }[],
): string | undefined {
  const rewound = history.findLast((event) => event.type === "ExecutionRewound");
  const before = archived.find(({ executionId }) => executionId === rewound?.previousExecutionId)?.events;
  // What the execution records later is its own: only the histories up to the rewind are compared, once.
  if (rewound === undefined || before === undefined) return undefined;
  const kept = new Set(history.flatMap((event) => ("messageId" in event ? [event.messageId] : [])));
  for (const event of before) {
    if (!("messageId" in event) || FAILURES.has(event.type) || event.type === "ExecutionRewound") continue;
    if (!kept.has(event.messageId))
      return `has lost event ${event.eventId} (${event.type}) of the execution that failed`;
  }
  return undefined;
}

const FAILURES: ReadonlySet<string> = new Set([
  "TaskFailed",
  "SubOrchestrationInstanceFailed",
  "EntityOperationFailed",
]);

/** What is known of messages beyond one history. */
interface KnownMessages {
  readonly recordedIn: Map<string, string>;
  readonly answers: ReadonlyMap<string, string>;
  readonly former: Map<string, string>;
}

type TaskKind = "activity" | "timer" | "sub-orchestration" | "call of an entity" | "request for locks";

interface OpenTask {
  readonly kind: TaskKind;
  readonly fireAt: number;
}

/** What an orchestrator decides; the kind of task that it opens, if it opens one. */
const DECISIONS: Readonly<Partial<Record<HistoryEvent["type"], TaskKind | "nothing">>> = {
  TaskScheduled: "activity",
  TimerCreated: "timer",
  SubOrchestrationInstanceCreated: "sub-orchestration",
  EntityOperationCalled: "call of an entity",
  EntityLockRequested: "request for locks",
  EventSent: "nothing",
  EntityOperationSignaled: "nothing",
  EntityUnlockSent: "nothing",
  ExecutionCompleted: "nothing",
  ContinueAsNew: "nothing",
};

/** The kind of task that an event answers. */
const ANSWERS: Readonly<Partial<Record<HistoryEvent["type"], TaskKind>>> = {
  TaskCompleted: "activity",
  TaskFailed: "activity",
  TimerFired: "timer",
  SubOrchestrationInstanceCompleted: "sub-orchestration",
  SubOrchestrationInstanceFailed: "sub-orchestration",
  EntityOperationCompleted: "call of an entity",
  EntityOperationFailed: "call of an entity",
  EntityLockGranted: "request for locks",
};

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
  /** Critical sections by their ids, and the entities of each that were not unlocked yet. */
  readonly #sections = new Map<string, Set<string>>();
  readonly #executionId: string;
  readonly #messages: KnownMessages;
  /** The messages that continue-as-new carried into this execution. */
  carried: readonly { readonly messageId: string }[] = [];

  constructor(executionId: string, messages: KnownMessages) {
    this.#executionId = executionId;
    this.#messages = messages;
  }

  /** Looks at the events that are new. Says what is wrong with the first that is, if any. */
  continueWith(history: readonly HistoryEvent[], now: number): string | undefined {
    for (let i = this.#checked; i < history.length; i++) {
      const event = history[i];
      if (event?.type === "ExecutionRewound") this.#messages.former.set(this.#executionId, event.previousExecutionId);
    }
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
      default:
        if (!this.#hasStarted) return "the execution has not started";
        return this.#decideOrFeed(event);
    }
  }

  #decideOrFeed(event: HistoryEvent): string | undefined {
    const opens = DECISIONS[event.type];
    if (opens !== undefined) {
      this.#hasDecided = true;
      return this.#decide(event, opens) ?? this.#lock(event);
    }
    return this.#hasDecided ? "it was fed after the turn's first decision" : this.#feed(event);
  }

  #begin(): string | undefined {
    if (this.#isInTurn) return "the turn before it has no OrchestratorCompleted";
    this.#isInTurn = true;
    this.#hasDecided = false;
    return undefined;
  }

  #decide(event: HistoryEvent, kind: TaskKind | "nothing"): string | undefined {
    if (event.type === "ExecutionCompleted" || event.type === "ContinueAsNew") this.#end = event.type;
    if (kind === "nothing" || !("taskId" in event)) return undefined;
    if (this.#scheduled.has(event.taskId)) return `task ${event.taskId} was scheduled before`;
    this.#scheduled.add(event.taskId);
    this.#open.set(event.taskId, { kind, fireAt: event.type === "TimerCreated" ? event.fireAt : -Infinity });
    return undefined;
  }

  /** Every section is asked for once, and given back before the end. */
  #lock(event: HistoryEvent): string | undefined {
    if (event.type === "EntityLockRequested") {
      if (this.#sections.size > 0) return "it asks for locks while others are held or asked for";
      this.#sections.set(event.criticalSectionId, new Set(event.lockSet));
    } else if (event.type === "EntityUnlockSent") {
      const locked = this.#sections.get(event.criticalSectionId);
      if (locked?.has(event.entityId) !== true) return `it unlocks ${event.entityId}, which is not locked`;
      for (const entityId of event.lockSet ?? [event.entityId]) locked.delete(entityId);
      if (locked.size === 0) this.#sections.delete(event.criticalSectionId);
    } else if (this.#end !== undefined && this.#sections.size > 0) {
      const left = [...this.#sections.values()].flatMap((entities) => [...entities]);
      return `the execution ends, and leaves the locks of ${left.join(", ")}`;
    }
    return undefined;
  }

  #feed(event: HistoryEvent): string | undefined {
    const repeated = "messageId" in event ? this.#problemWithMessage(event.messageId) : undefined;
    if (repeated !== undefined) return repeated;
    const kind = ANSWERS[event.type];
    if (kind === undefined || !("taskId" in event)) return undefined;
    const task = this.#open.get(event.taskId);
    if (task?.kind !== kind) return `there is no open ${kind} ${event.taskId} that it could answer`;
    if (event.timestamp < task.fireAt)
      return `timer ${event.taskId} fired ${task.fireAt - event.timestamp} ms too early`;
    this.#open.delete(event.taskId);
    return undefined;
  }

  /** True of this execution, and of what it was before it was rewound. */
  #isOwn(executionId: string): boolean {
    const { former } = this.#messages;
    for (let id: string | undefined = this.#executionId; id !== undefined; id = former.get(id)) {
      if (id === executionId) return true;
    }
    return false;
  }

  #problemWithMessage(messageId: string): string | undefined {
    const { recordedIn, answers } = this.#messages;
    const meantFor = answers.get(messageId) ?? this.#executionId;
    if (!this.#isOwn(meantFor)) return "it answers a task of another execution";
    const earlier = recordedIn.get(messageId);
    recordedIn.set(messageId, this.#executionId);
    if (earlier === undefined) return undefined;
    const isCarried = this.carried.some((event) => event.messageId === messageId);
    if (earlier !== this.#executionId && (isCarried || this.#isOwn(earlier))) return undefined;
    return "its message was recorded before";
  }
}
