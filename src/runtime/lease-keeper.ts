/**
 * Keeps the locks of running work items alive, and tells the work when its lock is lost.
 *
 * Invariant: one timer for all leases of a worker, running only while there are any; it is measured on the
 * monotonic clock. A lease that could not be renewed within its own length counts as lost.
 */
import { LeaseLostError } from "../core/errors.ts";
import type { Linked } from "../core/linked-list.ts";
import { LinkedList } from "../core/linked-list.ts";
import type { Lock } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";

/** Something that is worked on under a lock. */
export interface Leased {
  readonly lock: Lock;
}

/** A lock while it is held, and what is worked on under it. */
export class Lease<Item extends Leased = Leased> implements Linked<Lease<Item>> {
  readonly item: Item;
  renewedAt: number;
  previous: Lease<Item> | undefined = undefined;
  next: Lease<Item> | undefined = undefined;
  isRenewing = false;
  /** True when the work is done, and its outcome on its way to the store. */
  hasEnded = false;
  #reason: Error | undefined = undefined;
  /** Made when somebody first asks for the signal: most work never does. */
  #controller: AbortController | undefined = undefined;

  constructor(item: Item, renewedAt: number) {
    this.item = item;
    this.renewedAt = renewedAt;
  }

  /** Aborted, with the reason, once the work's result can no longer be recorded or the worker is stopping. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Why the work was aborted; `undefined` while it may go on. */
  get abortReason(): Error | undefined {
    return this.#reason;
  }

  abort(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

export class LeaseKeeper<Item extends Leased> {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #renew: (lock: Lock, leaseMs: number) => Promise<void>;
  readonly #leases = new LinkedList<Lease<Item>>();
  #size = 0;
  #running = 0;
  #wake: AbortController | undefined = undefined;
  /** When the last round of renewals began. */
  #roundAt = 0;

  constructor(setup: {
    readonly clock: Clock;
    readonly leaseMs: number;
    readonly renew: (lock: Lock, leaseMs: number) => Promise<void>;
  }) {
    this.#clock = setup.clock;
    this.#leaseMs = setup.leaseMs;
    this.#renew = setup.renew;
  }

  /** How many items are held. */
  get size(): number {
    return this.#size;
  }

  /** How many of them are worked on. */
  get running(): number {
    return this.#running;
  }

  /** The items that are held. */
  get items(): readonly Item[] {
    return [...this.#leases.items()].map(({ item }) => item);
  }

  hold(item: Item): Lease<Item> {
    if (this.#wake === undefined) {
      this.#wake = new AbortController();
      void this.#keep(this.#wake.signal);
    }
    // Not the last round: a worker that stood still is late with its rounds, and would take a new lease for a lost one.
    const lease = new Lease(item, this.#clock.monotonic());
    this.#leases.add(lease);
    this.#size += 1;
    this.#running += 1;
    return lease;
  }

  /** To be called when the work is done; the lease is kept until it is released. */
  ended(lease: Lease<Item>): void {
    lease.hasEnded = true;
    this.#running -= 1;
  }

  /** To be called once for each lease that was held. */
  release(lease: Lease<Item>): void {
    this.#leases.remove(lease);
    this.#size -= 1;
    if (!lease.hasEnded) this.#running -= 1;
  }

  /** Aborts the work under every held lease. */
  abortAll(reason: Error): void {
    for (const lease of this.#leases.items()) lease.abort(reason);
  }

  /** Stops the timer when nothing is held, so that a process may end. */
  rest(): void {
    if (this.#size === 0) this.stop();
  }

  /** Stops the timer; held leases then end by expiry. */
  stop(): void {
    this.#wake?.abort("nothing is held");
    this.#wake = undefined;
  }

  async #keep(signal: AbortSignal): Promise<void> {
    do {
      this.#roundAt = this.#clock.monotonic();
      // Not awaited: a renewal that hangs must not let the other leases expire.
      for (const lease of this.#leases.items()) void this.#prolong(lease);
      await this.#clock.sleep(this.#leaseMs / 3, signal);
    } while (!signal.aborted && this.#size > 0);
    if (this.#wake?.signal === signal) this.#wake = undefined;
  }

  async #prolong(lease: Lease<Item>): Promise<void> {
    if (lease.abortReason !== undefined) return;
    const now = this.#roundAt;
    if (now - lease.renewedAt >= this.#leaseMs) {
      lease.abort(new LeaseLostError("The lease could not be renewed in time."));
      return;
    }
    if (lease.isRenewing) return;
    lease.isRenewing = true;
    try {
      await this.#renew(lease.item.lock, this.#leaseMs);
      lease.renewedAt = now;
    } catch (error) {
      // Anything else may pass: the next round tries again while there is time.
      if (error instanceof LeaseLostError) lease.abort(error);
    } finally {
      lease.isRenewing = false;
    }
  }
}
