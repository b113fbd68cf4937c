/**
 * Waiting for an orchestration: until it has begun, or has ended.
 *
 * Invariant: a wait ends with the milestone, the timeout, the end of the instance or of the hub, and with nothing else; a
 * store that gives no answer is asked again. Called by the client alone.
 */
import type { Duration } from "../core/duration.ts";
import { durationToMs } from "../core/duration.ts";
import { HubClosedError, InstanceNotFoundError, StorageError, WaitTimeoutError } from "../core/errors.ts";
import { checkOrchestrationId } from "../core/names.ts";
import { checkOptions } from "../core/options.ts";
import type { Milestone } from "../core/status.ts";
import { hasReached } from "../core/status.ts";
import type { Clock } from "../ports/clock.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";
import { OrchestrationState } from "./orchestration-state.ts";
import { persistently, RETRY_FIRST_MS } from "./persistently.ts";

export interface WaitOptions {
  /** Rejects with `WaitTimeoutError` after this long. Waits for ever unless given. */
  readonly timeout?: Duration;
}

/**
 * Waits until the orchestration has come so far.
 * @throws InstanceNotFoundError when there is no such instance, or it is purged meanwhile.
 * @throws WaitTimeoutError when it takes longer than the timeout; HubClosedError when the hub is stopped meanwhile.
 */
export async function waitUntil<O>(
  setup: TaskHubClientSetup,
  instanceId: string,
  options: WaitOptions,
  milestone: Milestone,
): Promise<OrchestrationState<O>> {
  checkOrchestrationId(instanceId);
  checkOptions(options, milestone === "started" ? "waitForOrchestrationStart" : "waitForOrchestrationCompletion");
  const { timeout } = options;
  const { backend, clock } = setup;
  const limit = timeout === undefined ? undefined : new TimeLimit(clock, durationToMs(timeout, "option timeout"));
  try {
    for (;;) {
      // The wait comes first: it is over at once when the milestone is reached, or there is no such instance.
      try {
        await backend.waitForInstance(instanceId, milestone, limit?.signal);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        // Like a wait that ended for no reason, but not begun again at once.
        await clock.sleep(RETRY_FIRST_MS);
      }
      const record = await persistently(clock, () => backend.getInstance(instanceId));
      if (record === undefined) throw new InstanceNotFoundError(instanceId);
      if (hasReached(record.runtimeStatus, milestone)) return new OrchestrationState<O>(record, setup.payloads);
      if (setup.closed.aborted) {
        throw new HubClosedError("The task hub was stopped while a client waited.", {
          hint: "The orchestration goes on where a worker runs: open the hub again and wait there.",
        });
      }
      if (limit?.isOver === true) {
        throw new WaitTimeoutError(
          `The orchestration "${instanceId}" has not ${milestone} within ${limit.durationMs} ms; ` +
            `it is ${record.runtimeStatus}.`,
          { hint: "It goes on: wait again, or look at its history." },
        );
      }
    }
  } finally {
    limit?.stop();
  }
}

/** Aborts its signal once the time is over, unless it is stopped before. */
class TimeLimit {
  readonly durationMs: number;
  readonly #over = new AbortController();
  readonly #stopped = new AbortController();

  constructor(clock: Clock, durationMs: number) {
    this.durationMs = durationMs;
    void clock.sleep(durationMs, this.#stopped.signal).then(() => {
      if (!this.#stopped.signal.aborted) this.#over.abort();
    });
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  stop(): void {
    this.#stopped.abort("the wait is over");
  }
}
