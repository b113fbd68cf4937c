/**
 * One worker: the loop for orchestrations and the loop for activities over one backend, with one warm cache.
 *
 * Invariant: `stop()` leaves nothing running and nothing locked that the store can still give back.
 */
import { HubClosedError } from "../core/errors.ts";
import type { ActivityCommit, ActivityWorkItem, Backend, OrchestrationWorkItem } from "../ports/backend.ts";
import { ActivityProcessor } from "./activity-processor.ts";
import type { CheckedOptions, SystemPorts } from "./hub-options.ts";
import type { Registry } from "./registry.ts";
import type { Turn } from "./turn-processor.ts";
import { TurnProcessor } from "./turn-processor.ts";
import { WarmCache } from "./warm-cache.ts";
import { WorkLoop } from "./work-loop.ts";

export interface WorkerSetup {
  readonly backend: Backend;
  readonly registry: Registry;
  readonly system: SystemPorts;
  readonly options: CheckedOptions;
}

export class Worker {
  readonly warm: WarmCache;
  readonly orchestrations: WorkLoop<OrchestrationWorkItem, Turn>;
  readonly activities: WorkLoop<ActivityWorkItem, ActivityCommit>;
  readonly #setup: WorkerSetup;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    const { backend, registry, system, options } = setup;
    this.warm = new WarmCache(options.maxWarmOrchestrations);
    const shared = { backend, registry, ...system, ...options };
    const loop = { ...shared, workerId: options.workerId ?? system.ids.newId() };
    this.orchestrations = new WorkLoop(new TurnProcessor({ ...shared, warm: this.warm }), {
      ...loop,
      concurrency: options.maxConcurrentOrchestrations,
    });
    this.activities = new WorkLoop(new ActivityProcessor(shared), {
      ...loop,
      concurrency: options.maxConcurrentActivities,
    });
  }

  start(): void {
    this.orchestrations.start();
    this.activities.start();
  }

  /**
   * Fetches no more and waits for what is running; after the drain timeout, aborts it and gives it back.
   */
  async stop(): Promise<void> {
    const { clock } = this.#setup.system;
    const drained = new AbortController();
    const draining = Promise.all([this.orchestrations.drain(), this.activities.drain()]).then(() => {
      drained.abort();
    });
    await clock.sleep(this.#setup.options.drainTimeoutMs, drained.signal);
    if (!drained.signal.aborted) {
      const reason = new HubClosedError("The task hub is stopping and the work did not end in time.", {
        hint: "Listen to ctx.signal in long activities and operations, or raise worker.drainTimeout.",
      });
      this.activities.abort(reason);
      this.orchestrations.abort(reason);
      await this.activities.giveBackAll();
      await this.orchestrations.giveBackAll();
    } else await draining;
    this.warm.clear();
  }

  /** Stops timers that only busy workers need. */
  rest(): void {
    this.orchestrations.rest();
    this.activities.rest();
  }
}
