/**
 * Who has taken up which work, and what became of it: part of O11.
 *
 * Invariant: a worker that takes work up, and to which nothing happens, finishes it, gives it back, or keeps its lease
 * alive. A lease that simply runs out is work that was dropped: it is done again later, after a wait, in vain.
 */
import type { ActivityWorkItem, OrchestrationWorkItem } from "dacapo/backend";
import type { PortCall } from "../world/port-calls.ts";

/** Work that was dropped. */
export interface Dropped {
  readonly instanceId: string;
  /** The activity's name; undefined where it was a turn of the instance itself. */
  readonly activity: string | undefined;
  readonly worker: string;
}

interface Hold {
  readonly worker: string;
  readonly token: number;
  /** When the lease ends, in milliseconds since the epoch. */
  until: number;
  /** Something happened to the holder, or to its work, that explains why nothing more comes of it. */
  isExcused: boolean;
}

export class Custody {
  readonly #holds = new Map<string, Hold>();
  /** Keys of work that a fault hit just before it was handed out. */
  readonly #disturbed = new Set<string>();

  /** Takes note of a call; says what was dropped when the call shows it. */
  take(call: PortCall): Dropped | undefined {
    switch (call.type) {
      case "fetch":
        return this.#fetch(call);
      case "renew":
        this.#renew(call);
        return undefined;
      case "turn":
      case "answer":
        this.#end(call.commit.lock);
        return undefined;
      case "abandon":
        this.#end(call.lock);
        return undefined;
      case "purge":
      case "create":
        this.#holds.delete(call.request.instanceId);
        return undefined;
      case "disturbance":
        this.#disturb(call);
        return undefined;
      default:
        return undefined;
    }
  }

  #fetch({ item, options, now }: Extract<PortCall, { readonly type: "fetch" }>): Dropped | undefined {
    const { key, token } = item.lock;
    const former = this.#holds.get(key);
    const isExcused = this.#disturbed.delete(key);
    this.#holds.set(key, { worker: options.workerId, token, until: now + options.leaseMs, isExcused });
    if (former === undefined || former.isExcused || now < former.until) return undefined;
    return { ...namesOf(item), worker: former.worker };
  }

  #renew({ lock, until, refusedWith }: Extract<PortCall, { readonly type: "renew" }>): void {
    const hold = this.#holds.get(lock.key);
    if (hold?.token !== lock.token) return;
    if (refusedWith === undefined) hold.until = until;
    else this.#holds.delete(lock.key);
  }

  #end({ key, token }: { readonly key: string; readonly token: number }): void {
    if (this.#holds.get(key)?.token === token) this.#holds.delete(key);
  }

  #disturb({ workers, keys }: Extract<PortCall, { readonly type: "disturbance" }>): void {
    for (const key of keys) {
      this.#disturbed.add(key);
      const hold = this.#holds.get(key);
      if (hold !== undefined) hold.isExcused = true;
    }
    for (const hold of this.#holds.values()) {
      if (workers === "all" || workers.includes(hold.worker)) hold.isExcused = true;
    }
  }
}

function namesOf(item: OrchestrationWorkItem | ActivityWorkItem): Omit<Dropped, "worker"> {
  if ("work" in item) return { instanceId: item.work.instanceId, activity: item.work.name };
  return { instanceId: item.lock.key, activity: undefined };
}
