/**
 * What the code of an execution sees, and when, as the reference interpreter (O1) has it: the events of other
 * orchestrations each sender's in the order sent, and nothing between a suspension and the resumption.
 *
 * Invariant: a function of what the history says has come. An event whose predecessor has not come waits for it, unless
 * its record says that it waits for none. Used by the reference's run.
 */
import type { AnswerEvent, EventRaised, ExecutionStarted } from "dacapo";

/** What the code can see. */
export type Visible = ExecutionStarted | AnswerEvent | EventRaised;

export class ReferenceArrivals {
  isSuspended = false;
  /** In the order in which the code sees them. */
  #ready: Visible[] = [];
  /** In the order of arrival. */
  #early: EventRaised[] = [];
  /** By stream: the number that comes next. */
  readonly #next = new Map<string, number>();
  /** Tasks whose answers have come, and the code has not seen. */
  readonly #answered = new Set<number>();

  constructor({ received = [] }: Pick<ExecutionStarted, "received">) {
    for (const { stream, next } of received) this.#next.set(stream, next);
  }

  /** True when the answer to this task has come, and the code has not seen it. */
  holdsAnswer(taskId: number): boolean {
    return this.#answered.has(taskId);
  }

  add(event: Visible): void {
    if (event.type === "EventRaised") {
      this.#raise(event);
      return;
    }
    if ("taskId" in event) this.#answered.add(event.taskId);
    this.#ready.push(event);
  }

  /** What the code sees next, taken out. */
  next(): Visible | undefined {
    if (this.isSuspended) return undefined;
    const event = this.#ready.shift();
    if (event !== undefined && "taskId" in event) this.#answered.delete(event.taskId);
    return event;
  }

  #raise(event: EventRaised): void {
    if (!this.#isDue(event)) {
      this.#early.push(event);
      return;
    }
    this.#show(event);
    if (event.position === undefined) return;
    for (;;) {
      const due = this.#early.find((one) => this.#isDue(one));
      if (due === undefined) return;
      this.#early = this.#early.filter((one) => one !== due);
      this.#show(due);
    }
  }

  #show(event: EventRaised): void {
    this.#ready.push(event);
    if (event.position === undefined) return;
    const { stream, number } = event.position;
    this.#next.set(stream, Math.max(this.#next.get(stream) ?? 1, number + 1));
  }

  #isDue({ position }: EventRaised): boolean {
    if (position === undefined || position.isFree === true) return true;
    return position.number <= (this.#next.get(position.stream) ?? 1);
  }
}
