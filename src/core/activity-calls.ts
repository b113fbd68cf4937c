/**
 * The open tasks of an execution that a message answers: activities with their retries, and timers.
 *
 * Invariant: a task id is open from the decision that made it until the one event that answers it. A retry is a
 * new task id under the same logical call; the user's task settles with the last one.
 */
import { assert } from "./assert.ts";
import type { DurableTimer } from "./durable-task.ts";
import { DurableTask } from "./durable-task.ts";
import { TaskFailedError } from "./errors.ts";
import type { CallScope, OpenTask } from "./execution-scope.ts";
import type { FailureDetails } from "./failure.ts";
import { fromFailureDetails } from "./failure.ts";
import type { EventBody, TaskCompleted, TaskFailed } from "./history.ts";
import { checkName } from "./names.ts";
import { deserialize, serialize } from "./payload.ts";
import type { CheckedRetryPolicy, RetryPolicy } from "./retry.ts";
import { checkRetryPolicy, nextRetryDelayMs } from "./retry.ts";

/** One call of an activity in the user's code, all its tries together. */
interface LogicalCall {
  readonly task: DurableTask;
  readonly name: string;
  readonly input: string | undefined;
  readonly idempotencyKey: string;
  readonly retry: CheckedRetryPolicy | undefined;
  readonly firstAttemptAt: number;
  attempts: number;
}

type Open =
  | { readonly kind: "activity"; readonly call: LogicalCall }
  | { readonly kind: "retry"; readonly call: LogicalCall }
  | { readonly kind: "timer"; readonly timer: DurableTimer };

export class ActivityCalls {
  readonly #execution: CallScope;
  readonly #open = new Map<number, Open>();

  /** Begins the idempotency keys of all calls. */
  readonly #keyPrefix: string;

  constructor(execution: CallScope) {
    this.#execution = execution;
    this.#keyPrefix = `${execution.executionId}:`;
  }

  /** True when an activity's answer, or a timer's, would be consumed. */
  isOpen(taskId: number, answer: "activity" | "timer"): boolean {
    const open = this.#open.get(taskId);
    return open !== undefined && (open.kind === "activity") === (answer === "activity");
  }

  get open(): readonly OpenTask[] {
    return [...this.#open].map(([taskId, open]) =>
      open.kind === "activity" ? { kind: "activity", name: open.call.name, taskId } : { kind: "timer", taskId },
    );
  }

  /** The task ids of timers that are still to fire, those of retries included. */
  get openTimers(): readonly number[] {
    return [...this.#open].filter(([, open]) => open.kind !== "activity").map(([taskId]) => taskId);
  }

  call(name: string, input: unknown, retry: RetryPolicy | undefined): DurableTask {
    checkName(name, "activity");
    const policy = retry === undefined ? undefined : checkRetryPolicy(retry);
    const text = serialize(input, `input of activity "${name}"`, this.#execution.payloadBytesMax);
    const task = new DurableTask(this.#execution);
    const taskId = this.#execution.nextTaskId();
    this.#schedule(taskId, {
      task,
      name,
      input: text,
      idempotencyKey: this.#keyPrefix + String(taskId),
      retry: policy,
      firstAttemptAt: this.#execution.time,
      attempts: 0,
    });
    return task;
  }

  expectTimer(taskId: number, timer: DurableTimer): void {
    this.#open.set(taskId, { kind: "timer", timer });
  }

  forget(taskId: number): void {
    this.#open.delete(taskId);
  }

  /** An activity was answered. */
  settle(event: EventBody<TaskCompleted | TaskFailed>): void {
    const open = this.#take(event.taskId);
    assert(open.kind === "activity", "an activity's answer meets an activity");
    if (event.type === "TaskCompleted") open.call.task.complete(deserialize(event.result));
    else this.#failed(event.taskId, open.call, event.failure);
  }

  /** A timer fired: the user's, or the wait before a retry. */
  fire(taskId: number): void {
    const open = this.#take(taskId);
    assert(open.kind !== "activity", "a timer's answer meets a timer");
    if (open.kind === "timer") open.timer.complete(undefined);
    else this.#schedule(this.#execution.nextTaskId(), open.call);
  }

  #take(taskId: number): Open {
    const open = this.#open.get(taskId);
    assert(open !== undefined, "only open tasks are answered");
    this.#open.delete(taskId);
    return open;
  }

  #schedule(taskId: number, call: LogicalCall): void {
    call.attempts += 1;
    this.#open.set(taskId, { kind: "activity", call });
    const { name, input, attempts: attempt, idempotencyKey } = call;
    this.#execution.decide(
      input === undefined
        ? { type: "TaskScheduled", taskId, name, attempt, idempotencyKey }
        : { type: "TaskScheduled", taskId, name, input, attempt, idempotencyKey },
    );
  }

  #failed(taskId: number, call: LogicalCall, failure: FailureDetails): void {
    let delayMs: number | undefined;
    try {
      delayMs = this.#retryDelayMs(call, failure);
    } catch (error) {
      // The policy's own predicate threw: that is the call's failure.
      call.task.fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (delayMs === undefined) {
      call.task.fail(new TaskFailedError({ name: call.name, taskId }, failure, fromFailureDetails(failure)));
      return;
    }
    const timerId = this.#execution.nextTaskId();
    this.#open.set(timerId, { kind: "retry", call });
    this.#execution.decide({ type: "TimerCreated", taskId: timerId, fireAt: this.#execution.time + delayMs });
  }

  #retryDelayMs(call: LogicalCall, failure: FailureDetails): number | undefined {
    if (call.retry === undefined) return undefined;
    const { attempts, firstAttemptAt } = call;
    return nextRetryDelayMs(call.retry, { attempts, firstAttemptAt, now: this.#execution.time, failure });
  }
}
