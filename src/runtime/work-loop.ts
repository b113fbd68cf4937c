/**
 * The generic worker loop: fetch work items, process them, complete or abandon each.
 *
 * One loop serves orchestrations, one activities; what differs is the processor. Invariant: an item ends in
 * exactly one way (completed, abandoned, or its lease lost); an error of one item never stops the others; only
 * an `InvariantError` stops the loop.
 */
import { HubClosedError, InvariantError, LeaseLostError, StorageError } from "../core/errors.ts";
import type { Backend, FetchOptions, Lock, WorkKind } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Settler } from "../ports/settler.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Lease } from "./lease-keeper.ts";
import { LeaseKeeper } from "./lease-keeper.ts";

/** What a kind of work looks like to the loop. */
export interface WorkProcessor<Item extends WorkItem, Outcome> {
  readonly kind: WorkKind;
  fetch(options: FetchOptions): Promise<readonly Item[]>;
  /** Does the work; durable state does not change. Throws when the item has to be abandoned. */
  process(item: Item, lease: Lease): Outcome | Promise<Outcome>;
  /** Makes the outcome durable. May be called again with the same outcome when the store gave no answer. */
  complete(outcome: Outcome): Promise<void>;
  /** Called once the outcome is clearly durable. */
  completed(outcome: Outcome): void;
  /** Gives an item back. `reason` is what kept it from being done. */
  abandon(item: Item, delayMs: number, reason: unknown): Promise<void>;
  renew(lock: Lock, leaseMs: number): Promise<void>;
}

export interface WorkItem {
  readonly lock: Lock;
  readonly deliveryCount: number;
}

export interface WorkLoopSetup {
  readonly backend: Pick<Backend, "waitForWork" | "fetchSize">;
  readonly clock: Clock;
  readonly settler: Settler;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly workerId: string;
  /** At most this many items are worked on at a time; as many more may be on their way to the store. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Told of an engine bug, after which the loop stops. */
  readonly onFatal: (error: InvariantError) => void;
}

/** How often a completion without an answer is tried again, under the same request id. */
const COMPLETE_ATTEMPTS = 3;

/**
 * Unless the backend knows better, the loop takes at most this many items at a time, and more while those run. Small bites leave work to other
 * workers, and what is begun together stays small enough to be done with while it is young: measured over the
 * in-memory backend, 16 is a sixth faster than 100.
 */
const BITE = 16;

/** After this many items the loop lets the app's timers and sockets have their turn; some hundred microseconds. */
const YIELD_AFTER = 64;

/** The first wait after a failure of the store or of an item; doubled from there, up to the longest. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_LONGEST_MS = 30_000;

export class WorkLoop<Item extends WorkItem, Outcome> {
  readonly #processor: WorkProcessor<Item, Outcome>;
  readonly #setup: WorkLoopSetup;
  /** What runs, or is on its way to the store. */
  readonly #leases: LeaseKeeper<Item>;
  /** Those who wait until something has ended. */
  #onEnd: (() => void)[] = [];
  /** Wakes the loop when it waits for room, and there is some. */
  #onRoom: (() => void) | undefined = undefined;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined = undefined;

  constructor(processor: WorkProcessor<Item, Outcome>, setup: WorkLoopSetup) {
    this.#processor = processor;
    this.#setup = setup;
    this.#leases = new LeaseKeeper({
      clock: setup.clock,
      leaseMs: setup.leaseMs,
      renew: (lock, leaseMs) => processor.renew(lock, leaseMs),
    });
  }

  /** Works until stopped. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Fetches no more, and waits for what is running. */
  async drain(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#untilNothingIsHeld();
    this.#leases.rest();
  }

  /** Gives back everything that still runs, and forgets it; its late results are refused by the store. */
  async giveBackAll(): Promise<void> {
    for (const item of this.#leases.items) await this.#giveUp(item, new HubClosedError("The worker stopped."));
    this.#leases.stop();
  }

  /** Aborts what is running: activities see it on their signal. */
  abort(reason: Error): void {
    this.#leases.abortAll(reason);
  }

  /** Fetches at most `maxItems` items and sees them through. @returns how many there were. */
  async processNext(maxItems = 1): Promise<number> {
    // Stopped, or broken: a loop that met an engine bug must not meet it again until the item counts as poison.
    if (this.#stop.signal.aborted) return 0;
    const items = await this.#processor.fetch(this.#order(maxItems));
    await Promise.all(items.map((item) => this.#handle(item)));
    return items.length;
  }

  /** Stops the renewal timer while nothing runs. */
  rest(): void {
    this.#leases.rest();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { settler, backend, clock } = this.#setup;
    let failures = 0;
    let sinceYield = 0;
    while (!signal.aborted) {
      await this.#untilThereIsRoom();
      if (signal.aborted) return;
      try {
        const order = this.#order(backend.fetchSize ?? BITE);
        const items = await this.#processor.fetch(order);
        for (const item of items) void this.#handle(item);
        sinceYield += items.length;
        if (items.length === 0) await backend.waitForWork(this.#processor.kind, signal, order);
        if (sinceYield >= YIELD_AFTER) {
          // A busy loop of promises alone would starve the app's timers and sockets.
          sinceYield = 0;
          await settler.yield();
        }
        failures = 0;
      } catch (error) {
        this.#report(error, "Work could not be fetched.");
        await clock.sleep(backoffMs(failures++), signal);
      }
    }
  }

  /** A fetch that has to wait for others is carried out for as much as there is room for by then, which is never less. */
  #order(atMost: number): FetchOptions {
    const { workerId, leaseMs } = this.#setup;
    const room = (): number => Math.min(this.#room, atMost);
    return {
      workerId,
      leaseMs,
      get maxItems() {
        return room();
      },
    };
  }

  /**
   * How many more items may be fetched. When all that ran has ended, and its outcomes are on their way to the store, the next is
   * fetched in the transaction that completes them. While something runs, what has ended keeps its place until it is durable:
   * what is begun together ends together, and a place that is filled at once would part it more and more.
   */
  get #room(): number {
    const { concurrency } = this.#setup;
    const { size, running } = this.#leases;
    return running === 0 ? Math.min(concurrency, 2 * concurrency - size) : concurrency - size;
  }

  async #untilThereIsRoom(): Promise<void> {
    if (this.#room > 0) return;
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
    // Whatever ends together is replaced together.
    await this.#setup.settler.settle();
  }

  #tellRoom(): void {
    if (this.#onRoom === undefined || this.#room <= 0) return;
    this.#onRoom();
    this.#onRoom = undefined;
  }

  async #untilNothingIsHeld(): Promise<void> {
    while (this.#leases.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnd.push(resolve);
      });
    }
  }

  /** Never rejects. */
  async #handle(item: Item): Promise<void> {
    const lease = this.#leases.hold(item);
    try {
      const processed = this.#processor.process(item, lease);
      const outcome = processed instanceof Promise ? await processed : processed;
      this.#leases.ended(lease);
      this.#tellRoom();
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#processor.complete(outcome);
          break;
        } catch (error) {
          if (!(error instanceof StorageError) || attempt === COMPLETE_ATTEMPTS) throw error;
          await this.#setup.clock.sleep(backoffMs(attempt - 1));
        }
      }
      this.#processor.completed(outcome);
    } catch (error) {
      await this.#giveUp(item, error);
    } finally {
      this.#leases.release(lease);
      this.#tellEnd();
    }
  }

  #tellEnd(): void {
    this.#tellRoom();
    if (this.#onEnd.length === 0) return;
    const waiting = this.#onEnd;
    this.#onEnd = [];
    for (const resolve of waiting) resolve();
  }

  async #giveUp(item: Item, error: unknown): Promise<void> {
    const { kind } = this.#processor;
    if (error instanceof LeaseLostError) {
      this.#setup.telemetry.count("leases.lost", 1, { kind });
      return;
    }
    const reason = error instanceof Error ? error.name : "unknown";
    this.#setup.telemetry.count("items.abandoned", 1, { kind, reason });
    this.#report(error, "A work item was abandoned.", { key: item.lock.key, deliveryCount: item.deliveryCount });
    try {
      await this.#processor.abandon(item, this.#stop.signal.aborted ? 0 : backoffMs(item.deliveryCount - 1), error);
    } catch (abandonError) {
      // The lock then ends by expiry.
      this.#report(abandonError, "A work item could not be given back.", { key: item.lock.key });
    }
  }

  #report(error: unknown, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#setup.logger.warn({ ...fields, kind: this.#processor.kind, error }, message);
    if (!(error instanceof InvariantError)) return;
    this.#stop.abort();
    this.#setup.onFatal(error);
  }
}

function backoffMs(failures: number): number {
  return Math.min(BACKOFF_FIRST_MS * 2 ** failures, BACKOFF_LONGEST_MS);
}
