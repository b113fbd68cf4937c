/**
 * External events of one execution: those that came before anybody waited, and those who wait.
 *
 * Invariant: for a name, events or waiters are kept, never both; each in the order of arrival. Names are
 * case-insensitive, by the locale-independent lower case.
 */
import type { DurableTask } from "./durable-task.ts";
import type { EventBody, EventRaised } from "./history.ts";

export class ExternalEvents {
  readonly #waiters = new Map<string, DurableTask[]>();
  #unprocessed: EventBody<EventRaised>[] = [];

  /** The oldest kept event of this name, taken out; `undefined` when there is none. */
  take(name: string): EventBody<EventRaised> | undefined {
    const key = name.toLowerCase();
    const index = this.#unprocessed.findIndex((event) => event.name.toLowerCase() === key);
    return index < 0 ? undefined : this.#unprocessed.splice(index, 1)[0];
  }

  /** Lets a task wait for the next event of this name. */
  wait(name: string, task: DurableTask): void {
    const key = name.toLowerCase();
    const waiters = this.#waiters.get(key);
    if (waiters === undefined) this.#waiters.set(key, [task]);
    else waiters.push(task);
  }

  /** The task that has waited longest for this event; when nobody waits, keeps the event. */
  deliver(event: EventBody<EventRaised>): DurableTask | undefined {
    const waiter = this.#waiters.get(event.name.toLowerCase())?.shift();
    if (waiter === undefined) this.#unprocessed.push(event);
    return waiter;
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
