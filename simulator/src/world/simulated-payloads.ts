/**
 * Where a simulated hub keeps its large payloads: one store, and a port to it for each actor.
 *
 * Invariant: every call is an operation of the actor that makes it, and may meet a fault. A payload that is not there is
 * noticed whoever looks for it.
 */
import type { PayloadStore } from "dacapo/backend";
import { MemoryPayloads } from "dacapo/memory";
import { carryOutPayloadCall } from "../faults/payload-faults.ts";
import type { Actor } from "./actor.ts";
import { Resolver } from "./readable.ts";
import type { World } from "./world.ts";

/** Of a client's calls, no more fail. */
const CLIENT_FAILURES_MAX = 1;

export class SimulatedPayloads {
  readonly kept = new MemoryPayloads();
  /** The keys of payloads that something refers to and that are not there. */
  readonly lost = new Set<string>();

  readonly #resolver = new Resolver((key) => {
    const text = this.kept.get(key);
    if (text === undefined) this.lost.add(key);
    return text;
  });

  /** The value with payloads for references. */
  plain<T>(value: T): T {
    return this.#resolver.resolved(value);
  }

  /** The port of an actor. */
  for(world: World, actor: Actor): PayloadStore {
    let failures = 0;
    const call = <T>(name: string, changes: boolean, about: unknown, apply: () => T): Promise<T> =>
      world.scheduler.perform(actor, name, () => {
        world.trace?.add(world.step, name, about);
        // A client whose call fails too often gives up, and the hub has failed it often enough.
        const isSpared = actor.kind === "client" && failures >= CLIENT_FAILURES_MAX;
        try {
          return isSpared ? apply() : carryOutPayloadCall(world, actor, { name, changes, apply });
        } catch (error) {
          failures += 1;
          throw error;
        }
      });
    return {
      put: (key, text) => call("putPayload", true, [key, text], () => this.kept.put(key, text, world.now)),
      get: (keys) =>
        call("getPayloads", false, keys, () => {
          const found = new Map<string, string>();
          for (const key of keys) {
            const text = this.kept.get(key);
            if (text !== undefined) found.set(key, text);
          }
          return found;
        }),
      list: (page) => call("listPayloads", false, page, () => this.kept.list(page, world.now)),
      delete: (keys) => call("deletePayloads", true, keys, () => this.kept.delete(keys)),
    };
  }
}
