/**
 * External events of one execution: those that came before anybody waited, and those who wait.
 *
 * Invariant: for a name, events or waiters are kept, never both; each in the order of arrival. Names are
 * case-insensitive, by the locale-independent lower case.
 */
import type { Payloads } from "./data-converter.ts";
import type { AwaitObserver } from "./durable-task.ts";
import { DurableTask } from "./durable-task.ts";
import type { EventBody, EventRaised } from "./history.ts";

export class ExternalEvents {
  readonly #observer: AwaitObserver;
  readonly #payloads: Payloads;
  readonly #waiters = new Map<string, DurableTask[]>();
  #unprocessed: EventBody<EventRaised>[] = [];

  constructor(observer: AwaitObserver, payloads: Payloads) {
    this.#observer = observer;
    this.#payloads = payloads;
  }

  /** A task for the oldest kept event of this name, or for the next that comes. */
  waitFor(name: string): DurableTask {
    const task = new DurableTask(this.#observer);
    const key = name.toLowerCase();
    const index = this.#unprocessed.findIndex((event) => event.name.toLowerCase() === key);
    const event = index < 0 ? undefined : this.#unprocessed.splice(index, 1)[0];
    const waiters = this.#waiters.get(key);
    if (event !== undefined) this.#give(task, event);
    else if (waiters === undefined) this.#waiters.set(key, [task]);
    else waiters.push(task);
    return task;
  }

  /** Completes the task that has waited longest for this event; when nobody waits, keeps the event. */
  deliver(event: EventBody<EventRaised>): void {
    const waiter = this.#waiters.get(event.name.toLowerCase())?.shift();
    if (waiter === undefined) this.#unprocessed.push(event);
    else this.#give(waiter, event);
  }

  #give(task: DurableTask, { name, input }: EventBody<EventRaised>): void {
    this.#payloads.settle(task, input, `data of event "${name}"`);
  }

  /** Events that nobody waited for, oldest first. */
  get unprocessed(): readonly EventBody<EventRaised>[] {
    return this.#unprocessed;
  }

  /** The names, in lower case, that somebody waits for. */
  get awaited(): readonly string[] {
    return [...this.#waiters].flatMap(([name, waiters]) => waiters.map(() => name));
  }
}
