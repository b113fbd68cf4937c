/**
 * What O9 and O12 say of payloads that are kept beside the hub: what something refers to is there, and at rest, after two
 * looks, nothing else is.
 *
 * Invariant: what is referred to is found by reading everything, with no code of the engine's. The engine's own sweep runs
 * once more at the end of a run, on its own, when nothing disturbs it.
 */
import type { Backend } from "dacapo/backend";
import { withOffloading } from "dacapo/codec";
import { referencesIn } from "../world/readable.ts";
import type { World } from "../world/world.ts";
import type { Violation } from "./oracle.ts";

/** Payloads that were looked for in vain, after a look at what has changed. */
export function lostPayloads({ payloads, readable, changes }: World): readonly Violation[] {
  if (payloads === undefined) return NOTHING;
  for (const instanceId of changes.instances) {
    readable.instance(instanceId);
    readable.queue(instanceId);
  }
  return [...payloads.lost].map((key) => ({
    oracle: "O9",
    message: `the hub refers to the payload ${key}, and it is not in the payload store`,
  }));
}

const NOTHING: readonly Violation[] = [];

/** As long as the grace period, in milliseconds, and a moment more. */
const GRACE_MS = 30 * 60_000 + 1;
const LOOKS = 3;

/** Sweeps in peace, and says what is left too much or too little. */
export async function sweptPayloads({ store, now, payloads }: World): Promise<readonly Violation[]> {
  if (payloads === undefined) return [];
  let time = now;
  const clock = { now: () => time, monotonic: () => time, sleep: () => Promise.resolve() };
  const parts = [...store.snapshot(now)];
  const atRest = {
    snapshot: async function* () {
      await Promise.resolve();
      yield* parts;
    },
  };
  const ids = { newId: () => "nobody-puts-anything" };
  const backend = { ...atRest, backlog: () => undefined } as unknown as Backend;
  const hub = withOffloading(backend, { threshold: 0, store: payloads.kept.on(clock) })({ clock, ids });
  for (let look = 0; look < LOOKS; look++) {
    await hub.sweepPayloads?.({ graceMs: 0 });
    time += GRACE_MS;
  }
  const wanted = referencesIn(parts);
  const left = payloads.kept.keys().filter((key) => key !== "dacapo-sweep");
  const unused = left.filter((key) => !wanted.has(key));
  const lost = [...wanted].filter((key) => !left.includes(key));
  return [
    ...unused.map((key): Violation => ({
      oracle: "O12",
      message: `nothing more can happen, and the payload ${key}, which nothing refers to, stays whoever looks`,
    })),
    ...lost.map((key): Violation => ({
      oracle: "O9",
      message: `the hub refers to the payload ${key}, and the sweep has removed it`,
    })),
  ];
}
