/**
 * The open tasks of an execution that a message answers: activities with what follows them, and timers.
 *
 * Invariant: a task id is open from the decision that made it until the one event that answers it. A retry, or a
 * request that follows an answer, is a new task id under the same logical call; the user's task settles with the last
 * one. The tries of one request share an idempotency key; each request has its own.
 */
import { assert } from "./assert.ts";
import { DurableTask, DurableTimer } from "./durable-task.ts";
import { TaskFailedError } from "./errors.ts";
import type { CallScope, OpenTask } from "./execution-scope.ts";
import type { FailureDetails } from "./failure.ts";
import { fromFailureDetails } from "./failure.ts";
import type { FollowUp } from "./follow-up.ts";
import type { EventBody, TaskCompleted, TaskFailed } from "./history.ts";
import { checkName } from "./names.ts";
import { afterFailure, failWith } from "./retried-call.ts";
import type { CheckedRetry } from "./retry.ts";

/** One call of an activity in the user's code: its request with all tries, and the requests that follow. */
interface LogicalCall {
  readonly task: DurableTask;
  readonly name: string;
  readonly retry: CheckedRetry | undefined;
  /** What an answer leads to; without it, an answer is the call's result. */
  followUp: FollowUp | undefined;
  /** The current request. */
  input: string | undefined;
  /** How often the current request was tried; the first try sets what its tries share. */
  attempts: number;
  idempotencyKey: string;
  firstAttemptAt: number;
}

type Open =
  | { readonly kind: "activity"; readonly call: LogicalCall }
  | { readonly kind: "wait"; readonly goOn: () => void }
  | { readonly kind: "timer"; readonly timer: DurableTimer };

/** What the calls ask of their execution beyond what all calls do. */
interface ActivityScope extends CallScope {
  /** @throws NonDeterminismError when the code calls the context while it should be waiting. */
  assertInTurn(call: string): void;
}

export class ActivityCalls {
  readonly #execution: ActivityScope;
  readonly #open = new Map<number, Open>();
  #cancelled: number[] = [];

  /** Begins the idempotency keys of all calls. */
  readonly #keyPrefix: string;

  constructor(execution: ActivityScope) {
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

  /** The task ids of timers that are still to fire, those before retries and follow-ups included. */
  get openTimers(): readonly number[] {
    return [...this.#open].filter(([, open]) => open.kind !== "activity").map(([taskId]) => taskId);
  }

  call(name: string, input: unknown, retry: CheckedRetry | undefined, followUp?: FollowUp): DurableTask {
    checkName(name, "activity");
    const text = this.#write(name, input);
    const task = new DurableTask(this.#execution);
    this.#schedule({ task, name, retry, followUp, input: text, attempts: 0, idempotencyKey: "", firstAttemptAt: 0 });
    return task;
  }

  /** Creates a durable timer before something goes on, such as a retry, whatever it retries. */
  waitUntil(fireAt: number, goOn: () => void): void {
    const taskId = this.#execution.nextTaskId();
    this.#open.set(taskId, { kind: "wait", goOn });
    this.#execution.decide({ type: "TimerCreated", taskId, fireAt });
  }

  /** Creates a durable timer for the user's code. */
  createTimer(fireAt: number): DurableTimer {
    const taskId = this.#execution.nextTaskId();
    const timer = new DurableTimer(this.#execution, fireAt, () => {
      this.#execution.assertInTurn("cancel");
      this.#open.delete(taskId);
      this.#cancelled.push(taskId);
    });
    this.#open.set(taskId, { kind: "timer", timer });
    this.#execution.decide({ type: "TimerCreated", taskId, fireAt });
    return timer;
  }

  /** The task ids of timers that were cancelled since this was asked last. */
  takeCancelled(): readonly number[] {
    const cancelled = this.#cancelled;
    if (cancelled.length > 0) this.#cancelled = [];
    return cancelled;
  }

  /** An activity was answered. */
  settle(event: EventBody<TaskCompleted | TaskFailed>): void {
    const open = this.#take(event.taskId);
    assert(open.kind === "activity", "an activity's answer meets an activity");
    if (event.type === "TaskCompleted") this.#completed(open.call, event.result);
    else this.#failed(event.taskId, open.call, event.failure);
  }

  /** A timer fired: the user's, or the wait before a call goes on. */
  fire(taskId: number): void {
    const open = this.#take(taskId);
    assert(open.kind !== "activity", "a timer's answer meets a timer");
    if (open.kind === "timer") open.timer.complete(undefined);
    else open.goOn();
  }

  #take(taskId: number): Open {
    const open = this.#open.get(taskId);
    assert(open !== undefined, "only open tasks are answered");
    this.#open.delete(taskId);
    return open;
  }

  #write(name: string, input: unknown): string | undefined {
    return this.#execution.payloads.write(input, `input of activity "${name}"`);
  }

  /** Schedules the next try of the call's current request. */
  #schedule(call: LogicalCall): void {
    const taskId = this.#execution.nextTaskId();
    if (call.attempts === 0) {
      call.idempotencyKey = this.#keyPrefix + String(taskId);
      call.firstAttemptAt = this.#execution.time;
    }
    call.attempts += 1;
    this.#open.set(taskId, { kind: "activity", call });
    const { name, input, attempts: attempt, idempotencyKey } = call;
    this.#execution.decide(
      input === undefined
        ? { type: "TaskScheduled", taskId, name, attempt, idempotencyKey }
        : { type: "TaskScheduled", taskId, name, input, attempt, idempotencyKey },
    );
  }

  #completed(call: LogicalCall, result: string | undefined): void {
    const { payloads } = this.#execution;
    const what = `result of activity "${call.name}"`;
    if (call.followUp === undefined) {
      payloads.settle(call.task, result, what);
      return;
    }
    try {
      const next = call.followUp(payloads.read(result, what), this.#execution.time);
      if (next.kind === "settled") {
        call.task.complete(next.value);
        return;
      }
      call.input = this.#write(call.name, next.input);
      call.followUp = next.followUp;
      call.attempts = 0;
      this.waitUntil(next.at, () => {
        this.#schedule(call);
      });
    } catch (error) {
      failWith(call, error);
    }
  }

  #failed(taskId: number, call: LogicalCall, failure: FailureDetails): void {
    afterFailure(this.#execution, call, failure, {
      again: () => {
        this.#schedule(call);
      },
      wait: (at) => {
        this.waitUntil(at, () => {
          this.#schedule(call);
        });
      },
      error: () => new TaskFailedError({ name: call.name, taskId }, failure, fromFailureDetails(failure)),
    });
  }
}
