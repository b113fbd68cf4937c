/**
 * What waits for the host: its timers, its promises in the order they settle, its garbage collector, other threads.
 *
 * Invariant: each runs on the machine's schedule, which the history does not record.
 */
import type { ApiGroup } from "./api-group.ts";

const RETRY_IN_POLICY = "Give the call a retry policy instead.";

export const SCHEDULING_APIS: readonly ApiGroup[] = [
  // Timers. Clearing one does nothing by itself, so it is not here.
  {
    hazard: "timer",
    of: [""],
    names:
      "setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame requestIdleCallback process.nextTick " +
      "scheduler.wait scheduler.yield scheduler.postTask AbortSignal.timeout Bun.sleep Bun.sleepSync",
  },
  { hazard: "timer", of: [""], names: "MessageChannel", on: "new" },
  {
    hazard: "timer",
    of: [
      "delay",
      "sleep-promise",
      "await-timeout",
      "promise-timeout",
      "p-timeout",
      "p-min-delay",
      "p-wait-for",
      "p-debounce",
      "p-throttle",
      "throttle-debounce",
      "just-debounce-it",
      "node-cron",
      "node-schedule",
      "cron",
      "toad-scheduler",
      "long-timeout",
      "timers-ext",
    ],
    names: "*",
  },
  { hazard: "none", of: ["node-cron", "cron"], names: "validate validateCronExpression" },
  {
    hazard: "timer",
    of: [
      "p-retry",
      "async-retry",
      "promise-retry",
      "retry",
      "ts-retry",
      "ts-retry-promise",
      "exponential-backoff",
      "backoff",
      "retry-as-promised",
      "cockatiel",
      "opossum",
    ],
    names: "*",
    makes: "circuitBreaker bulkhead wrap operation retry",
    instead: RETRY_IN_POLICY,
  },
  {
    hazard: "none",
    of: ["p-retry", "cockatiel", "ts-retry-promise"],
    names: "AbortError.* NotRetryableError.* handleAll",
  },
  { hazard: "timer", of: ["croner"], names: ". Cron", on: "use" },
  { hazard: "none", of: ["croner"], names: ". Cron", on: "use", atMost: 1 },
  { hazard: "timer", of: ["@azure/core-util", "@azure/core-http", "@azure/ms-rest-js"], names: "delay" },
  { hazard: "timer", of: ["bluebird"], names: "delay Promise.delay *#delay *#timeout" },
  {
    hazard: "timer",
    of: ["lodash", "lodash-es", "underscore", "es-toolkit", "radash", "remeda", "radashi"],
    names: "delay debounce throttle defer debounce() throttle() sleep",
  },
  { hazard: "timer", of: ["es-toolkit"], names: "timeout withTimeout" },
  {
    hazard: "timer",
    of: ["lodash.delay", "lodash.debounce", "lodash.throttle", "lodash.defer", "debounce", "throttleit"],
    names: ". ()",
  },
  { hazard: "timer", of: ["rxjs"], names: "interval timer" },

  // Promises settle in an order of their own.
  {
    hazard: "promise",
    of: [""],
    names: "Promise.all Promise.allSettled Promise.race Promise.any Promise.withResolvers Promise.try",
  },
  { hazard: "promise", of: [""], names: "Promise", on: "new" },
  {
    hazard: "promise",
    of: ["bluebird"],
    names:
      "all any race some map mapSeries each filter reduce props join Promise.all Promise.any Promise.race Promise.some " +
      "Promise.map Promise.mapSeries Promise.each Promise.props Promise.join",
  },
  { hazard: "promise", of: ["bluebird"], names: ". Promise", on: "new" },
  { hazard: "promise", of: ["q", "when"], names: "all any race allSettled defer" },
  {
    hazard: "promise",
    of: [
      "p-all",
      "p-any",
      "p-event",
      "p-limit",
      "p-map",
      "p-props",
      "p-queue",
      "p-race",
      "p-series",
      "p-settle",
      "p-some",
      "p-each-series",
      "async",
      "async-mutex",
      "async-sema",
      "async-lock",
      "await-lock",
      "bottleneck",
      "fastq",
      "promise-pool",
      "@supercharge/promise-pool",
      "queue",
      "tiny-async-pool",
      "es6-promise-pool",
      "workerpool",
      "piscina",
    ],
    names: "*",
    makes: ". for withConcurrency pool wrap",
  },
  { hazard: "promise", of: ["events"], names: "once on EventEmitter.once EventEmitter.on" },
  { hazard: "promise", of: ["rxjs"], names: "firstValueFrom lastValueFrom fromEvent *#subscribe *#toPromise" },

  // The garbage collector, and memory that other threads write.
  { hazard: "gc", of: [""], names: "WeakRef FinalizationRegistry SharedArrayBuffer", on: "new" },
  { hazard: "gc", of: [""], names: "WeakRef#deref FinalizationRegistry#register gc Bun.gc" },
  { hazard: "gc", of: [""], names: "Atomics.*" },
];
