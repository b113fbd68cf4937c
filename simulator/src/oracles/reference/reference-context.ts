/**
 * The orchestration context of the reference interpreter: what an orchestrator asks for, written down; and what its
 * history answers, handed back.
 *
 * Invariant: written from the documented meaning of the programming model, sharing no code with the engine's. What it
 * does not know it refuses, and then nothing is said of that execution.
 */
import { createHash } from "node:crypto";
import type { Duration, FailureDetails, HistoryEvent, RetryPolicy } from "dacapo";
import { TaskCancelledError, TaskFailedError } from "dacapo";
import { errorOf } from "./recorded-errors.ts";
import { ReferenceTask, ReferenceTimer } from "./reference-task.ts";

/** Something of the programming model that the reference does not know. */
export class UnknownToReferenceError extends Error {}

/** A call of an activity, with all its tries. */
interface Call {
  readonly task: ReferenceTask;
  readonly name: string;
  readonly input: string | undefined;
  readonly policy: RetryPolicy | undefined;
  readonly firstAt: number;
  attempts: number;
}

type Answer = Extract<HistoryEvent, { readonly type: "TaskCompleted" | "TaskFailed" | "TimerFired" | "EventRaised" }>;
type Started = Extract<HistoryEvent, { readonly type: "ExecutionStarted" }>;

export class ReferenceContext {
  /** The turn's time, in milliseconds since the epoch. */
  time = 0;
  /** What was decided since the turn began, each as a text. */
  decisions: string[] = [];
  continuation: { readonly input: string | undefined } | undefined = undefined;
  readonly #started: Started;
  #tasks = 0;
  #guids = 0;
  #random: (() => number) | undefined = undefined;
  readonly #calls = new Map<number, Call>();
  /** By task: the user's timer, or the call that is to be tried again. */
  readonly #timers = new Map<number, ReferenceTimer | Call>();
  readonly #unprocessed: { readonly name: string; readonly input: string | undefined }[] = [];
  readonly #waiters: { readonly name: string; readonly task: ReferenceTask }[] = [];

  constructor(started: Started) {
    this.#started = started;
  }

  /** What the user's code gets. */
  get surface(): object {
    const { instanceId, executionId, name, version = "", seed = executionId } = this.#started;
    const log = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, () => undefined]));
    const now = (): Date => new Date(this.time);
    const known = {
      ...{ instanceId, executionId, name, version, isReplaying: true, log },
      get currentUtcDateTime(): Date {
        return now();
      },
      callActivity: (activity: string | { readonly name: string }, input?: unknown, options: CallOptions = {}) =>
        this.#callActivity(activity, input, options),
      createTimer: (when: Duration | Date) => this.#createTimer(when),
      waitForExternalEvent: (event: string) => this.#waitForEvent(event),
      continueAsNew: (input?: unknown) => {
        this.continuation = { input: JSON.stringify(input) };
      },
      // O6 holds the custom status to the history.
      setCustomStatus: () => undefined,
      newGuid: () => uuidV5(`${instanceId}:${seed}:${this.#guids++}`),
      random: () => (this.#random ??= mulberry32(`${instanceId}:${seed}`))(),
    };
    return new Proxy(known, {
      get: (target, key) => {
        if (key in target || typeof key === "symbol") return Reflect.get(target, key) as unknown;
        throw new UnknownToReferenceError(key);
      },
    });
  }

  /** Hands over what the history says was answered. Says what nobody had asked for, if so. */
  feed(event: Answer): string | undefined {
    switch (event.type) {
      case "TaskCompleted": {
        const call = taken(this.#calls, event.taskId);
        if (call === undefined) return `a result of task ${event.taskId}, which was not asked for`;
        call.task.complete(parsed(event.result));
        return undefined;
      }
      case "TaskFailed": {
        const call = taken(this.#calls, event.taskId);
        if (call === undefined) return `a failure of task ${event.taskId}, which was not asked for`;
        this.#failed(event.taskId, call, event.failure);
        return undefined;
      }
      case "TimerFired": {
        const timer = taken(this.#timers, event.taskId);
        if (timer instanceof ReferenceTimer) timer.complete(undefined);
        else if (timer !== undefined) this.#schedule(timer);
        return timer === undefined ? `timer ${event.taskId}, which was not asked for or was cancelled` : undefined;
      }
      case "EventRaised": {
        const name = event.name.toLowerCase();
        const index = this.#waiters.findIndex((waiter) => waiter.name === name);
        if (index < 0) this.#unprocessed.push({ name, input: event.input });
        else this.#waiters.splice(index, 1)[0]?.task.complete(parsed(event.input));
        return undefined;
      }
    }
  }

  #callActivity(activity: string | { readonly name: string }, input: unknown, { retry }: CallOptions): ReferenceTask {
    if (typeof retry === "function") throw new UnknownToReferenceError("a retry handler");
    const name = typeof activity === "string" ? activity : activity.name;
    const task = new ReferenceTask();
    const text = JSON.stringify(input) as string | undefined;
    this.#schedule({ task, name, input: text, policy: retry, firstAt: this.time, attempts: 0 });
    return task;
  }

  #schedule(call: Call): void {
    call.attempts += 1;
    this.#tasks += 1;
    this.#calls.set(this.#tasks, call);
    this.decisions.push(
      `activity ${this.#tasks} "${call.name}" with ${call.input ?? "nothing"}, attempt ${call.attempts}`,
    );
  }

  #failed(taskId: number, call: Call, failure: FailureDetails): void {
    let delay: number | undefined;
    try {
      delay = this.#delayBeforeRetry(call, failure);
    } catch (error) {
      call.task.fail(error as Error);
      return;
    }
    if (delay === undefined)
      call.task.fail(new TaskFailedError({ name: call.name, taskId }, failure, errorOf(failure)));
    else this.#timers.set(this.#setTimer(this.time + delay), call);
  }

  /** In milliseconds; undefined when the call is not tried again. */
  #delayBeforeRetry({ policy, attempts, firstAt }: Call, failure: FailureDetails): number | undefined {
    if (policy === undefined || attempts >= policy.maxNumberOfAttempts || failure.isNonRetriable === true)
      return undefined;
    const first = millisecondsOf(policy.firstRetryInterval);
    const growth = (policy.backoffCoefficient ?? 1) ** (attempts - 1);
    const longest = millisecondsOf(policy.maxRetryInterval ?? { hours: 1 });
    const delay = Math.ceil(Math.min(first === 0 ? 0 : first * growth, longest));
    const isTooLate =
      policy.retryTimeout !== undefined && this.time + delay > firstAt + millisecondsOf(policy.retryTimeout);
    return isTooLate || policy.handleFailure?.(failure) === false ? undefined : delay;
  }

  #createTimer(when: Duration | Date): ReferenceTimer {
    const fireAt = when instanceof Date ? when.getTime() : this.time + millisecondsOf(when);
    const taskId = this.#setTimer(fireAt);
    const timer = new ReferenceTimer(fireAt, () => {
      this.#timers.delete(taskId);
      return new TaskCancelledError("The timer was cancelled, so it never fires.", {
        hint: "Do not wait for a timer after cancelling it.",
      });
    });
    this.#timers.set(taskId, timer);
    return timer;
  }

  #setTimer(fireAt: number): number {
    this.#tasks += 1;
    this.decisions.push(`timer ${this.#tasks} for ${fireAt}`);
    return this.#tasks;
  }

  #waitForEvent(spelt: string): ReferenceTask {
    const name = spelt.toLowerCase();
    const task = new ReferenceTask();
    const index = this.#unprocessed.findIndex((event) => event.name === name);
    if (index < 0) this.#waiters.push({ name, task });
    else task.complete(parsed(this.#unprocessed.splice(index, 1)[0]?.input));
    return task;
  }
}

interface CallOptions {
  readonly retry?: RetryPolicy;
}

function taken<T>(open: Map<number, T>, taskId: number): T | undefined {
  const one = open.get(taskId);
  open.delete(taskId);
  return one;
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

const UNITS = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  milliseconds: 1,
};

function millisecondsOf(duration: Duration): number {
  const given = duration as Readonly<Record<string, number | undefined>>;
  return Math.ceil(Object.entries(UNITS).reduce((sum, [unit, ms]) => sum + (given[unit] ?? 0) * ms, 0));
}

/** Durable Functions' namespace for the ids that orchestrators make. */
const NAMESPACE = Buffer.from("9e9529585e334daf827f2fa12937b875", "hex");

/** RFC 9562, section 5.5. */
function uuidV5(name: string): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** mulberry32 by Tommy Ettinger. */
function mulberry32(seed: string): () => number {
  let a = createHash("sha1").update(seed).digest().readInt32BE(0);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
