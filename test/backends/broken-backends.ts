/**
 * Backends that break the contract, each in one way that a real one could: to prove that the suite notices.
 */
import { InstanceNotFoundError, InstanceTerminalError } from "../../src/core/errors.ts";
import { isTerminal } from "../../src/core/status.ts";
import { MemoryStore, memory } from "../../src/backends/memory/index.ts";
import type { Guarantee } from "../../src/testing/index.ts";
import type { Backend, InstanceRecord } from "../../src/ports/backend.ts";
import type { BackendFactory } from "../../src/ports/backend-factory.ts";
import type { Clock } from "../../src/ports/clock.ts";

export interface BrokenBackend {
  /** What it does wrong. */
  readonly flaw: string;
  /** A guarantee whose laws must notice. */
  readonly breaks: Guarantee;
  readonly create: () => BackendFactory;
}

interface Parts {
  readonly good: Backend;
  readonly store: MemoryStore;
  readonly clock: Clock;
}

/** A memory backend with some of its methods replaced; `keepHistory` is the store's. */
export function altered(alter: (parts: Parts) => Partial<Backend>, keepHistory = false): () => BackendFactory {
  return () => {
    const store = new MemoryStore({ keepHistory });
    const factory = memory({ store });
    return ({ clock }) => {
      const good = factory({ clock });
      const bound: Record<string, unknown> = {};
      for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(good))) {
        const method = (good as unknown as Record<string, unknown>)[name];
        if (name !== "constructor" && typeof method === "function") bound[name] = method.bind(good) as unknown;
      }
      return { ...(bound as unknown as Backend), ...alter({ good, store, clock }) };
    };
  };
}

/** A backend that is sound but for what is altered. */
export function broken(flaw: string, breaks: Guarantee, alter: (parts: Parts) => Partial<Backend>): BrokenBackend {
  return { flaw, breaks, create: altered(alter) };
}

/** Out of reach for good: as if the message were lost. */
const NEVER = Number.MAX_SAFE_INTEGER;

const fencing: readonly BrokenBackend[] = [
  broken("commits a turn under whatever lock there is", "G2", ({ good, store }) => ({
    completeOrchestration: (commit) => {
      const token = store.instance(commit.lock.key)?.lock?.token ?? commit.lock.token;
      return good.completeOrchestration({ ...commit, lock: { ...commit.lock, token } });
    },
  })),
  broken("takes an expired lock for valid until another worker has it", "G2", ({ good, store, clock }) => ({
    completeOrchestration: async (commit) => {
      const lock = store.instance(commit.lock.key)?.lock;
      if (lock?.token !== commit.lock.token || lock.expiresAt > clock.now()) return good.completeOrchestration(commit);
      const [item] = store.fetchOrchestrations({ workerId: "w", maxItems: 1, leaseMs: 1 }, clock.now());
      await good.completeOrchestration(item === undefined ? commit : { ...commit, lock: item.lock });
    },
  })),
  broken("schedules activities before it looks at the lock", "G2", ({ good, store, clock }) => ({
    completeOrchestration: async (commit) => {
      const lock = store.instance(commit.lock.key)?.lock;
      if (lock === undefined || lock.token === commit.lock.token) return good.completeOrchestration(commit);
      const current = { key: commit.lock.key, token: lock.token };
      const plan = store.planCompleteOrchestration({ ...commit, lock: current }, clock.now());
      for (const step of plan) if (step.name === "activities") step.apply();
      await good.completeOrchestration(commit);
    },
  })),
  broken("reads a history under any lock", "G2", ({ good }) => ({ readHistory: ({ key }) => good.getHistory(key) })),
  broken("says that a stale lock was renewed", "G2", ({ good }) => ({
    renewOrchestration: (lock, leaseMs) => good.renewOrchestration(lock, leaseMs).catch(() => undefined),
  })),
  broken("gives back a lock that another worker holds", "G2", ({ good, store }) => ({
    abandonOrchestration: (request) => {
      const token = store.instance(request.lock.key)?.lock?.token ?? request.lock.token;
      return good.abandonOrchestration({ ...request, lock: { ...request.lock, token } });
    },
  })),
];

const turns: readonly BrokenBackend[] = [
  broken("loses one of a turn's messages", "G4", ({ good }) => ({
    completeOrchestration: (commit) => good.completeOrchestration({ ...commit, messages: commit.messages.slice(1) }),
  })),
  broken("loses the events that a new execution carries", "G3", ({ good }) => ({
    completeOrchestration: ({ next, ...commit }) =>
      good.completeOrchestration(next === undefined ? commit : { ...commit, next: { ...next, carriedEvents: [] } }),
  })),
  broken("leaves the timers of an execution that ended", "G3", ({ good, store }) => ({
    completeOrchestration: async (commit) => {
      const timers = store.queue(commit.lock.key).filter((entry) => entry.message.body.type === "TimerFired");
      await good.completeOrchestration(commit);
      if (commit.next !== undefined) for (const timer of timers) store.redeliver(commit.lock.key, timer.message);
    },
  })),
  broken("keeps a custom status that a turn cleared", "G3", ({ good, store }) => ({
    completeOrchestration: (commit) => {
      const customStatus = store.getInstance(commit.lock.key)?.customStatus;
      const status = customStatus === undefined ? commit.status : { customStatus, ...commit.status };
      return good.completeOrchestration({ ...commit, status });
    },
  })),
  broken("leaves the parent of a replaced instance waiting", "G3", ({ store, clock }) => ({
    createInstance: async (request) => {
      const steps = store.planCreateInstance(request, clock.now());
      const parent = store.instance(request.instanceId)?.start.event.parent?.instanceId;
      for (const step of steps) step.apply();
      for (const { message } of parent === undefined ? [] : store.queue(parent)) {
        if (message.body.type === "SubOrchestrationInstanceFailed") store.delay(parent ?? "", message.messageId, NEVER);
      }
    },
  })),
  broken("replaces an entity by an orchestration", "G3", ({ good, store }) => ({
    createInstance: (request) =>
      good.createInstance(request).catch((error: unknown) => {
        if (store.getInstance(request.instanceId)?.kind !== "entity") throw error;
      }),
  })),
  broken("purges whatever life has the id", "G3", ({ good }) => ({
    purgeInstance: ({ ifIncarnation: _, ...request }) => good.purgeInstance(request),
  })),
  broken("removes messages of other instances when it purges one", "G3", ({ good, store }) => ({
    purgeInstance: async (request) => {
      const isPurged = await good.purgeInstance(request);
      for (const { record } of store.instances()) {
        for (const { message } of store.queue(record.instanceId)) {
          store.delay(record.instanceId, message.messageId, NEVER);
        }
      }
      return isPurged;
    },
  })),
];

const queues: readonly BrokenBackend[] = [
  broken("loses a message that arrives during a turn", "G5", ({ good, store }) => ({
    completeOrchestration: async (commit) => {
      const waiting = store.queue(commit.lock.key).map((entry) => entry.message.messageId);
      await good.completeOrchestration(commit);
      for (const id of waiting) store.delay(commit.lock.key, id, NEVER);
    },
  })),
  broken("delivers a consumed message again", "G5", ({ good, store }) => ({
    completeOrchestration: async (commit) => {
      const entries = store.queue(commit.lock.key).filter(({ message }) => commit.consumed.includes(message.messageId));
      await good.completeOrchestration(commit);
      for (const { message } of entries) store.redeliver(commit.lock.key, message);
    },
  })),
  broken("fires timers a millisecond early", "G6", ({ good }) => ({
    completeOrchestration: (commit) => {
      const timers = commit.timers.map((timer) => ({ ...timer, dueTime: (timer.dueTime ?? 0) - 1 }));
      return good.completeOrchestration({ ...commit, timers });
    },
  })),
  broken("overflows at timers of more than 24.8 days", "G6", ({ good, clock }) => ({
    completeOrchestration: (commit) => {
      const early = (dueTime = 0): number => (dueTime - clock.now() > 2 ** 31 - 1 ? clock.now() + 1 : dueTime);
      const timers = commit.timers.map((timer) => ({ ...timer, dueTime: early(timer.dueTime) }));
      return good.completeOrchestration({ ...commit, timers });
    },
  })),
  broken("ignores cancelled timers", "G6", ({ good }) => ({
    completeOrchestration: (commit) => good.completeOrchestration({ ...commit, cancelledTimers: [] }),
  })),
];

let drawn = 0;

/** A request id that no handle on any hub has used. */
function fresh(): string {
  return `fresh-${++drawn}`;
}

const requests: readonly BrokenBackend[] = [
  broken("takes a repeated creation for another one", "G7", ({ good }) => {
    let count = 0;
    return { createInstance: (request) => good.createInstance({ ...request, requestId: `${++count}` }) };
  }),
  broken("refuses a repeated commit", "G7", ({ good }) => {
    let count = 0;
    return { completeOrchestration: (commit) => good.completeOrchestration({ ...commit, requestId: `${++count}` }) };
  }),
  broken("keeps a message twice that was sent twice", "G7", ({ good, store }) => ({
    sendMessage: async (message) => {
      const isWaiting = store.queue(message.instanceId).some((entry) => entry.message.messageId === message.messageId);
      await good.sendMessage(message);
      if (isWaiting) store.redeliver(message.instanceId, message);
    },
  })),
  broken("creates again what was purged", "G7", ({ good, store }) => {
    const ids = new Map<string, string>();
    return {
      createInstance: (request) => {
        const isThere = store.getInstance(request.instanceId) !== undefined;
        const requestId = (isThere ? ids.get(request.requestId) : undefined) ?? fresh();
        ids.set(request.requestId, requestId);
        return good.createInstance({ ...request, requestId });
      },
    };
  }),
  broken("replaces once more for a creation that was replaced itself", "G7", ({ good, store }) => {
    const ids = new Map<string, string>();
    return {
      createInstance: (request) => {
        const known = ids.get(request.requestId);
        const isOther = store.getInstance(request.instanceId)?.incarnation !== request.incarnation;
        const requestId = known === undefined || isOther ? fresh() : known;
        ids.set(request.requestId, requestId);
        return good.createInstance({ ...request, requestId });
      },
    };
  }),
  broken("refuses a repeated message once its instance is over", "G7", ({ good, store }) => ({
    sendMessage: async (message) => {
      const record = store.getInstance(message.instanceId);
      if (record === undefined) throw new InstanceNotFoundError(message.instanceId);
      if (isTerminal(record.runtimeStatus)) throw new InstanceTerminalError(record.instanceId, record.runtimeStatus);
      await good.sendMessage(message);
    },
  })),
  broken("gives a repeated message to a later life of the instance id", "G7", ({ good, store }) => {
    const incarnations = new Map<string, string>();
    return {
      sendMessage: async (message) => {
        await good.sendMessage(message);
        const incarnation = store.getInstance(message.instanceId)?.incarnation ?? "";
        const first = incarnations.get(message.messageId) ?? incarnation;
        if (first !== incarnation) store.redeliver(message.instanceId, message);
        incarnations.set(message.messageId, first);
      },
    };
  }),
  broken("takes a message that it refused for one that was sent", "G7", ({ good }) => {
    const seen = new Set<string>();
    return {
      sendMessage: async (message) => {
        const isRepeated = seen.has(message.messageId);
        seen.add(message.messageId);
        await good.sendMessage(message).catch((error: unknown) => {
          if (!isRepeated) throw error;
        });
      },
    };
  }),
  broken("takes a repeated purge for another one", "G7", ({ good }) => ({
    purgeInstance: (request) => good.purgeInstance({ ...request, requestId: fresh() }),
  })),
  broken("says of a repeated purge that it found nothing", "G7", ({ good }) => {
    const seen = new Set<string>();
    return {
      purgeInstance: async (request) => {
        const isRepeated = seen.has(request.requestId);
        const isPurged = await good.purgeInstance(request);
        seen.add(request.requestId);
        return isPurged && !isRepeated;
      },
    };
  }),
  broken("forgets its requests long before the redelivery horizon", "G7", ({ good, clock }) => {
    const span = (): number => Math.floor(clock.now() / 600_000);
    return {
      purgeInstance: ({ requestId, ...request }) =>
        good.purgeInstance({ ...request, requestId: `${requestId} ${span()}` }),
    };
  }),
];

const reading: readonly BrokenBackend[] = [
  broken("sorts ids as people do", "G8", ({ good }) => ({
    listInstances: async (query) => {
      const page = await good.listInstances(query);
      return { ...page, instances: [...page.instances].sort((a, b) => a.instanceId.localeCompare(b.instanceId, "en")) };
    },
  })),
  broken("takes a wildcard in an id's beginning for one", "G8", ({ good }) => ({
    listInstances: async ({ instanceIdPrefix = "", ...query }) => {
      const page = await good.listInstances(query);
      const pattern = new RegExp(`^${instanceIdPrefix.replaceAll("_", ".").replaceAll("%", ".*")}`);
      return { ...page, instances: page.instances.filter(({ instanceId }) => pattern.test(instanceId)) };
    },
  })),
  broken("lists by the beginning of the name", "G8", ({ good }) => ({
    listInstances: async ({ name, ...query }) => {
      const page = await good.listInstances(query);
      return { ...page, instances: page.instances.filter((record) => record.name.startsWith(name ?? "")) };
    },
  })),
  broken("lists what has one of the tags asked for", "G8", ({ good }) => ({
    listInstances: async ({ tags, ...query }) => {
      const page = await good.listInstances(query);
      const wanted = Object.entries(tags ?? {});
      const hasOne = ({ tags: own }: InstanceRecord): boolean => wanted.some(([name, value]) => own?.[name] === value);
      return wanted.length === 0 ? page : { ...page, instances: page.instances.filter(hasOne) };
    },
  })),
  broken("lists all instances as anybody's sub-orchestrations", "G8", ({ good }) => ({
    listInstances: ({ parentInstanceId: _, ...query }) => good.listInstances(query),
  })),
  broken("lists what runs among what has ended by a time", "G8", ({ good }) => ({
    listInstances: async ({ endedFrom = -Infinity, endedTo = Infinity, ...query }) => {
      const page = await good.listInstances(query);
      const isWithin = ({ lastUpdatedAt: at }: InstanceRecord): boolean => at >= endedFrom && at <= endedTo;
      return { ...page, instances: page.instances.filter(isWithin) };
    },
  })),
  broken("gives the current history whichever was asked for", "G8", ({ good }) => ({
    getHistory: (instanceId) => good.getHistory(instanceId),
  })),
  broken("names the first execution only", "G8", ({ good, store }) => {
    const first = new Map<string, string>();
    return {
      createInstance: (request) => {
        first.set(request.instanceId, request.start.event.executionId);
        return good.createInstance(request);
      },
      listExecutions: async (instanceId) => {
        store.listExecutions(instanceId);
        return [first.get(instanceId) ?? ""];
      },
    };
  }),
  {
    flaw: "keeps no execution in which nothing happened",
    breaks: "G8",
    create: altered(({ good }) => {
      const listExecutions = async (id: string): Promise<readonly string[]> => {
        const ids = await good.listExecutions(id);
        const histories = await Promise.all(ids.map((executionId) => good.getHistory(id, executionId)));
        return ids.filter((_, i) => i === ids.length - 1 || histories[i]?.length !== 0);
      };
      return { listExecutions };
    }, true),
  },
  broken("gives a token with the last page", "G8", ({ good }) => ({
    listInstances: async (query) => {
      const page = await good.listInstances(query);
      const last = page.instances.at(-1);
      return last === undefined ? page : { ...page, continuationToken: last.instanceId };
    },
  })),
];

const progress: readonly BrokenBackend[] = [
  broken("never ends a lock by itself", "G9", ({ good }) => ({
    fetchOrchestrations: (options) => good.fetchOrchestrations({ ...options, leaseMs: NEVER }),
  })),
  broken("ignores an abandon's delay", "G9", ({ good }) => ({
    abandonOrchestration: (request) => good.abandonOrchestration({ ...request, delayMs: 0 }),
  })),
  broken("counts a delivery only once", "G11", ({ good }) => ({
    fetchOrchestrations: async (options) =>
      (await good.fetchOrchestrations(options)).map((item) => ({ ...item, deliveryCount: 1 })),
  })),
  broken("counts a delivery that was given back as none", "G11", ({ good }) => ({
    abandonOrchestration: ({ lock, delayMs }) => good.abandonOrchestration({ lock, delayMs }),
  })),
  broken("starves what is not first", "G9", ({ good, store, clock }) => ({
    fetchOrchestrations: async (options) =>
      store.hasWork("orchestration", clock.now())
        ? store.fetchOrchestrations(options, clock.now(), { pick: (keys) => [...keys].sort() })
        : good.fetchOrchestrations(options),
  })),
  broken("wakes nobody when a timer comes due", "G9", ({ good, store, clock }) => ({
    waitForWork: async (kind, signal) => {
      const dueTime = store.nextDueTime(kind, clock.now());
      if (dueTime !== undefined) await clock.sleep(Infinity, signal);
      else await good.waitForWork(kind, signal);
    },
  })),
  broken("wakes nobody when an instance changes", "G9", ({ clock }) => ({
    waitForInstance: (_instanceId, _milestone, signal) => clock.sleep(Infinity, signal),
  })),
  broken("forgets the activities in what is left to do", "G9", ({ good, store }) => ({
    backlog: async () => {
      const { pending, ...rest } = await good.backlog();
      return { ...rest, pending: pending - [...store.activities()].length };
    },
  })),
];

const starts: readonly BrokenBackend[] = [
  broken("loses what a turn starts", "G3", ({ good }) => ({
    completeOrchestration: (commit) => good.completeOrchestration({ ...commit, starts: [] }),
  })),
  broken("begins what a turn starts only after it delivered the turn's messages", "G4", ({ good }) => ({
    completeOrchestration: async ({ starts: begun, ...commit }) => {
      await good.completeOrchestration({ ...commit, starts: [] });
      for (const { instanceId, incarnation, start } of begun) {
        const request = { requestId: incarnation, instanceId, incarnation, start, replaceStatuses: [] };
        await good.createInstance(request).catch(() => undefined);
      }
    },
  })),
  broken("says nothing to the sender of a start that it refuses", "G4", ({ good }) => ({
    completeOrchestration: (commit) =>
      good.completeOrchestration({ ...commit, starts: commit.starts.map(({ refusal: _, ...start }) => start) }),
  })),
  broken("lets a start replace whatever has ended", "G4", ({ good, store }) => ({
    completeOrchestration: (commit) => {
      const replacing = commit.starts.map((start) => {
        const incarnation = store.getInstance(start.instanceId)?.incarnation;
        return incarnation === undefined ? start : { ...start, replaces: incarnation };
      });
      return good.completeOrchestration({ ...commit, starts: replacing });
    },
  })),
  broken("lets a start replace nothing", "G3", ({ good }) => ({
    completeOrchestration: (commit) =>
      good.completeOrchestration({ ...commit, starts: commit.starts.map(({ replaces: _, ...start }) => start) }),
  })),
  broken("knows a start that it made no more once the instance is gone", "G7", ({ good, store }) => ({
    completeOrchestration: async (commit) => {
      await good.completeOrchestration(commit);
      for (const { instanceId, incarnation, start } of commit.starts) {
        if (store.getInstance(instanceId) !== undefined) continue;
        const request = { requestId: `${incarnation} again`, instanceId, incarnation, start, replaceStatuses: [] };
        await good.createInstance(request);
      }
    },
  })),
];

export const brokenBackends: readonly BrokenBackend[] = [
  ...fencing,
  ...turns,
  ...starts,
  ...queues,
  ...requests,
  ...reading,
  ...progress,
];
