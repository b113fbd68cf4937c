/**
 * The order in which an orchestration sees the events of other orchestrations, as the reference interpreter (O1) has it:
 * each sender's in the order sent.
 *
 * Invariant: an event whose predecessor has not come waits for it, unless its record says that it waits for none.
 */
import type { HistoryEvent } from "dacapo";

type Raised = Extract<HistoryEvent, { readonly type: "EventRaised" }>;
type Started = Extract<HistoryEvent, { readonly type: "ExecutionStarted" }>;

export class EventOrder {
  /** By stream: the number that comes next. */
  readonly #next = new Map<string, number>();
  #early: readonly Raised[] = [];

  constructor({ received = [] }: Started) {
    for (const { stream, next } of received) this.#next.set(stream, next);
  }

  /** What the code sees now that an event has come. */
  arrive(event: Raised): readonly Raised[] {
    this.#early = [...this.#early, event];
    const seen: Raised[] = [];
    for (let next = this.#early.find((one) => this.#isDue(one)); next !== undefined;) {
      const due = next;
      this.#early = this.#early.filter((one) => one !== due);
      if (due.position !== undefined) {
        const { stream, number } = due.position;
        this.#next.set(stream, Math.max(this.#next.get(stream) ?? 1, number + 1));
      }
      seen.push(due);
      next = this.#early.find((one) => this.#isDue(one));
    }
    return seen;
  }

  #isDue({ position }: Raised): boolean {
    if (position === undefined || position.isFree === true) return true;
    return position.number === (this.#next.get(position.stream) ?? 1);
  }
}
