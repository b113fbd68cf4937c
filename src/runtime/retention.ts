/**
 * Retention: the worker's own purge of orchestrations that ended long ago, and of payloads that nothing refers to any more.
 *
 * Invariant: it goes by the hub's time, so a machine whose clock is ahead removes nothing early where the store has a
 * clock of its own; a purge is of one life of an id, so any number of workers may do it at the same time. It works in
 * small batches and rests between them. Started and stopped by the task hub.
 */
import type { Duration } from "../core/duration.ts";
import { durationToMs } from "../core/duration.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { checkName } from "../core/names.ts";
import type { TerminalStatus } from "../core/status.ts";
import { isTerminal } from "../core/status.ts";
import type { Backend } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** Which orchestrations are purged, and when. */
export interface RetentionRule {
  /** How they ended. */
  readonly statuses: readonly TerminalStatus[];
  /** How long after their end. */
  readonly after: Duration;
  /** Only those of this orchestrator: all unless given. */
  readonly name?: string;
}

export interface CheckedRetentionRule {
  readonly statuses: readonly TerminalStatus[];
  readonly afterMs: number;
  readonly name: string | undefined;
}

/** What a pass over a rule is to remove. `endedTo` is in milliseconds since the epoch. */
export interface ExpiredInstances {
  readonly statuses: readonly TerminalStatus[];
  readonly endedTo: number;
  readonly name: string | undefined;
  /** At most this many, with those below each. */
  readonly maxInstances: number;
}

export interface RetentionSetup {
  readonly rules: readonly CheckedRetentionRule[];
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly redeliveryHorizonMs: number;
  /** Removes what has expired, with what is below it. @returns how many instances, and whether there may be more. */
  readonly purge: (
    expired: ExpiredInstances,
    signal: AbortSignal,
  ) => Promise<{ readonly deleted: number; readonly isComplete: boolean }>;
}

const HINT = 'Write retention: [{ statuses: ["Completed"], after: { days: 30 } }].';

/** @throws InvalidArgumentError that says what is wrong with which rule. */
export function checkRetention(given: unknown = []): readonly CheckedRetentionRule[] {
  if (!Array.isArray(given))
    throw new InvalidArgumentError("The option retention is no array of rules.", { hint: HINT });
  return (given as readonly Partial<RetentionRule>[]).map((rule, index) => {
    const where = `retention[${index}]`;
    const { statuses, after, name } = (rule as Partial<RetentionRule> | null) ?? {};
    if (
      !Array.isArray(statuses) ||
      statuses.length === 0 ||
      !statuses.every((status: TerminalStatus) => isTerminal(status))
    ) {
      throw new InvalidArgumentError(
        `The option ${where}.statuses has to name statuses of orchestrations that ended.`,
        {
          hint: 'They are "Completed", "Failed" and "Terminated".',
        },
      );
    }
    if (after === undefined) throw new InvalidArgumentError(`The option ${where} has no after.`, { hint: HINT });
    if (name !== undefined) checkName(name, "orchestrator");
    return { statuses, afterMs: durationToMs(after, `option ${where}.after`), name };
  });
}

/** So often the worker looks whether something has expired. */
const INTERVAL_MS = 60_000;
/** A batch, and the rest after one that left something, for the work that the hub is there for. */
const BATCH = 100;
const PAUSE_MS = 1_000;
/** So often, or more often where it is due more often, it asks whether it is time to look for unused payloads. */
const SWEEP_ASKED_EVERY_MS = 3_600_000;

export class Retention {
  readonly #setup: RetentionSetup;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined = undefined;
  /** By the clock that never goes back. */
  #sweepAskedAt = -Infinity;

  constructor(setup: RetentionSetup) {
    this.#setup = setup;
  }

  /** Works until stopped. */
  start(): void {
    const { rules, backend } = this.#setup;
    if (rules.length > 0 || backend.sweepEveryMs !== undefined) this.#running ??= this.#run();
  }

  /** Ends with the instance that is being purged. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Removes everything that has expired, and unused payloads where it is time for that. @returns how many instances. */
  async apply(): Promise<number> {
    let deleted = 0;
    for (;;) {
      const batch = await this.#batch();
      deleted += batch.deleted;
      // Where a batch removed nothing, what is left is held up by something that runs.
      if (batch.isComplete || batch.deleted === 0 || this.#stop.signal.aborted) break;
    }
    await this.#sweep();
    return deleted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, logger } = this.#setup;
    while (!signal.aborted) {
      let isComplete = true;
      try {
        ({ isComplete } = await this.#batch());
      } catch (error) {
        logger.warn({ error }, "Orchestrations that have expired could not be purged.");
      }
      try {
        if (isComplete) await this.#sweepInTime();
      } catch (error) {
        logger.warn({ error }, "Payloads that nothing refers to could not be removed.");
      }
      await clock.sleep(isComplete ? INTERVAL_MS : PAUSE_MS, signal);
    }
  }

  /** A batch for each rule. */
  async #batch(): Promise<{ readonly deleted: number; readonly isComplete: boolean }> {
    const { rules, backend, clock, telemetry, purge } = this.#setup;
    const { signal } = this.#stop;
    const now = (await backend.now?.()) ?? clock.now();
    let deleted = 0;
    let isComplete = true;
    for (const { statuses, afterMs, name } of rules) {
      if (signal.aborted) break;
      const done = await purge({ statuses, endedTo: now - afterMs, name, maxInstances: BATCH }, signal);
      deleted += done.deleted;
      isComplete &&= done.isComplete;
    }
    if (deleted > 0) telemetry.count("instances.purged", deleted);
    return { deleted, isComplete };
  }

  async #sweepInTime(): Promise<void> {
    const { backend, clock } = this.#setup;
    const now = clock.monotonic();
    if (now - this.#sweepAskedAt < Math.min(backend.sweepEveryMs ?? Infinity, SWEEP_ASKED_EVERY_MS)) return;
    this.#sweepAskedAt = now;
    await this.#sweep();
  }

  async #sweep(): Promise<void> {
    const { backend, telemetry, redeliveryHorizonMs: graceMs } = this.#setup;
    const { signal } = this.#stop;
    const swept = await backend.sweepPayloads?.({ graceMs, isRoutine: true, signal });
    if (swept !== undefined && swept.deleted > 0) telemetry.count("payloads.purged", swept.deleted);
  }
}
