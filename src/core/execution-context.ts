/**
 * The orchestration context over an execution: checks what the user hands in, then asks the execution.
 */
import type { ActivityReference } from "./activity-reference.ts";
import type { ContinueAsNewOptions, OrchestrationContext, ReplaySafeLogger, TaskOptions } from "./context.ts";
import type { Duration } from "./duration.ts";
import { dueTimeMs } from "./duration.ts";
import type { OrchestrationEntityFeature } from "./entity-feature.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { ContextScope } from "./execution-scope.ts";
import type { EventBody, ExecutionStarted } from "./history.ts";
import type { CallHttpOptions, DurableHttpResponse } from "./http-calls.ts";
import { checkHttpCall, HTTP_ACTIVITY } from "./http-calls.ts";
import { checkName } from "./names.ts";
import { checkRetry } from "./retry.ts";
import type { Task, TimerTask } from "./task.ts";

type ActivityArgument = ActivityReference | string | ((...args: never[]) => unknown);

export class ExecutionContext implements OrchestrationContext {
  readonly #execution: ContextScope;
  readonly #started: EventBody<ExecutionStarted>;
  #log: ReplaySafeLogger | undefined = undefined;

  constructor(execution: ContextScope, started: EventBody<ExecutionStarted>) {
    this.#execution = execution;
    this.#started = started;
  }

  get log(): ReplaySafeLogger {
    return (this.#log ??= replaySafeLogger(this.#execution));
  }

  get instanceId(): string {
    return this.#started.instanceId;
  }

  get executionId(): string {
    return this.#started.executionId;
  }

  get name(): string {
    return this.#started.name;
  }

  get version(): string {
    return this.#started.version ?? "";
  }

  get currentUtcDateTime(): Date {
    return new Date(this.#execution.time);
  }

  get isReplaying(): boolean {
    return this.#execution.isReplaying;
  }

  get entities(): OrchestrationEntityFeature {
    return this.#execution.entities;
  }

  callActivity<O>(activity: ActivityArgument, input?: unknown, options: TaskOptions = {}): Task<O> {
    this.#execution.assertInTurn("callActivity");
    const retry = options.retry === undefined ? undefined : checkRetry(options.retry, this);
    return this.#execution.callActivity(activityName(activity), input, retry) as unknown as Task<O>;
  }

  callHttp(options: CallHttpOptions): Task<DurableHttpResponse> {
    this.#execution.assertInTurn("callHttp");
    const { payloadBytesMax } = this.#execution;
    const { request, retry, followUp } = checkHttpCall(options, { context: this, payloadBytesMax });
    return this.#execution.callActivity(
      HTTP_ACTIVITY,
      request,
      retry,
      followUp,
    ) as unknown as Task<DurableHttpResponse>;
  }

  createTimer(when: Duration | Date): TimerTask {
    this.#execution.assertInTurn("createTimer");
    return this.#execution.createTimer(dueTimeMs(when, this.#execution.time, "timer")) as unknown as TimerTask;
  }

  waitForExternalEvent<T>(name: string): Task<T> {
    this.#execution.assertInTurn("waitForExternalEvent");
    checkName(name, "external event");
    return this.#execution.waitForExternalEvent(name) as unknown as Task<T>;
  }

  continueAsNew(input?: unknown, options: ContinueAsNewOptions = {}): void {
    this.#execution.assertInTurn("continueAsNew");
    this.#execution.continueAsNew(input, options);
  }

  setCustomStatus(status: unknown): void {
    this.#execution.assertInTurn("setCustomStatus");
    this.#execution.setCustomStatus(status);
  }

  newGuid(): string {
    this.#execution.assertInTurn("newGuid");
    return this.#execution.newGuid();
  }

  random(): number {
    this.#execution.assertInTurn("random");
    return this.#execution.random();
  }
}

function activityName(activity: ActivityArgument): string {
  if (typeof activity === "string") return activity;
  // A definition may be undefined at run time, as in a circular import.
  const name = (activity as { readonly name?: unknown } | undefined | null)?.name;
  if (typeof name === "string" && (typeof activity === "function" || isActivity(activity))) return name;
  throw new InvalidArgumentError("ctx.callActivity() was not given an activity.", {
    hint: "Pass what activity(name, fn) returned, or the activity's name.",
  });
}

function isActivity(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { readonly kind?: unknown }).kind === "activity";
}

function replaySafeLogger(execution: ContextScope): ReplaySafeLogger {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (execution.isReplaying) return;
      try {
        execution.log(level, message, fields);
      } catch {
        // Replay logs nothing, so a logger that fails here must not be able to change what the code does.
      }
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
