/**
 * The task hub: one store, the definitions that run on it, a worker and a client. The composition root of the
 * engine, and the only class of the runtime that users hold.
 */
import type { TaskHubClientSetup } from "../client/client-setup.ts";
import { purgeExpired } from "../client/purge.ts";
import { TaskHubClient } from "../client/task-hub-client.ts";
import { HubClosedError, InvalidArgumentError } from "../core/errors.ts";
import { HTTP_ACTIVITY } from "../core/http-calls.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";
import type { Backend } from "../ports/backend.ts";
import { activity } from "./activity-definition.ts";
import { Counters } from "./counters.ts";
import { attachDeterminismGuard } from "./determinism-guard.ts";
import { defaultBackend } from "./default-backend.ts";
import type { CheckedOptions, SystemPorts, TaskHubOptions } from "./hub-options.ts";
import { checkOptions } from "./hub-options.ts";
import { httpSender } from "./http-activity.ts";
import { Retention } from "./retention.ts";
import { Registry } from "./registry.ts";
import { systemClock, systemFetch, systemIds, systemLogger, systemSettler, throwLater } from "./system.ts";
import { Worker } from "./worker.ts";

/** What `runUntilIdle` left. */
export interface IdleReport {
  /** When something next becomes ready by itself: come back then. `undefined` when nothing will. */
  readonly nextDueTime: Date | undefined;
  /** Messages and activities that are not done yet. */
  readonly pending: number;
}

export class TaskHub {
  /** Starts, watches, signals and ends orchestrations. */
  readonly client: TaskHubClient;
  readonly #backend: Backend;
  readonly #worker: Worker;
  readonly #retention: Retention;
  readonly #system: SystemPorts;
  readonly #counters: Counters;
  readonly #closed = new AbortController();
  readonly #isGuarded: boolean;
  #detach: () => void = () => undefined;
  #stopping: Promise<void> | undefined = undefined;

  /**
   * Opens a hub on a store: SQLite in the file `dacapo.db` of the working directory, unless the options name another.
   * Nothing runs until `start()` or `runUntilIdle()`.
   *
   * @throws InvalidArgumentError or RegistrationError when an option or a definition cannot be used, and whatever the
   * store throws when it cannot be opened.
   * @example
   * const hub = await TaskHub.open({ register: [approvePurchase, chargeCard] });
   * await hub.start();
   */
  static async open(options: TaskHubOptions = {}): Promise<TaskHub> {
    const checked = checkOptions(options);
    const hub = new TaskHub(options, checked, options.backend ?? (await defaultBackend()));
    await hub.#backend.open();
    hub.#attach();
    return hub;
  }

  private constructor(options: TaskHubOptions, checked: CheckedOptions, backend: Backend | BackendFactory) {
    this.#counters = new Counters();
    const { clock = systemClock } = options.system ?? {};
    const { fetch = systemFetch, tokenSources = {} } = checked.http;
    this.#system = {
      clock,
      ids: systemIds,
      settler: systemSettler,
      logger: systemLogger,
      telemetry: this.#counters,
      guard: { attach: () => attachDeterminismGuard() },
      onFatal: throwLater,
      http: httpSender({ fetch, tokenSources, clock, payloadBytesMax: checked.payloadBytesMax }),
      ...options.system,
    };
    const registry = new Registry(options.register ?? [], [activity(HTTP_ACTIVITY, this.#system.http)]);
    this.#isGuarded = checked.determinismGuard;
    this.#backend = toBackend(backend, this.#system);
    this.#worker = new Worker({ backend: this.#backend, registry, system: this.#system, options: checked });
    const clientSetup: TaskHubClientSetup = {
      backend: this.#backend,
      clock: this.#system.clock,
      ids: this.#system.ids,
      payloads: checked.payloads,
      redeliveryHorizonMs: checked.redeliveryHorizonMs,
      closed: this.#closed.signal,
    };
    this.client = new TaskHubClient(clientSetup);
    this.#retention = new Retention({
      ...this.#system,
      backend: this.#backend,
      rules: checked.retention,
      redeliveryHorizonMs: checked.redeliveryHorizonMs,
      purge: (expired, signal) => purgeExpired(clientSetup, expired, signal),
    });
  }

  /** Begins what concerns the whole process. */
  #attach(): void {
    const { settler, guard } = this.#system;
    const detachSettler = settler.attach();
    const detachGuard = this.#isGuarded ? guard.attach() : undefined;
    this.#detach = () => {
      detachGuard?.();
      detachSettler();
    };
  }

  /** Starts to work: turns and activities run until `stop()`. */
  async start(): Promise<void> {
    this.#assertOpen();
    this.#worker.start();
    this.#retention.start();
    return Promise.resolve();
  }

  /**
   * Stops to work, gracefully: fetches no more, waits for what runs (at most `worker.drainTimeout`, then aborts
   * activities and gives them back), and closes the store; clients that wait get `HubClosedError`. Running orchestrations stay where they are; another
   * worker, or the next start, goes on with them.
   */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#worker.stop(), this.#retention.stop()]);
    // Node tells of rejections, and that they were handled, once it has nothing else to do: before that, the settler
    // must not let go.
    await this.#system.settler.yield();
    this.#detach();
    this.#closed.abort();
    await this.#backend.close();
  }

  /**
   * Works off what is ready now and returns, so that a serverless function or a cron job can host the engine.
   * Ends early after `maxTurns` orchestrator turns, or at `deadline` by the hub's clock.
   */
  async runUntilIdle(limits: { readonly maxTurns?: number; readonly deadline?: Date } = {}): Promise<IdleReport> {
    this.#assertOpen();
    const { maxTurns = Infinity, deadline } = limits;
    const { orchestrations, activities } = this.#worker;
    let turns = 0;
    for (;;) {
      const left = maxTurns - turns;
      if (left <= 0 || (deadline !== undefined && this.#system.clock.now() >= deadline.getTime())) break;
      const [ran, answered] = await Promise.all([orchestrations.processNext(left), activities.processNext(Infinity)]);
      turns += ran;
      if (ran === 0 && answered === 0) break;
      await this.#system.settler.yield();
    }
    this.#worker.rest();
    const { nextDueTime, pending } = await this.#backend.backlog();
    return { nextDueTime: nextDueTime === undefined ? undefined : new Date(nextDueTime), pending };
  }

  /** Runs one work item: a turn if one is ready, else an activity. @returns false when nothing was ready. */
  async processNext(): Promise<boolean> {
    this.#assertOpen();
    const { orchestrations, activities } = this.#worker;
    const ran = (await orchestrations.processNext()) > 0 || (await activities.processNext()) > 0;
    this.#worker.rest();
    return ran;
  }

  /**
   * Purges what has expired by the option `retention`, now: for a hub that is not started, such as that of a cron job. It
   * also looks for payloads that nothing refers to any more, where they are off-loaded and it is time for that.
   * @returns how many instances were purged.
   */
  async applyRetention(): Promise<number> {
    this.#assertOpen();
    return this.#retention.apply();
  }

  /** What the engine counted since the hub was opened, such as `messages.dropped{reason=duplicate}`. */
  counters(): Readonly<Record<string, number>> {
    return this.#counters.read();
  }

  /** Forgets all suspended orchestrations; their next turns replay their histories. */
  evictWarmOrchestrations(): void {
    this.#worker.warm.clear();
  }

  #assertOpen(): void {
    if (this.#stopping === undefined) return;
    throw new HubClosedError("The task hub is stopped.", { hint: "Open a new one with TaskHub.open()." });
  }
}

function toBackend(backend: Backend | BackendFactory, system: SystemPorts): Backend {
  const given: unknown = backend;
  const { clock, settler, ids } = system;
  if (typeof backend === "function") return backend({ clock, ids, yield: () => settler.yield() });
  if (typeof given === "object" && given !== null && "fetchOrchestrations" in given) return backend;
  throw new InvalidArgumentError("TaskHub.open() was given a backend that is none.", {
    hint: 'Leave it out for SQLite in "dacapo.db", or pass sqlite("app.db"), memory(), or a backend of your own.',
  });
}
