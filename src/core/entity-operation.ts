/**
 * One operation of an entity while it runs: its input, the state it sees and leaves, what it sends and starts.
 *
 * Invariant: nothing of it takes effect by itself. What it made of the state and what it sends is read once, when its
 * code has returned; of an operation that threw, nothing is. States, inputs and results are texts outside, values inside. Used by whoever runs entities' code; `entity-turn.ts` makes the outcome of it part of a turn.
 */
import type { Payloads } from "./data-converter.ts";
import type { OrchestratorDefinition } from "./definitions.ts";
import { nameToSchedule } from "./definitions.ts";
import { uuidV5 } from "./determinism.ts";
import type { Duration } from "./duration.ts";
import { dueTimeMs } from "./duration.ts";
import type { EntityInstanceId } from "./entity-instance-id.ts";
import { operationRequest } from "./entity-reference.ts";
import type { EntityReference } from "./entity-reference.ts";
import type { OperationCall, OperationOutcome, OutgoingSignal } from "./entity-turn.ts";
import { InvalidArgumentError } from "./errors.ts";
import { toFailureDetails } from "./failure.ts";
import type { EventBody, ExecutionStarted } from "./history.ts";
import type { ExecutionStart, InstanceStart } from "./messages.ts";
import type { Mutable } from "./mutable.ts";
import { checkOrchestrationId } from "./names.ts";
import { checkOptions, checkTags, checkText } from "./options.ts";

/** What an operation is told by the turn, and by whoever runs it. */
export interface OperationSetup {
  readonly id: EntityInstanceId;
  readonly call: OperationCall;
  readonly payloads: Payloads;
}

interface StartOptions {
  readonly instanceId?: string;
  readonly startAt?: Date | Duration;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const NOTHING: readonly never[] = [];

export class EntityOperation {
  readonly id: EntityInstanceId;
  readonly #call: OperationCall;
  readonly #payloads: Payloads;
  #state: unknown = undefined;
  /** True once the state was read or replaced: then its text may not be what it was. */
  #isTouched = false;
  #isOver = false;
  // Most operations neither send nor start anything.
  #signals: OutgoingSignal[] | undefined = undefined;
  #starts: InstanceStart[] | undefined = undefined;

  constructor({ id, call, payloads }: OperationSetup) {
    this.id = id;
    this.#call = call;
    this.#payloads = payloads;
  }

  get operationName(): string {
    return this.#call.operation;
  }

  get hasInput(): boolean {
    return this.#call.input !== undefined;
  }

  getInput<T>(): T {
    return this.#payloads.read(this.#call.input, `input of operation "${this.operationName}"`) as T;
  }

  get isNewlyConstructed(): boolean {
    return this.#call.state === undefined;
  }

  get hasState(): boolean {
    return this.#isTouched ? this.#state !== undefined && this.#state !== null : this.#call.state !== undefined;
  }

  getState<S>(defaultValue: S): S;
  getState<S>(): S | undefined;
  getState<S>(defaultValue?: S): S | undefined {
    if (!this.#isTouched) {
      this.#state = this.#payloads.read(this.#call.state, `state of the entity ${this.id.toString()}`);
      this.#isTouched = true;
    }
    return this.hasState ? (this.#state as S) : defaultValue;
  }

  setState(state: unknown): void {
    this.#assertRunning("setState");
    this.#state = state;
    this.#isTouched = true;
  }

  deleteState(): void {
    this.setState(undefined);
  }

  get currentUtcDateTime(): Date {
    return new Date(this.#call.time);
  }

  // A property, so that it has the overloads of its type.
  readonly signalEntity = (entity: EntityReference | EntityInstanceId, ...rest: readonly unknown[]): void => {
    this.#assertRunning("signalEntity");
    const { id, operation, input, options } = operationRequest(entity, rest, "signalEntity");
    const text = this.#payloads.write(input, `input of signal "${operation}" to ${id.toString()}`);
    const dueTime = signalTimeOf(options, this.#call.time, "signalEntity");
    const signal: Mutable<OutgoingSignal> = { entityId: id.toString(), operation };
    if (text !== undefined) signal.input = text;
    if (dueTime !== undefined) signal.dueTime = dueTime;
    (this.#signals ??= []).push(signal);
  };

  scheduleNewOrchestration(orchestrator: OrchestratorDefinition | string, ...rest: readonly unknown[]): string {
    this.#assertRunning("scheduleNewOrchestration");
    const [input, given] = rest;
    const name = nameToSchedule(orchestrator);
    const options = (given ?? {}) as StartOptions;
    checkOptions(options, "scheduleNewOrchestration");
    this.#starts ??= [];
    // A function of the message that asks, so that a repeated turn starts the same life.
    const incarnation = uuidV5(`${this.id.toString()}:${this.#call.messageId}:${this.#starts.length}`);
    const instanceId = options.instanceId ?? incarnation;
    checkOrchestrationId(instanceId);
    const event: Mutable<EventBody<ExecutionStarted>> = {
      type: "ExecutionStarted",
      name,
      instanceId,
      executionId: incarnation,
    };
    const text = this.#payloads.write(input, `input of orchestrator "${name}"`);
    if (text !== undefined) event.input = text;
    const version = checkText(options.version, "version");
    if (version !== undefined) event.version = version;
    if (options.tags !== undefined) event.tags = checkTags(options.tags, "tags");
    const start: Mutable<ExecutionStart> = { event, carriedEvents: [] };
    if (options.startAt !== undefined) start.startAt = dueTimeMs(options.startAt, this.#call.time, "option startAt");
    this.#starts.push({ instanceId, incarnation, start });
    return instanceId;
  }

  /** What the operation made, now that its code has returned `result`: failed where it cannot be written. */
  returned(result: unknown): OperationOutcome {
    this.#isOver = true;
    try {
      const outcome: Mutable<Extract<OperationOutcome, { kind: "completed" }>> = {
        kind: "completed",
        signals: this.#signals ?? NOTHING,
        starts: this.#starts ?? NOTHING,
      };
      const state = this.#stateText();
      if (state !== undefined) outcome.state = state;
      // Nobody is told the result of a signal.
      if (this.#call.caller === undefined) return outcome;
      const text = this.#payloads.write(result, `result of operation "${this.operationName}"`);
      if (text !== undefined) outcome.result = text;
      return outcome;
    } catch (error) {
      return this.threw(error);
    }
  }

  /** The operation failed: nothing of it is left. */
  threw(error: unknown): OperationOutcome {
    this.#isOver = true;
    return { kind: "failed", failure: toFailureDetails(error) };
  }

  #stateText(): string | undefined {
    if (!this.#isTouched) return this.#call.state;
    if (!this.hasState) return undefined;
    return this.#payloads.write(this.#state, `state of the entity ${this.id.toString()}`);
  }

  #assertRunning(method: string): void {
    if (!this.#isOver) return;
    throw new InvalidArgumentError(`${method}() was called after operation "${this.operationName}" had ended.`, {
      hint: "Await everything that the operation begins: what comes after its end has no effect.",
    });
  }
}

/** When a signal is due, if it is scheduled. @throws InvalidArgumentError when the options make no sense. */
export function signalTimeOf(options: unknown = {}, nowMs: number, method: string): number | undefined {
  checkOptions(options, method);
  const { signalTime } = options as { readonly signalTime?: Date | Duration };
  return signalTime === undefined ? undefined : dueTimeMs(signalTime, nowMs, "option signalTime");
}
