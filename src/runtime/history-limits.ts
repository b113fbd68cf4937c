/**
 * How long a history may get: a warning first, then the end of the instance.
 *
 * Invariant: a turn that would lead beyond the limit, and does not end its execution, is not committed: the instance
 * fails in its place. Asked by the orchestration processor.
 */
import { HistoryTooLongError, InvalidArgumentError } from "../core/errors.ts";
import type { Execution } from "../core/execution.ts";
import type { HistoryEvent } from "../core/history.ts";
import { HISTORY_EVENTS_MAX, HISTORY_EVENTS_WARN } from "../core/limits.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** How many events an execution's history may have. Each replay reads them all. */
export interface HistoryOptions {
  /** From this many on, a warning is logged and counted, once for an execution: 20,000 unless given. */
  readonly warnEvents?: number;
  /** A turn that would lead beyond this many fails the instance, unless it ends the execution: 100,000 unless given. */
  readonly maxEvents?: number;
}

export type CheckedHistoryOptions = Required<HistoryOptions>;

/** @throws InvalidArgumentError that names the option. */
export function checkHistoryOptions(given: unknown = {}): CheckedHistoryOptions {
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError("The option history is no object.", {
      hint: "Write { history: { warnEvents: 10_000, maxEvents: 50_000 } }.",
    });
  }
  const options = given as HistoryOptions;
  const { maxEvents = HISTORY_EVENTS_MAX } = options;
  const { warnEvents = Math.min(HISTORY_EVENTS_WARN, maxEvents) } = options;
  for (const [name, value] of Object.entries({ maxEvents, warnEvents })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new InvalidArgumentError(`The option history.${name} is ${String(value)}.`, {
      hint: "It is a whole number of 1 or more.",
    });
  }
  if (warnEvents <= maxEvents) return { warnEvents, maxEvents };
  throw new InvalidArgumentError(`The option history.warnEvents is ${warnEvents}, more than history.maxEvents.`, {
    hint: "Let the warning come before the failure.",
  });
}

export class HistoryLimits {
  readonly #options: CheckedHistoryOptions;
  readonly #logger: Logger;
  readonly #telemetry: Telemetry;

  constructor(options: CheckedHistoryOptions, { logger, telemetry }: { logger: Logger; telemetry: Telemetry }) {
    this.#options = options;
    this.#logger = logger;
    this.#telemetry = telemetry;
  }

  /** What an execution that has run its turn, and is not committed, fails with in place of it. */
  refusal({ end, lastEventId, setup }: Execution): HistoryTooLongError | undefined {
    if (end !== undefined || lastEventId <= this.#options.maxEvents) return undefined;
    return new HistoryTooLongError(setup.instanceId, lastEventId, this.#options.maxEvents);
  }

  /** Warns where the turn that was just committed has led to the soft limit. */
  committed({ end, lastEventId, setup }: Execution, events: readonly HistoryEvent[]): void {
    const { warnEvents, maxEvents } = this.#options;
    if (end !== undefined || lastEventId < warnEvents || lastEventId - events.length >= warnEvents) return;
    this.#telemetry.count("histories.long", 1);
    this.#logger.warn(
      { instanceId: setup.instanceId, events: lastEventId, warnEvents, maxEvents },
      "The history of an orchestration gets long: let it continue as new before it fails.",
    );
  }
}
