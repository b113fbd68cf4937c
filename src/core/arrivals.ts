/**
 * What reached an execution and its code has not seen: events that came before others of their stream, and everything
 * that comes while the orchestration is suspended.
 *
 * Invariant: a function of the recorded events, in their order; so warm and cold are the same. The code sees a sender's
 * events in the order sent, and nothing between suspension and resumption. Used by the execution alone.
 */
import type {
  AnswerEvent,
  EventBody,
  EventRaised,
  ExecutionRewound,
  ExecutionStarted,
  ExecutionTerminated,
  IncomingEvent,
} from "./history.ts";
import type { ReceivedStream } from "./streams.ts";
import { InboundStreams } from "./streams.ts";

type Incoming = EventBody<IncomingEvent>;
/** What the code can see. */
type Visible = EventBody<ExecutionStarted | AnswerEvent | EventRaised>;
type Raised = EventBody<EventRaised>;

export class Arrivals {
  readonly streams: InboundStreams;
  isSuspended = false;
  /** In the order in which the code sees them. */
  #ready: Visible[] = [];
  /** In the order of arrival. */
  #early: Raised[] = [];
  /** The tasks whose answers are ready. */
  readonly #answered = new Set<number>();

  constructor(received: readonly ReceivedStream[] | undefined) {
    this.streams = new InboundStreams(received);
  }

  add(event: Exclude<Incoming, EventBody<ExecutionRewound | ExecutionTerminated>>): void {
    switch (event.type) {
      case "ExecutionSuspended":
        this.isSuspended = true;
        return;
      case "ExecutionResumed":
        this.isSuspended = false;
        return;
      case "EventRaised":
        this.#raise(event);
        return;
      default:
        if ("taskId" in event) this.#answered.add(event.taskId);
        this.#ready.push(event);
    }
  }

  /** What the code sees next, taken out; `undefined` when there is nothing, or the orchestration is suspended. */
  next(): Visible | undefined {
    if (this.isSuspended) return undefined;
    const event = this.#ready.shift();
    if (event !== undefined && "taskId" in event) this.#answered.delete(event.taskId);
    return event;
  }

  /** True when the answer to this task has come, and the code has not seen it. */
  holdsAnswer(taskId: number): boolean {
    return this.#answered.has(taskId);
  }

  /** Events whose turn it is, and which the code has not seen. */
  get ready(): readonly Raised[] {
    return this.#ready.filter((event) => event.type === "EventRaised");
  }

  /** Events that wait for others of their streams. */
  get early(): readonly Raised[] {
    return this.#early;
  }

  #raise(event: Raised): void {
    const { position } = event;
    if (position === undefined) {
      this.#ready.push(event);
      return;
    }
    if (position.isFree === true) this.streams.skipTo(position);
    else if (this.streams.judge(position) === "hold") {
      this.#early.push(event);
      return;
    }
    this.#ready.push(event);
    if (this.#early.length > 0) this.#release();
  }

  /** Lets go what waited for an event that has come now. */
  #release(): void {
    for (;;) {
      const index = this.#early.findIndex(({ position }) => {
        return position === undefined || this.streams.judge(position) !== "hold";
      });
      const [event] = index < 0 ? [] : this.#early.splice(index, 1);
      if (event === undefined) return;
      this.#ready.push(event);
    }
  }
}
