/**
 * The options of a task hub, their defaults and their checks.
 */
import type { DataConverter } from "../core/data-converter.ts";
import { checkDataConverter, Payloads } from "../core/data-converter.ts";
import type { Duration } from "../core/duration.ts";
import { durationToMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { PAYLOAD_BYTES_MAX, REDELIVERY_HORIZON_MS } from "../core/limits.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";
import type { Backend } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { Guard } from "../ports/guard.ts";
import type { HttpFetch, SendHttp, TokenSource } from "../ports/http.ts";
import type { Ids } from "../ports/ids.ts";
import type { Logger } from "../ports/logger.ts";
import type { Settler } from "../ports/settler.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { InvariantError } from "../core/errors.ts";
import type { CheckedHistoryOptions, HistoryOptions } from "./history-limits.ts";
import { checkHistoryOptions } from "./history-limits.ts";
import type { Definition } from "./registry.ts";
import type { CheckedRetentionRule, RetentionRule } from "./retention.ts";
import { checkRetention } from "./retention.ts";
import type { CheckedVersioning, VersioningOptions } from "./version-gate.ts";
import { checkVersioning } from "./version-gate.ts";

/** How much a hub's worker does at a time. */
export interface WorkerOptions {
  /** Names the worker in logs and in the store; a random name unless given. */
  readonly workerId?: string;
  /** Turns that run at the same time: 100 unless given. */
  readonly maxConcurrentOrchestrations?: number;
  /** Activities that run at the same time: 100 unless given. */
  readonly maxConcurrentActivities?: number;
  /** How long a work item is the worker's own unless it is renewed: 30 seconds unless given. */
  readonly lease?: Duration;
  /** Suspended orchestrations kept in memory: 10,000 unless given; 0 replays every turn. */
  readonly maxWarmOrchestrations?: number;
  /** After this many deliveries without an end, an instance or an activity is failed: 10 unless given. */
  readonly maxDeliveryCount?: number;
  /** Which orchestrations the worker runs, by their versions: all unless given. */
  readonly versioning?: VersioningOptions;
  /** How long `stop()` lets running work finish before it is given back: 30 seconds unless given. */
  readonly drainTimeout?: Duration;
}

/** The machine as the hub sees it; a test or a simulator passes its own. */
export interface SystemPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settler: Settler;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Carries out the requests of `ctx.callHttp()`, in place of `fetch` and whatever the option `http` says. */
  readonly http: SendHttp;
  /** Watches the process for a hub with the option `determinismGuard`. */
  readonly guard: Guard;
  /** Told of an engine bug. Ends the process unless given. */
  readonly onFatal: (error: InvariantError) => void;
}

/** How the requests of `ctx.callHttp()` are made. */
export interface HttpOptions {
  /** In place of the global `fetch`: a proxy, a client certificate, a fake. Redirects are followed by the engine. */
  readonly fetch?: HttpFetch;
  /**
   * Give bearer tokens to requests with a `tokenSource`, by name. They are asked in the worker, for each request anew,
   * and what they give is recorded nowhere; it is for the source to keep a token as long as it is valid.
   */
  readonly tokenSources?: Readonly<Record<string, TokenSource>>;
}

export interface TaskHubOptions {
  /**
   * The store: `sqlite("app.db")`, `memory()`, or a backend of your own. SQLite in the file `dacapo.db` of the working
   * directory unless given.
   */
  readonly backend?: Backend | BackendFactory;
  /** The orchestrators and activities that this hub runs. A hub that only starts and watches may have none. */
  readonly register?: readonly Definition[];
  readonly worker?: WorkerOptions;
  /**
   * Writes and reads all values of user code: inputs, results, events, states of entities, custom statuses. JSON unless
   * given. All processes of the hub need the same one: texts that it cannot read fail what waits for them.
   */
  readonly dataConverter?: DataConverter;
  /** The largest input, output, result, event or state of an entity, in bytes of UTF-8: 4 MiB unless given. */
  readonly payloadBytesMax?: number;
  /** How long histories may get: a warning at 20,000 events and a failure beyond 100,000 unless given. */
  readonly history?: HistoryOptions;
  /**
   * Which orchestrations the worker purges by itself after their end, with those below them: none unless given. It looks
   * once a minute while the hub is started; `applyRetention()` does it at once.
   */
  readonly retention?: readonly RetentionRule[];
  /** How late the store may deliver a consumed message once more: 30 minutes unless given. */
  readonly redeliveryHorizon?: Duration;
  /**
   * Refuses calls in orchestrator code that replay cannot repeat, such as `Date.now()`, `Math.random()`, timers and
   * `fetch()`: they throw `NonDeterministicCallError` with the line and what to use instead, and the instance fails.
   * For development and tests: it replaces these functions of the process, for all code, as long as the hub is open;
   * code that is no orchestrator's does not notice. False unless given.
   */
  readonly determinismGuard?: boolean;
  /** How the requests of `ctx.callHttp()` are made. */
  readonly http?: HttpOptions;
  /** Replaces parts of the machine. */
  readonly system?: Partial<SystemPorts>;
}

/** The options with their defaults, in milliseconds. */
export interface CheckedOptions {
  readonly workerId: string | undefined;
  readonly maxConcurrentOrchestrations: number;
  readonly maxConcurrentActivities: number;
  readonly leaseMs: number;
  readonly maxWarmOrchestrations: number;
  readonly maxDeliveryCount: number;
  readonly versioning: CheckedVersioning;
  readonly drainTimeoutMs: number;
  readonly payloadBytesMax: number;
  readonly payloads: Payloads;
  readonly history: CheckedHistoryOptions;
  readonly retention: readonly CheckedRetentionRule[];
  readonly redeliveryHorizonMs: number;
  readonly determinismGuard: boolean;
  readonly http: HttpOptions;
}

/** @throws InvalidArgumentError that names the option. */
export function checkOptions(options: TaskHubOptions): CheckedOptions {
  const worker = options.worker ?? {};
  const { lease = { seconds: 30 }, drainTimeout = { seconds: 30 } } = worker;
  const leaseMs = durationToMs(lease, "option worker.lease");
  if (leaseMs === 0) throw new InvalidArgumentError("The option worker.lease is 0.", { hint: "Give it some seconds." });
  const payloadBytesMax = wholeNumber("payloadBytesMax", options.payloadBytesMax ?? PAYLOAD_BYTES_MAX, 1);
  return {
    workerId: worker.workerId,
    maxConcurrentOrchestrations: count(worker, "maxConcurrentOrchestrations", 1, 100),
    maxConcurrentActivities: count(worker, "maxConcurrentActivities", 1, 100),
    leaseMs,
    maxWarmOrchestrations: count(worker, "maxWarmOrchestrations", 0, 10_000),
    maxDeliveryCount: count(worker, "maxDeliveryCount", 1, 10),
    versioning: checkVersioning(worker.versioning),
    drainTimeoutMs: durationToMs(drainTimeout, "option worker.drainTimeout"),
    payloadBytesMax,
    payloads: new Payloads(payloadBytesMax, checkDataConverter(options.dataConverter)),
    history: checkHistoryOptions(options.history),
    retention: checkRetention(options.retention),
    redeliveryHorizonMs:
      options.redeliveryHorizon === undefined
        ? REDELIVERY_HORIZON_MS
        : durationToMs(options.redeliveryHorizon, "option redeliveryHorizon"),
    determinismGuard: yesOrNo("determinismGuard", options.determinismGuard ?? false),
    http: checkHttpOptions(options.http ?? {}),
  };
}

type CountOption =
  "maxConcurrentOrchestrations" | "maxConcurrentActivities" | "maxWarmOrchestrations" | "maxDeliveryCount";

function count(worker: WorkerOptions, name: CountOption, least: number, usual: number): number {
  return wholeNumber(`worker.${name}`, worker[name] ?? usual, least);
}

function yesOrNo(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidArgumentError(`The option ${name} is ${String(value)}.`, { hint: "It is true or false." });
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`The option ${name} is ${String(value)}.`, {
    hint: `It is a whole number of ${least} or more.`,
  });
}

function checkHttpOptions(http: HttpOptions): HttpOptions {
  const given: unknown = http;
  const hint = "Write { http: { tokenSources: { billing: () => freshToken() } } }.";
  if (typeof given !== "object" || given === null) throw new InvalidArgumentError("The option http is none.", { hint });
  const { fetch, tokenSources = {} } = given as { readonly fetch?: unknown; readonly tokenSources?: unknown };
  if (fetch !== undefined && typeof fetch !== "function") {
    throw new InvalidArgumentError("The option http.fetch is no function.", { hint: "Leave it out to use fetch()." });
  }
  if (typeof tokenSources !== "object" || tokenSources === null) {
    throw new InvalidArgumentError("The option http.tokenSources is no object of functions.", { hint });
  }
  const bad = Object.entries(tokenSources).find(([, source]) => typeof source !== "function");
  if (bad === undefined) return http;
  throw new InvalidArgumentError(`The option http.tokenSources has "${bad[0]}", which is no function.`, { hint });
}
