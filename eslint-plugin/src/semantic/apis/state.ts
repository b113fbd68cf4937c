/**
 * What keeps state in the process between calls: caches, memoisers, storage that follows asynchronous calls.
 *
 * Invariant: all instances of an orchestrator share it, and it is lost when the worker restarts.
 */
import type { ApiGroup } from "./api-group.ts";

export const STATE_APIS: readonly ApiGroup[] = [
  {
    hazard: "state",
    of: ["lodash", "lodash-es", "underscore", "es-toolkit", "radash", "ramda", "rambda", "remeda"],
    names: "memoize memoize() memo memo() memoizeWith memoizeWith()() once() before() after()",
  },
  {
    hazard: "state",
    of: [
      "lodash.memoize",
      "lodash.once",
      "fast-memoize",
      "mem",
      "memoize",
      "memoize-one",
      "memoizee",
      "memoizerific",
      "micro-memoize",
      "moize",
      "nano-memoize",
      "p-memoize",
      "promise-memoize",
      "typescript-memoize",
      "reselect",
      "proxy-memoize",
    ],
    names: "*",
    makes: ". promise deep weak nanomemoize createSelector createSelectorCreator memoize memoizeWithArgs",
  },
  {
    hazard: "state",
    of: [
      "lru-cache",
      "quick-lru",
      "tiny-lru",
      "lru_map",
      "mnemonist",
      "node-cache",
      "memory-cache",
      "cache-manager",
      "@isaacs/ttlcache",
      "ttl-set",
      "expiry-map",
      "flat-cache",
    ],
    // To make a cache is nothing yet; to use one is.
    names: "#",
    makes: ". caching createCache multiCaching lru create createFromFile",
  },
  { hazard: "state", of: ["memory-cache"], names: "get put del clear keys" },
  {
    hazard: "state",
    of: ["async_hooks"],
    names: "AsyncLocalStorage#* AsyncResource#* executionAsyncId triggerAsyncId executionAsyncResource createHook",
  },
  {
    hazard: "state",
    of: ["cls-hooked", "continuation-local-storage"],
    names: "*",
    makes: "createNamespace getNamespace",
  },
  { hazard: "state", of: ["dns"], names: "setServers setDefaultResultOrder" },
  { hazard: "state", of: ["mobx", "redux", "zustand", "@reduxjs/toolkit"], names: "*#dispatch *#getState *#setState" },
];
