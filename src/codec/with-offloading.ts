/**
 * A backend whose large payloads are kept in a store of their own, with references to them in its rows.
 *
 * Invariant: a payload is durable before the call that refers to it reaches the backend, under a key that no other call ever
 * uses: a worker that has lost its lease puts payloads that nothing will refer to, and overwrites none. What the backend
 * refers to is there; see `payload-sweep.ts` for what becomes of the rest.
 */
import { InvalidArgumentError, PayloadMissingError, StorageError } from "../core/errors.ts";
import { durationToMs, type Duration } from "../core/duration.ts";
import type { BackendFactory, BackendPorts } from "../ports/backend-factory.ts";
import type { AbandonRequest, Backend, Lock, SweepOrder, SweepReport } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import { checkedStore } from "./checked-store.ts";
import { HeldReferences } from "./held-references.ts";
import type { Places } from "./payload-places.ts";
import { PayloadSweep } from "./payload-sweep.ts";
import { fromInlined, inlined, keyIn, referenceTo } from "./references.ts";
import { TranslatingBackend } from "./translating-backend.ts";

export interface OffloadingOptions {
  /** Payloads of more UTF-16 code units than this are off-loaded: 65,536 unless given. */
  readonly threshold?: number;
  /** Where they are kept: beside the hub unless given, which memory, SQLite and PostgreSQL can do. */
  readonly store?: PayloadStore;
  /**
   * How often a hub that is started looks for payloads that nothing refers to any more, whichever of its processes does:
   * every six hours unless given. `false` leaves that to `purgeUnusedPayloads()`.
   */
  readonly sweepEvery?: Duration | false;
}

const THRESHOLD_DEFAULT = 65_536;
const SWEEP_EVERY_DEFAULT: Duration = { hours: 6 };

/**
 * What was put and is not referred to yet is safe from a sweep for longer than this, in milliseconds. A call that comes later
 * puts its payloads anew.
 */
const FRESH_MS = 10 * 60_000;
/** A store that takes longer than that for the payloads of one call is given up after so many tries. */
const TRIES = 3;

/**
 * Keeps payloads above a threshold out of the rows of a backend, in a store of their own. All processes of the hub need it, as
 * long as there are payloads that it put aside. A codec goes around it, so that what is off-loaded is encoded.
 *
 * @throws InvalidArgumentError when an option cannot be used; when the hub is opened, if there is no store for payloads.
 * @example
 * const hub = await TaskHub.open({ backend: withOffloading(sqlite("app.db"), { threshold: 100_000 }) });
 */
export function withOffloading(backend: Backend | BackendFactory, options: OffloadingOptions = {}): BackendFactory {
  const checked = check(backend, options);
  return (ports) => new OffloadingBackend(typeof backend === "function" ? backend(ports) : backend, checked, ports);
}

interface CheckedOptions {
  readonly threshold: number;
  readonly store: PayloadStore | undefined;
  readonly sweepEveryMs: number | undefined;
}

const METHODS = ["put", "get", "list", "delete"] as const;

function check(backend: unknown, options: unknown): CheckedOptions {
  const isBackend =
    typeof backend === "function" || (typeof backend === "object" && backend !== null && "backlog" in backend);
  if (!isBackend || typeof options !== "object" || options === null) {
    throw new InvalidArgumentError("withOffloading() was given no backend and options.", {
      hint: 'Write withOffloading(sqlite("app.db"), { threshold: 100_000 }).',
    });
  }
  const { threshold = THRESHOLD_DEFAULT, store, sweepEvery = SWEEP_EVERY_DEFAULT } = options as OffloadingOptions;
  if (threshold !== Infinity && (!Number.isSafeInteger(threshold) || threshold < 0)) {
    throw new InvalidArgumentError(`withOffloading() was given threshold: ${String(threshold)}.`, {
      hint: "It is a whole number of UTF-16 code units.",
    });
  }
  const missing = store === undefined ? undefined : METHODS.find((name) => typeof methodOf(store, name) !== "function");
  if (missing !== undefined) {
    throw new InvalidArgumentError(`withOffloading() was given a store without ${missing}().`, {
      hint: "A PayloadStore has put(), get(), list() and delete().",
    });
  }
  return {
    threshold,
    store,
    sweepEveryMs: sweepEvery === false ? undefined : durationToMs(sweepEvery, "option sweepEvery"),
  };
}

function methodOf(store: unknown, name: (typeof METHODS)[number]): unknown {
  return (store as Partial<Record<typeof name, unknown>> | null)?.[name];
}

class OffloadingBackend extends TranslatingBackend {
  readonly sweepEveryMs?: number;
  readonly #threshold: number;
  readonly #store: PayloadStore;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #held: HeldReferences;
  readonly #sweep: PayloadSweep;

  constructor(
    inner: Backend,
    { threshold, store = inner.payloads, sweepEveryMs }: CheckedOptions,
    ports: BackendPorts,
  ) {
    super(inner);
    const { clock, ids } = ports;
    if (store === undefined) {
      throw new InvalidArgumentError("withOffloading() has no store for payloads: its backend has none of its own.", {
        hint: "Give it one: { store }. A codec goes around it: withCodec(withOffloading(sqlite(file)), codec).",
      });
    }
    if (ids === undefined) {
      throw new InvalidArgumentError("withOffloading() was lent no ids to name payloads by.", {
        hint: "Whoever opens the backend passes { clock, ids }, as a task hub does.",
      });
    }
    if (sweepEveryMs !== undefined) this.sweepEveryMs = sweepEveryMs;
    this.#threshold = threshold;
    this.#store = checkedStore(store);
    this.#clock = clock;
    this.#ids = ids;
    this.#held = new HeldReferences(clock);
    this.#sweep = new PayloadSweep({ backend: inner, store: this.#store, clock, everyMs: sweepEveryMs });
  }

  sweepPayloads(order: SweepOrder): Promise<SweepReport> {
    return this.#sweep.run(order);
  }

  override async abandonOrchestration(request: AbandonRequest): Promise<void> {
    this.#held.forget(request.lock);
    await super.abandonOrchestration(request);
  }

  protected override async read<T>(stored: T, places: Places<T>, lock?: Lock): Promise<T> {
    const keys = new Set<string>();
    const collect = (text: string): string => {
      const key = keyIn(text);
      if (key !== undefined) keys.add(key);
      return text;
    };
    places(stored, { payload: collect, failure: collect });
    const texts = keys.size === 0 ? NOTHING : await this.#store.get([...keys]);
    const readText = (text: string): string => {
      const key = keyIn(text);
      if (key === undefined) return fromInlined(text);
      const payload = texts.get(key);
      if (typeof payload !== "string") throw new PayloadMissingError(key);
      if (lock !== undefined) this.#held.add(lock, payload, text);
      return payload;
    };
    return places(stored, { payload: readText, failure: readText });
  }

  protected override async sent<T, R>(
    value: T,
    places: Places<T>,
    send: (stored: T) => Promise<R>,
    lock?: Lock,
  ): Promise<R> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const began = this.#times();
      const stored = await this.#offloaded(value, places, lock);
      if (!this.#isFresh(began)) continue;
      const answer = await send(stored);
      // One that failed may be made again, under the same lock.
      if (lock !== undefined) this.#held.forget(lock);
      return answer;
    }
    throw new StorageError("The payload store took too long to keep the payloads of one call.", {
      hint: "Nothing was changed. See what the payload store is busy with.",
    });
  }

  /** The value with references in place of its large texts, which are in the store by now. */
  async #offloaded<T>(value: T, places: Places<T>, lock: Lock | undefined): Promise<T> {
    const nonce = this.#ids.newId();
    const references = new Map<string, string>();
    const puts: Promise<void>[] = [];
    const write = (text: string): string => {
      if (text.length <= this.#threshold) return inlined(text);
      const known = references.get(text) ?? (lock === undefined ? undefined : this.#held.find(lock, text));
      if (known !== undefined) return known;
      const key = `${nonce}-${references.size}`;
      const reference = referenceTo(key);
      references.set(text, reference);
      puts.push(this.#store.put(key, text));
      return reference;
    };
    const stored = places(value, { payload: write, failure: write });
    await Promise.all(puts);
    return stored;
  }

  /** What any clock says: a machine that slept may not count that as time, and a clock may be set. */
  #times(): readonly number[] {
    return [this.#clock.now(), this.#clock.monotonic()];
  }

  #isFresh(began: readonly number[]): boolean {
    return this.#times().every((time, i) => time - (began[i] ?? 0) < FRESH_MS);
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map();
