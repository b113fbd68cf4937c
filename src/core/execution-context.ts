/**
 * The orchestration context over an execution: checks what the user hands in, then asks the execution.
 */
import type { ActivityReference } from "./activity-reference.ts";
import type {
  ContinueAsNewOptions,
  OrchestrationContext,
  ParentOrchestration,
  ReplaySafeLogger,
  SubOrchestrationOptions,
  TaskOptions,
} from "./context.ts";
import type { Duration } from "./duration.ts";
import { dueTimeMs } from "./duration.ts";
import type { OrchestrationEntityFeature } from "./entity-feature.ts";
import { InvalidArgumentError } from "./errors.ts";
import { sendEvent } from "./event-sending.ts";
import type { ContextScope } from "./execution-scope.ts";
import type { EventBody, ExecutionStarted } from "./history.ts";
import type { CallHttpOptions, DurableHttpResponse } from "./http-calls.ts";
import { checkHttpCall, HTTP_ACTIVITY } from "./http-calls.ts";
import { checkName } from "./names.ts";
import type { OrchestratorReference } from "./orchestrator-reference.ts";
import { checkRetry } from "./retry.ts";
import type { Task, TimerTask } from "./task.ts";
import { compareVersions } from "./versions.ts";

type OrchestratorArgument = OrchestratorReference | string | ((...args: never[]) => unknown);
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

  get parent(): ParentOrchestration | undefined {
    return this.#started.parent;
  }

  get version(): string {
    return this.#started.version ?? "";
  }

  compareVersionTo(version: string): number {
    const given: unknown = version;
    if (typeof given === "string") return compareVersions(this.version, given);
    throw new InvalidArgumentError(
      `ctx.compareVersionTo() was given ${given === null ? "null" : `a ${typeof given}`}.`,
      { hint: 'Pass a version, such as "2.0".' },
    );
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
    return this.#execution.calls.call(nameOf(activity, "activity", "callActivity"), input, retry) as unknown as Task<O>;
  }

  callHttp(options: CallHttpOptions): Task<DurableHttpResponse> {
    this.#execution.assertInTurn("callHttp");
    const { bytesMax: payloadBytesMax } = this.#execution.payloads;
    const { request, retry, followUp } = checkHttpCall(options, { context: this, payloadBytesMax });
    return this.#execution.calls.call(HTTP_ACTIVITY, request, retry, followUp) as unknown as Task<DurableHttpResponse>;
  }

  callSubOrchestrator<O>(
    orchestrator: OrchestratorArgument,
    input?: unknown,
    options: SubOrchestrationOptions = {},
  ): Task<O> {
    this.#execution.assertInTurn("callSubOrchestrator");
    const retry = options.retry === undefined ? undefined : checkRetry(options.retry, this);
    const name = nameOf(orchestrator, "orchestrator", "callSubOrchestrator");
    return this.#execution.subOrchestrations.call(name, input, options, retry) as unknown as Task<O>;
  }

  createTimer(when: Duration | Date): TimerTask {
    this.#execution.assertInTurn("createTimer");
    return this.#execution.calls.createTimer(dueTimeMs(when, this.#execution.time, "timer")) as unknown as TimerTask;
  }

  waitForExternalEvent<T>(name: string): Task<T> {
    this.#execution.assertInTurn("waitForExternalEvent");
    checkName(name, "external event");
    return this.#execution.events.waitFor(name) as unknown as Task<T>;
  }

  sendEvent(instanceId: string, name: string, data?: unknown): void {
    this.#execution.assertInTurn("sendEvent");
    sendEvent(this.#execution, instanceId, name, data);
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
    return this.#execution.chance.newGuid();
  }

  random(): number {
    this.#execution.assertInTurn("random");
    return this.#execution.chance.random();
  }
}

/** The name of what is called: itself, a definition of the kind, or a function of that name. */
function nameOf(called: unknown, kind: "activity" | "orchestrator", method: string): string {
  if (typeof called === "string") return called;
  // A definition may be undefined at run time, as in a circular import.
  const { name, kind: its } = (called ?? {}) as { readonly name?: unknown; readonly kind?: unknown };
  if (typeof name === "string" && (typeof called === "function" || its === kind)) return name;
  throw new InvalidArgumentError(`ctx.${method}() was not given an ${kind}.`, {
    hint: `Pass what ${kind}(name, fn) returned, or the ${kind}'s name.`,
  });
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
