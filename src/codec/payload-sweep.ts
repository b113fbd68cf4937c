/**
 * Finds payloads that nothing refers to any more, and removes them: mark and sweep, in two looks.
 *
 * Invariant: a payload is removed only where nothing in the hub refers to it at two times that lie the grace period apart, and
 * it was older than that at the first. Payloads are put before the call that refers to them, and that call comes sooner than
 * the grace period; and a consumed message, which a backend may deliver once more within the redelivery horizon, finds its
 * payload. What the looks have found is kept in the payload store, so any process goes on from any other's. A look reads all
 * of the hub. Used by off-loading.
 */
import { InvalidArgumentError } from "../core/errors.ts";
import type { Backend, SweepOrder, SweepReport } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import { inPart } from "./payload-places.ts";
import { keyIn } from "./references.ts";

export interface SweepSetup {
  readonly backend: Backend;
  readonly store: PayloadStore;
  readonly clock: Clock;
  /** How often a routine sweep looks; `undefined` for never. */
  readonly everyMs: number | undefined;
}

/** What the last look left, as it is kept under `STATE_KEY`. */
interface SweepState {
  /** The hub's time of the look, in milliseconds since the epoch. */
  readonly at: number;
  /** What nothing refers to, by key: since when that is known. */
  readonly unused: Readonly<Record<string, number>>;
}

const STATE_KEY = "dacapo-sweep";
const NO_STATE: SweepState = { at: -Infinity, unused: {} };

/** The least grace period: many times as long as a call takes after its payloads were put. */
const GRACE_MIN_MS = 30 * 60_000;

/** So many keys are listed, or removed, at a time. */
const PAGE = 1_000;
const BATCH = 100;
/** No more than this is remembered between two looks; the rest is found again. */
const UNUSED_MAX = 10_000;

export class PayloadSweep {
  readonly #setup: SweepSetup;

  constructor(setup: SweepSetup) {
    this.#setup = setup;
  }

  /** @throws InvalidArgumentError when the backend cannot show what it refers to, unless it is routine. */
  async run({ graceMs: horizonMs, isRoutine, signal }: SweepOrder): Promise<SweepReport> {
    const { backend, store, everyMs = Infinity } = this.#setup;
    const graceMs = Math.max(horizonMs, GRACE_MIN_MS);
    const began = await this.#now();
    const last = stateIn((await store.get([STATE_KEY])).get(STATE_KEY));
    const unused = Object.keys(last.unused).length;
    if (isRoutine === true && (began - last.at < everyMs || backend.snapshot === undefined))
      return { deleted: 0, unused };
    const { used, tookMs } = await this.#mark(signal);
    const found: Record<string, number> = {};
    const dead: string[] = [];
    let candidates = 0;
    const now = await this.#now();
    for await (const { key, ageMs } of this.#listed(signal)) {
      if (used.has(key)) continue;
      const since = last.unused[key];
      if (since !== undefined && began - since >= graceMs) dead.push(key);
      else if (since !== undefined) found[key] = since;
      else if (ageMs - tookMs() >= graceMs && ++candidates <= UNUSED_MAX) found[key] = now;
    }
    if (signal?.aborted === true) return { deleted: 0, unused };
    for (let i = 0; i < dead.length; i += BATCH) await store.delete(dead.slice(i, i + BATCH));
    await store.put(STATE_KEY, JSON.stringify({ at: now, unused: found } satisfies SweepState));
    return { deleted: dead.length, unused: Object.keys(found).length };
  }

  /** The keys that the hub refers to, and how long ago it was asked for them. */
  async #mark(
    signal: AbortSignal | undefined,
  ): Promise<{ readonly used: ReadonlySet<string>; readonly tookMs: () => number }> {
    const { backend, clock } = this.#setup;
    if (backend.snapshot === undefined) {
      throw new InvalidArgumentError("The backend cannot show which payloads it refers to: it has no snapshot().", {
        hint: "Leave its payloads where they are, or let the backend have the optional snapshot().",
      });
    }
    const began = clock.monotonic();
    const used = new Set<string>();
    const collect = (text: string): string => {
      const key = keyIn(text);
      if (key !== undefined) used.add(key);
      return text;
    };
    for await (const part of backend.snapshot()) {
      if (signal?.aborted === true) break;
      inPart(part, { payload: collect, failure: collect });
    }
    return { used, tookMs: () => clock.monotonic() - began };
  }

  async *#listed(
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ readonly key: string; readonly ageMs: number }, void, undefined> {
    let after: string | undefined;
    while (signal?.aborted !== true) {
      const page = await this.#setup.store.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      const last = page.at(-1);
      if (last === undefined) return;
      for (const stored of page) if (stored.key !== STATE_KEY) yield stored;
      after = last.key;
    }
  }

  async #now(): Promise<number> {
    const { backend, clock } = this.#setup;
    return (await backend.now?.()) ?? clock.now();
  }
}

/** What is not ours, or of another version, is as nothing: the next look finds it all again. */
function stateIn(text: string | undefined): SweepState {
  if (text === undefined) return NO_STATE;
  try {
    const { at, unused } = JSON.parse(text) as Partial<Record<keyof SweepState, unknown>>;
    if (typeof at === "number" && typeof unused === "object" && unused !== null) {
      return { at, unused: unused as SweepState["unused"] };
    }
  } catch {
    // Said above.
  }
  return NO_STATE;
}
