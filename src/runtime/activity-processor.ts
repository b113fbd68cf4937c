/**
 * Runs activities and delivers their answers.
 *
 * Invariant: whatever the function does, its answer is one message: completed or failed. A result whose lock is
 * lost, or an activity that gave up because its worker is stopping, is not answered: somebody runs it again.
 */
import type { Payloads } from "../core/data-converter.ts";
import { ActivityNotRegisteredError, LeaseLostError, PoisonMessageError } from "../core/errors.ts";
import { toFailureDetails } from "../core/failure.ts";
import type { Duration } from "../core/duration.ts";
import { durationToMs } from "../core/duration.ts";
import type { InstanceMessage, MessageBody } from "../core/messages.ts";
import type { ActivityContext } from "../ports/activity-context.ts";
import type { ActivityCommit, ActivityWorkItem, Backend, FetchOptions, Lock } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Lease } from "./lease-keeper.ts";
import type { Registry } from "./registry.ts";
import type { WorkProcessor } from "./work-loop.ts";

export interface ActivityProcessorSetup {
  readonly backend: Backend;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly maxDeliveryCount: number;
  readonly payloads: Payloads;
}

const COMPLETED = { outcome: "completed" } as const;
const FAILED = { outcome: "failed" } as const;

type Answer = Extract<MessageBody, { readonly type: "TaskCompleted" | "TaskFailed" }>;

export class ActivityProcessor implements WorkProcessor<ActivityWorkItem, ActivityCommit> {
  readonly kind = "activity";
  readonly #setup: ActivityProcessorSetup;

  constructor(setup: ActivityProcessorSetup) {
    this.#setup = setup;
  }

  fetch(options: FetchOptions): Promise<readonly ActivityWorkItem[]> {
    return this.#setup.backend.fetchActivities(options);
  }

  process(item: ActivityWorkItem, lease: Lease): ActivityCommit | Promise<ActivityCommit> {
    const refusal = this.#refusal(item);
    return refusal === undefined ? this.#run(item, lease) : toCommit(item, refusal);
  }

  complete(commit: ActivityCommit): Promise<void> {
    return this.#setup.backend.completeActivity(commit);
  }

  completed({ message }: ActivityCommit): void {
    this.#setup.telemetry.count("activities.committed", 1, message.body.type === "TaskCompleted" ? COMPLETED : FAILED);
  }

  abandon(item: ActivityWorkItem, delayMs: number): Promise<void> {
    return this.#setup.backend.abandonActivity({ lock: item.lock, delayMs });
  }

  renew(lock: Lock, leaseMs: number): Promise<void> {
    return this.#setup.backend.renewActivity(lock, leaseMs);
  }

  /** The answer for an activity that cannot run at all. */
  #refusal(item: ActivityWorkItem): Answer | undefined {
    const { name, taskId } = item.work;
    if (item.deliveryCount > this.#setup.maxDeliveryCount) {
      this.#setup.telemetry.count("items.poisoned", 1, { kind: this.kind });
      return failedFor(
        taskId,
        new PoisonMessageError(
          `The activity "${name}" was handed to workers ${item.deliveryCount - 1} times without ever finishing.`,
          { hint: "It crashes or blocks the worker. See the workers' logs." },
        ),
      );
    }
    if (this.#setup.registry.activity(name) !== undefined) return undefined;
    return failedFor(
      taskId,
      new ActivityNotRegisteredError(`No activity "${name}" is registered with the worker that was to run it.`, {
        hint: `Registered are: ${this.#setup.registry.names("activity").join(", ") || "none"}.`,
      }),
    );
  }

  async #run(item: ActivityWorkItem, lease: Lease): Promise<ActivityCommit> {
    const { name, taskId, input } = item.work;
    const { payloads, registry } = this.#setup;
    try {
      const handler = registry.activity(name)?.handler;
      const value = await handler?.(
        new RunningActivity(item, lease, this.#setup),
        payloads.read(input, `input of activity "${name}"`) as never,
      );
      const result = payloads.write(value, `result of activity "${name}"`);
      if (lease.abortReason instanceof LeaseLostError) throw lease.abortReason;
      return toCommit(
        item,
        result === undefined ? { type: "TaskCompleted", taskId } : { type: "TaskCompleted", taskId, result },
      );
    } catch (error) {
      // An activity that ended because it was told to is not a failed one.
      if (lease.abortReason !== undefined) throw lease.abortReason;
      return toCommit(item, { type: "TaskFailed", taskId, failure: toFailureDetails(error) });
    }
  }
}

/** One run of an activity, as its function sees it. A class, because every run makes one and few look at it all. */
class RunningActivity implements ActivityContext {
  readonly #item: ActivityWorkItem;
  readonly #lease: Lease;
  readonly #setup: ActivityProcessorSetup;

  constructor(item: ActivityWorkItem, lease: Lease, setup: ActivityProcessorSetup) {
    this.#item = item;
    this.#lease = lease;
    this.#setup = setup;
  }

  get instanceId(): string {
    return this.#item.work.instanceId;
  }

  get executionId(): string {
    return this.#item.work.executionId;
  }

  get taskId(): number {
    return this.#item.work.taskId;
  }

  get attempt(): number {
    return this.#item.work.attempt;
  }

  get idempotencyKey(): string {
    return this.#item.work.idempotencyKey;
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  get log(): Logger {
    const { instanceId, taskId, attempt, name } = this.#item.work;
    return withFields(this.#setup.logger, { instanceId, activity: name, taskId, attempt });
  }

  async sleep(duration: Duration): Promise<void> {
    await this.#setup.clock.sleep(durationToMs(duration, "sleep"), this.signal);
    this.signal.throwIfAborted();
  }
}

function toCommit({ lock, work }: ActivityWorkItem, body: Answer): ActivityCommit {
  const { instanceId, executionId } = work;
  // The lock's key is the activity's id, and that is the id of its answer.
  const message: InstanceMessage = { messageId: lock.key, instanceId, executionId, body };
  // A lock is used for one run, so it names the request.
  return { requestId: `${lock.key}#${lock.token}`, lock, message };
}

/** A failure that trying again does not mend. */
function failedFor(taskId: number, error: Error): Answer {
  return { type: "TaskFailed", taskId, failure: { ...toFailureDetails(error), isNonRetriable: true } };
}

function withFields(logger: Logger, fields: Readonly<Record<string, unknown>>): Logger {
  return {
    debug: (more, message) => {
      logger.debug({ ...fields, ...more }, message);
    },
    info: (more, message) => {
      logger.info({ ...fields, ...more }, message);
    },
    warn: (more, message) => {
      logger.warn({ ...fields, ...more }, message);
    },
    error: (more, message) => {
      logger.error({ ...fields, ...more }, message);
    },
  };
}
