/**
 * Backends that break the contract where a failed instance goes on, each in one way that a real one could.
 */
import type { HistoryEvent } from "../../src/core/history.ts";
import type { BrokenBackend } from "./broken-backends.ts";
import { broken } from "./broken-backends.ts";

export const brokenRewinds: readonly BrokenBackend[] = [
  broken("reopens what was terminated", "G3", ({ good, store }) => ({
    rewindInstance: (request) =>
      good.rewindInstance(request).catch((error: unknown) => {
        if (store.getInstance(request.instanceId)?.runtimeStatus !== "Terminated") throw error;
      }),
  })),
  broken("reopens anew for each repeated request", "G7", ({ good }) => {
    let count = 0;
    return { rewindInstance: (request) => good.rewindInstance({ ...request, requestId: `rewind ${++count}` }) };
  }),
  broken("keeps the whole of a rewritten history", "G3", ({ good, store }) => {
    const former = new Map<string, readonly HistoryEvent[]>();
    return {
      completeOrchestration: (commit) => {
        const { key } = commit.lock;
        if (commit.rewritten !== undefined) former.set(key, store.getHistory(key));
        return good.completeOrchestration(commit);
      },
      getHistory: async (id, executionId) => former.get(id) ?? good.getHistory(id, executionId),
    };
  }),
  broken("keeps the execution id of a rewritten history", "G3", ({ good, store }) => ({
    completeOrchestration: ({ rewritten, ...commit }) => {
      const executionId = store.getInstance(commit.lock.key)?.executionId ?? "";
      if (rewritten === undefined) return good.completeOrchestration(commit);
      const start = { ...rewritten.start, event: { ...rewritten.start.event, executionId } };
      return good.completeOrchestration({ ...commit, rewritten: { ...rewritten, start } });
    },
  })),
  broken("leaves the children of a rewound instance as they are", "G3", ({ good }) => ({
    completeOrchestration: ({ rewinds: _, ...commit }) => good.completeOrchestration(commit),
  })),
  broken("takes any instance of the id for the child", "G3", ({ good, store, clock }) => ({
    completeOrchestration: async (commit) => {
      await good.completeOrchestration(commit);
      for (const { instanceId, order } of commit.rewinds ?? []) {
        if (store.getInstance(instanceId)?.runtimeStatus === "Failed")
          store.rewindInstance({ ...order, instanceId }, clock.now());
      }
    },
  })),
  broken("lets a child's turn end that was begun under the former parent", "G3", ({ good, store }) => {
    const batches = new Map<string, number>();
    return {
      completeOrchestration: (commit) => {
        for (const { instanceId } of commit.rewinds ?? []) {
          const token = store.instance(instanceId)?.lock?.token;
          if (token !== undefined) batches.set(instanceId, token);
        }
        const call = good.completeOrchestration(commit);
        const isOfChild = batches.get(commit.lock.key) === commit.lock.token;
        return isOfChild ? call.catch(() => undefined) : call;
      },
    };
  }),
];
