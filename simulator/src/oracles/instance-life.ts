/**
 * One life of an instance id, as the conservation oracle (O9) keeps its books: what was sent to it, what it must
 * still have, what its histories record.
 *
 * Invariant: built from what went through the ports and from histories alone. Whether something may be discarded is
 * judged here, from the histories, and never taken from the engine. Used by `conservation.ts` alone.
 */
import type {
  ActivityWork,
  ExecutionStart,
  HistoryEvent,
  InstanceMessage,
  ParentInstance,
  RewindOrder,
  TurnCommit,
} from "dacapo/backend";
import type { QueueEntry } from "dacapo/memory";
import type { InstanceBefore } from "../world/port-calls.ts";
import { EntityBooks } from "./entity-books.ts";
import { FamilyBooks } from "./family-books.ts";
import { differenceOf, nameOf, textOf } from "./message-words.ts";

type RaisedEvent = ExecutionStart["carriedEvents"][number];
type ExecutionStarted = Extract<HistoryEvent, { readonly type: "ExecutionStarted" }>;
type FedEvent = Extract<HistoryEvent, { readonly messageId: string }>;

/** A turn, with what the judgement of its parts has in common. */
interface Turn {
  readonly commit: TurnCommit;
  readonly executionId: string;
  readonly handed: ReadonlyMap<string, InstanceMessage>;
  readonly isFirst: boolean;
  /** True when the execution ended in this turn, in whatever way. */
  readonly endsExecution: boolean;
  readonly isTerminated: boolean;
  /** True when the engine ended it, so that the code saw nothing of the turn. */
  readonly isEndedByEngine: boolean;
}

export class InstanceLife {
  readonly instanceId: string;
  readonly incarnation: string;
  /** True once a history says that the instance has ended. */
  isOver = false;
  /** What each execution was given to begin with, by execution id. */
  readonly starts = new Map<string, ExecutionStart>();
  /** Activities that somebody must still answer, by their ids in the store. */
  readonly activities = new Map<string, ActivityWork>();
  /** Everything that was ever sent to it, by message id. */
  readonly #sent = new Map<string, InstanceMessage>();
  /** The ids of messages that must be in its queue. */
  readonly #waiting = new Set<string>();
  readonly #recorded = new Set<string>();
  /** Events that came with the start of an execution. */
  readonly #carried = new Map<string, RaisedEvent>();
  readonly #answered = new Set<string>();
  readonly #cancelled = new Set<string>();
  /** Of entities. */
  #books: EntityBooks | undefined = undefined;
  readonly #family: FamilyBooks;
  /** The orders to go on after a failure, by request id. */
  readonly #orders = new Set<string>();
  #end: Extract<HistoryEvent, { readonly type: "ExecutionCompleted" }> | undefined;
  #start: ExecutionStart;
  /** Before this time it was not to begin, also where a rewind makes it begin again. */
  readonly #startAt: number;

  constructor(instanceId: string, incarnation: string, start: ExecutionStart) {
    this.instanceId = instanceId;
    this.incarnation = incarnation;
    this.#start = start;
    this.#startAt = start.startAt ?? 0;
    this.#family = new FamilyBooks(start, incarnation);
    this.#beginWith(start);
  }

  send(message: InstanceMessage): void {
    this.#sent.set(message.messageId, message);
    if (!this.isOver) this.#waiting.add(message.messageId);
  }

  /** The instance failed, and is made to go on. */
  goOn({ requestId }: RewindOrder): void {
    this.isOver = false;
    this.#orders.add(requestId);
  }

  /**
   * What a sub-orchestration has for the execution that goes on in its parent's place: "goes on" where it failed, "runs"
   * where it has not ended, else its answer.
   */
  answerTo(parent: ParentInstance): "goes on" | "runs" | InstanceMessage {
    const { instanceId, executionId, taskId } = parent;
    this.#start = { ...this.#start, event: { ...this.#start.event, parent } };
    this.#family.adopt(parent);
    if (!this.isOver) return "runs";
    const { runtimeStatus, output } = this.#end ?? { runtimeStatus: "Terminated" };
    if (runtimeStatus === "Failed") return "goes on";
    const result = output === undefined ? {} : { result: output };
    const failure = {
      errorType: "OrchestrationTerminatedError",
      errorMessage: "The sub-orchestration was terminated.",
    };
    const body: InstanceMessage["body"] =
      runtimeStatus === "Completed"
        ? { type: "SubOrchestrationInstanceCompleted", taskId, ...result }
        : { type: "SubOrchestrationInstanceFailed", taskId, failure };
    return { messageId: idOf(executionId, taskId), instanceId, executionId, body };
  }

  /** A copy of a message came, which nobody need wait for. */
  sendCopy(message: InstanceMessage): void {
    if (!this.#sent.has(message.messageId)) this.#sent.set(message.messageId, message);
  }

  /** Enters a committed turn. Says what is wrong with it, if anything. */
  takeTurn(commit: TurnCommit, before: InstanceBefore): string | undefined {
    const { entity } = commit;
    if (entity !== undefined) {
      for (const id of commit.consumed) this.#waiting.delete(id);
      this.#books ??= new EntityBooks();
      return this.#books.takeTurn({ ...commit, entity }, before.batch, nameOf, (id) => this.#sent.has(id));
    }
    const { rewritten } = commit;
    const { batch } = before;
    const executionId = rewritten?.start.event.executionId ?? before.executionId;
    const historyLength = (rewritten?.history ?? { length: before.historyLength }).length;
    if (rewritten !== undefined) this.#rewrite(rewritten);
    const turn: Turn = {
      commit,
      executionId,
      handed: new Map(batch.map((message) => [message.messageId, message])),
      isFirst: historyLength === 0 && commit.events.length > 0,
      endsExecution: commit.events.some(({ type }) => type === "ExecutionCompleted" || type === "ContinueAsNew"),
      isTerminated: commit.events.some(({ type }) => type === "ExecutionTerminated"),
      isEndedByEngine: commit.events.some((event) => event.type === "ExecutionCompleted" && event.isByEngine === true),
    };
    const problem =
      this.#problemWithFed(turn) ??
      this.#problemWithConsumed(turn) ??
      this.#problemWithDecided(turn) ??
      this.#family.take(turn) ??
      this.#problemWithNext(turn);
    this.#enter(turn);
    return problem;
  }

  /** What is missing from the queue, or in it although nobody sent it, if anything. */
  problemWithQueue(queue: readonly QueueEntry[]): string | undefined {
    if (this.#waiting.size > 0) {
      const present = new Set(queue.map(({ message }) => message.messageId));
      for (const id of this.#waiting) {
        const lost = present.has(id) ? undefined : this.#sent.get(id);
        if (lost !== undefined) return `${nameOf(lost.body)} is lost: no turn handled it, and it waits no more`;
      }
    }
    const stray = queue.find(({ message }) => !this.#sent.has(message.messageId))?.message;
    return stray === undefined ? undefined : `${nameOf(stray.body)} waits in its queue, but nobody sent it`;
  }

  /** What stands of a history was recorded before, as was what is fed again; its tasks are those of the new execution. */
  #rewrite({ start, history }: NonNullable<TurnCommit["rewritten"]>): void {
    const executionId = start.event.executionId;
    this.#start = start;
    this.starts.set(executionId, start);
    this.#family.rewrite(executionId, history);
    for (const event of history) {
      if ("messageId" in event && "taskId" in event) this.#answered.add(idOf(executionId, event.taskId));
    }
  }

  #beginWith(start: ExecutionStart): void {
    this.#start = start;
    this.starts.set(start.event.executionId, start);
    for (const event of start.carriedEvents) this.#carried.set(event.messageId, event);
  }

  /** Everything that a history records was sent, and is recorded as it was sent. */
  #problemWithFed(turn: Turn): string | undefined {
    const carried = turn.isFirst ? this.#start.carriedEvents : [];
    let fedOfCarried = 0;
    for (const event of turn.commit.events) {
      const wrongStart = event.type === "ExecutionStarted" ? this.#problemWithStart(event, turn) : undefined;
      if (wrongStart !== undefined) return wrongStart;
      if (!("messageId" in event) || this.#isHeldFromStart(event.messageId, turn)) continue;
      const next = carried[fedOfCarried];
      const isCarried = event.messageId === next?.messageId;
      if (isCarried) fedOfCarried += 1;
      const problem = isCarried
        ? differenceOf(next, event)
        : this.#isFedAgain(event, turn)
          ? undefined
          : problemWithHanded(event, turn);
      if (problem !== undefined) return problem;
    }
    const skipped = carried[fedOfCarried];
    if (skipped === undefined || (turn.endsExecution && !turn.isEndedByEngine)) return undefined;
    return `${nameOf(skipped)} was to be carried over to its next execution, which did not get it`;
  }

  #problemWithStart(started: ExecutionStarted, { isTerminated }: Turn): string | undefined {
    const { name, input } = this.#start.event;
    if (started.name !== name || started.input !== input)
      return "it began with something else than it was started with";
    const early = this.#startAt - started.timestamp;
    return early > 0 && !isTerminated ? `it began ${early} ms before its time` : undefined;
  }

  /** True for the order that suspended an instance before its first turn. */
  #isHeldFromStart(messageId: string, { isFirst }: Turn): boolean {
    return isFirst && messageId === this.#start.suspended?.messageId;
  }

  /** True of the order to go on after a failure, and of what came in the turn that failed. */
  #isFedAgain({ type, messageId }: FedEvent, { commit, handed }: Turn): boolean {
    if (commit.rewritten === undefined) return false;
    if (type === "ExecutionRewound") return this.#orders.has(messageId);
    // A copy of it may wait in the queue.
    const isTaken = handed.has(messageId) && commit.consumed.includes(messageId);
    return !isTaken && (this.#recorded.has(messageId) || this.#carried.has(messageId));
  }

  /** What leaves the queue is recorded, or may be discarded. */
  #problemWithConsumed(turn: Turn): string | undefined {
    const { commit, handed } = turn;
    const recordedNow = new Set(commit.events.flatMap((event) => ("messageId" in event ? [event.messageId] : [])));
    const lastRecorded = commit.consumed.findLastIndex((id) => recordedNow.has(id));
    for (const [i, id] of commit.consumed.entries()) {
      if (recordedNow.has(id)) continue;
      const message = handed.get(id);
      if (message === undefined) return "a message was taken from its queue that the worker had not been handed";
      if (this.#mayBeDiscarded(message, turn, i < lastRecorded)) continue;
      return `${nameOf(message.body)} was taken from its queue, but no history records it`;
    }
    return undefined;
  }

  /** `isBeforeOther`: the turn went on and was fed something that came later. */
  #mayBeDiscarded(message: InstanceMessage, turn: Turn, isBeforeOther: boolean): boolean {
    const { messageId, executionId, body } = message;
    if (this.isOver || this.#recorded.has(messageId) || this.#carried.has(messageId)) return true;
    if (turn.isEndedByEngine) return !isForCode(body);
    if (endsWithExecution(turn, isBeforeOther)) return true;
    if (executionId !== undefined && executionId !== turn.executionId) return true;
    if (this.#isForOthers(message, turn)) return true;
    switch (body.type) {
      case "EventRaised":
        if (turn.commit.next?.carriedEvents.some((event) => event.messageId === messageId) === true) return true;
        return this.#recorded.has(otherIdOf(messageId));
      case "ExecutionTerminated":
        return false;
      case "TimerFired":
        // Task 0 is no task: it says that an orchestrator went on after its turn.
        if (body.taskId === 0 || this.#cancelled.has(messageId)) return true;
        if (turn.commit.cancelledTimers.includes(messageId)) return true;
        return this.#answered.has(idOf(turn.executionId, body.taskId));
      case "TaskCompleted":
      case "TaskFailed":
      case "SubOrchestrationInstanceCompleted":
      case "SubOrchestrationInstanceFailed":
      case "EntityOperationCompleted":
      case "EntityOperationFailed":
      case "EntityLockGranted":
        return this.#answered.has(idOf(turn.executionId, body.taskId));
      case "ExecutionSuspended":
      case "ExecutionResumed":
      case "EntityOperationCalled":
      case "EntityOperationSignaled":
      case "EntityLockRequested":
      case "EntityUnlockSent":
        return false;
    }
  }

  /** True for what is meant for another life, comes again later, or holds an instance before its first turn. */
  #isForOthers(message: InstanceMessage, { commit }: Turn): boolean {
    const { messageId, body } = message;
    if (this.#family.isForAnother(body) || commit.timers.some((timer) => isPutBack(message, timer))) return true;
    if (body.type !== "ExecutionSuspended" && body.type !== "ExecutionResumed") return false;
    return commit.next?.event.seenMessages?.some((seen) => seen.messageId === messageId) === true;
  }

  /** Everything that the turn decided takes effect, and after a rewind what stands and is not answered; nothing else. */
  #problemWithDecided(turn: Turn): string | undefined {
    const { commit } = turn;
    const stands = (commit.rewritten?.history ?? []).filter(
      (event) => "taskId" in event && !this.#isAnswered(event, turn),
    );
    return (
      this.#problemWithActivities(turn, stands) ??
      this.#problemWithTimers(turn, stands) ??
      this.#problemWithCancelled(commit)
    );
  }

  #problemWithActivities(turn: Turn, stands: readonly HistoryEvent[]): string | undefined {
    const { commit, endsExecution, isTerminated } = turn;
    const queued = new Map(commit.activities.map((work) => [work.taskId, work]));
    for (const event of [...stands, ...commit.events]) {
      if (event.type !== "TaskScheduled" || queued.delete(event.taskId)) continue;
      if (isTerminated || (endsExecution && stands.includes(event))) continue;
      return `it asked for activity "${event.name}" (task ${event.taskId}), which was never queued`;
    }
    const [extra] = queued.values();
    if (extra === undefined) return undefined;
    return `activity "${extra.name}" (task ${extra.taskId}) was queued, which it did not ask for`;
  }

  #problemWithTimers(turn: Turn, stands: readonly HistoryEvent[]): string | undefined {
    const { commit, executionId, endsExecution } = turn;
    const putBack = commit.timers.filter((timer) => [...turn.handed.values()].some((it) => isPutBack(it, timer)));
    const set = commit.timers.filter((timer) => !putBack.includes(timer));
    const timers = new Map(set.map(({ messageId, dueTime }) => [messageId, dueTime]));
    for (const event of [...stands, ...commit.events]) {
      if (event.type !== "TimerCreated") continue;
      const id = idOf(executionId, event.taskId);
      const dueTime = timers.get(id);
      const isSet = timers.delete(id);
      // A timer that stands may have been cancelled, of which histories say nothing.
      if (!isSet && !endsExecution && !stands.includes(event) && !commit.cancelledTimers.includes(id)) {
        return `it asked for a timer (task ${event.taskId}), which was never set`;
      }
      if (isSet && dueTime !== event.fireAt) return `its timer (task ${event.taskId}) was set to another time`;
    }
    return timers.size === 0 ? undefined : "a timer was set for it that it did not ask for";
  }

  /** True when a task that stands is answered: before, or in the turn that goes on. */
  #isAnswered({ taskId }: { readonly taskId: number }, { commit, executionId }: Turn): boolean {
    return (
      this.#answered.has(idOf(executionId, taskId)) ||
      commit.events.some((event) => "messageId" in event && "taskId" in event && event.taskId === taskId)
    );
  }

  #problemWithCancelled({ cancelledTimers }: TurnCommit): string | undefined {
    for (const id of cancelledTimers) {
      const message = this.#sent.get(id);
      if (message === undefined || message.body.type === "TimerFired") continue;
      return `${nameOf(message.body)} was taken back as if it were a timer`;
    }
    return undefined;
  }

  #problemWithNext({ commit, executionId }: Turn): string | undefined {
    const { next } = commit;
    if (next === undefined) return undefined;
    const stray = next.carriedEvents.find(({ messageId }) => {
      return !this.#sent.has(messageId) && !this.#carried.has(messageId);
    });
    if (stray !== undefined) return `${nameOf(stray)} is carried over to its next execution, but nobody sent it`;
    const altered = next.carriedEvents.find((event) => {
      const source = this.#carried.get(event.messageId) ?? this.#sent.get(event.messageId)?.body;
      return source === undefined || textOf(source) !== textOf(event);
    });
    if (altered !== undefined) return `${nameOf(altered)} is carried over with another content than it was sent with`;
    if (next.event.executionId !== executionId) return undefined;
    const kept = new Set(next.carriedEvents.map(({ messageId }) => messageId));
    const lost = this.#start.carriedEvents.find(({ messageId }) => !kept.has(messageId));
    return lost === undefined ? undefined : `${nameOf(lost)}, which came before its start, is lost`;
  }

  #enter({ commit, executionId }: Turn): void {
    for (const id of commit.consumed) this.#waiting.delete(id);
    for (const id of commit.cancelledTimers) {
      this.#cancelled.add(id);
      this.#waiting.delete(id);
    }
    for (const event of commit.events) {
      if ("messageId" in event) this.#recorded.add(event.messageId);
      if ("messageId" in event && "taskId" in event) this.#answered.add(idOf(executionId, event.taskId));
      if (event.type !== "ExecutionCompleted") continue;
      this.isOver = true;
      this.#end = event;
    }
    for (const work of commit.activities) this.activities.set(idOf(work.executionId, work.taskId), work);
    for (const timer of commit.timers) this.send(timer);
    if (this.isOver) this.#waiting.clear();
    const { next } = commit;
    if (next === undefined) return;
    if (next.event.executionId !== executionId) this.#dropTimersOf(executionId);
    // What held it before its first turn has no history, and is known by its id.
    else for (const { messageId } of next.event.seenMessages ?? []) this.#recorded.add(messageId);
    this.#beginWith(next);
  }

  #dropTimersOf(executionId: string): void {
    for (const id of this.#waiting) {
      const message = this.#sent.get(id);
      if (message?.body.type === "TimerFired" && message.executionId === executionId) this.#waiting.delete(id);
    }
  }
}

/** The end of an execution is the end of what was on its way to it; a termination goes before all else. */
function endsWithExecution({ endsExecution, isTerminated }: Turn, isBeforeOther: boolean): boolean {
  return endsExecution && (!isBeforeOther || isTerminated);
}

/** What the code has not seen is still to come, if the instance is made to go on; the rest it asks for anew. */
function isForCode({ type }: InstanceMessage["body"]): boolean {
  return type === "EventRaised" || type === "ExecutionSuspended" || type === "ExecutionResumed";
}

/** True for an event that waits once more, because nobody could tell whether it had to wait for another. */
function isPutBack({ body, position }: InstanceMessage, timer: InstanceMessage): boolean {
  if (body.type !== "EventRaised" || timer.body.type !== "EventRaised" || position === undefined) return false;
  const { stream, number } = timer.position ?? {};
  return position.stream === stream && position.number === number && textOf(body) === textOf(timer.body);
}

/** What is wrong with a recorded message that came from the queue, if anything. */
function problemWithHanded(event: FedEvent, { commit, handed }: Turn): string | undefined {
  const message = handed.get(event.messageId);
  if (message === undefined) return `its history records ${nameOf(event)}, which nobody sent`;
  const isConsumed = commit.consumed.includes(event.messageId);
  if (!isConsumed) return `its history records ${nameOf(event)}, and yet it stays in the queue`;
  return differenceOf(message.body, event);
}

/** An event that was put back comes again under another id; and the first may come once more, as a copy. */
function otherIdOf(messageId: string): string {
  return messageId.endsWith(AGAIN) ? messageId.slice(0, -AGAIN.length) : `${messageId}${AGAIN}`;
}

const AGAIN = ":again";

/** The id of an activity in the store, and of the answer to a task: part of the contract, written anew. */
function idOf(executionId: string, taskId: number): string {
  return `${executionId}:${taskId}`;
}
