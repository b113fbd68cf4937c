/**
 * The turn of an entity: (its data, new messages, what its operations do) -> (its new data, messages to send,
 * orchestrations to start).
 *
 * Pure: no clock, no randomness, no I/O; time and ids come in as data, and operations are run by whoever asks for the
 * turn. One operation runs after the other, and each sees what the one before left. The caller commits the result as a
 * whole, or drops it.
 */
import { EntityInbox } from "./entity-inbox.ts";
import type { AppliedMessage, EntityData, EntityLock, WaitingRequest } from "./entity-data.ts";
import { entityMessage } from "./effects.ts";
import { present } from "./execution.ts";
import type { FailureDetails } from "./failure.ts";
import type { Caller, DroppedMessage, EntityMessageBody, InstanceMessage, InstanceStart } from "./messages.ts";
import { answerMessageId } from "./messages.ts";
import type { Mutable } from "./mutable.ts";
import { OutboundStreams } from "./streams.ts";
import type { SentStream } from "./streams.ts";

export interface EntityTurnInput {
  /** The entity's instance id: `@name@key`. */
  readonly entityId: string;
  readonly incarnation: string;
  /** What the last turn left; absent before the first. */
  readonly data: EntityData | undefined;
  readonly messages: readonly InstanceMessage[];
  /** The hub's time, in milliseconds since the epoch. */
  readonly now: number;
  readonly lastTurnAt: number;
  /** How long after its consumption a message may come again, in milliseconds (contract G10). */
  readonly redeliveryHorizonMs: number;
  /** No more operations than this run; what they leave of the messages stays in the queue. */
  readonly operationsMax: number;
}

/** An operation that is to run now. */
export interface OperationCall {
  readonly messageId: string;
  readonly operation: string;
  readonly input?: string;
  /** Who waits for the result; absent for signals. */
  readonly caller?: Caller;
  /** The state as the operation before left it. */
  readonly state: string | undefined;
  /** The turn's time. */
  readonly time: number;
}

/** A signal that an operation sent. */
export interface OutgoingSignal {
  readonly entityId: string;
  readonly operation: string;
  readonly input?: string;
  readonly dueTime?: number;
}

export type OperationOutcome =
  | {
      readonly kind: "completed";
      readonly state?: string;
      readonly result?: string;
      readonly signals: readonly OutgoingSignal[];
      readonly starts: readonly InstanceStart[];
    }
  | { readonly kind: "failed"; readonly failure: FailureDetails };

/** Runs one operation; never throws because of what the entity's code does. */
export type RunOperation = (call: OperationCall) => OperationOutcome | Promise<OperationOutcome>;

/** An operation that failed, for the log. */
export interface FailedOperation {
  readonly operation: string;
  readonly isSignal: boolean;
  readonly failure: FailureDetails;
}

/** Everything that a turn changes. The caller adds the lock and the request id. */
export interface EntityTurnResult {
  readonly time: number;
  readonly data: EntityData;
  readonly consumed: readonly string[];
  readonly dropped: readonly DroppedMessage[];
  readonly applied: readonly AppliedMessage[];
  readonly messages: readonly InstanceMessage[];
  readonly starts: readonly InstanceStart[];
  readonly failures: readonly FailedOperation[];
}

/** Runs one turn; asynchronous only where an operation is. */
export function runEntityTurn(input: EntityTurnInput, run: RunOperation): EntityTurnResult | Promise<EntityTurnResult> {
  const turn = new EntityTurn(input);
  for (let call = turn.next(); call !== undefined; call = turn.next()) {
    const outcome = run(call);
    if (outcome instanceof Promise) return goOn(turn, run, { call, outcome });
    turn.settle(call, outcome);
  }
  return turn.result();
}

async function goOn(
  turn: EntityTurn,
  run: RunOperation,
  running: { readonly call: OperationCall; readonly outcome: Promise<OperationOutcome> },
): Promise<EntityTurnResult> {
  turn.settle(running.call, await running.outcome);
  for (let call = turn.next(); call !== undefined; call = turn.next()) turn.settle(call, await run(call));
  return turn.result();
}

type LockRequest = Extract<EntityMessageBody, { readonly type: "EntityLockRequested" }>;
type Unlock = Extract<EntityMessageBody, { readonly type: "EntityUnlockSent" }>;
type Operation = Extract<EntityMessageBody, { readonly operation: string }>;

class EntityTurn {
  readonly #input: EntityTurnInput;
  readonly #time: number;
  readonly #inbox: EntityInbox;
  #state: string | undefined;
  #lock: EntityLock | undefined;
  #lastOperationAt: number;
  #operationsLeft: number;
  readonly #applied: AppliedMessage[] = [];
  readonly #messages: InstanceMessage[] = [];
  readonly #starts: InstanceStart[] = [];
  readonly #failures: FailedOperation[] = [];
  /** Made when first needed: most turns send nothing but answers. */
  #sent: OutboundStreams | undefined = undefined;

  constructor(input: EntityTurnInput) {
    const { data } = input;
    this.#input = input;
    this.#time = timeOf(input);
    this.#inbox = new EntityInbox(input, this.#time);
    this.#state = data?.state;
    this.#lock = data?.lock;
    this.#lastOperationAt = data?.lastOperationAt ?? this.#time;
    this.#operationsLeft = input.operationsMax;
  }

  /** Deals with messages up to the next operation that is to run; undefined when there is none. */
  next(): OperationCall | undefined {
    while (this.#operationsLeft > 0) {
      const request = this.#inbox.next(this.#lock === undefined);
      if (request === undefined) return undefined;
      const call = this.#take(request);
      if (call !== undefined) return call;
    }
    this.#inbox.leaveTheRest(this.#lock === undefined);
    return undefined;
  }

  settle({ messageId, operation, caller }: OperationCall, outcome: OperationOutcome): void {
    const type = caller === undefined ? "EntityOperationSignaled" : "EntityOperationCalled";
    this.#operationsLeft -= 1;
    this.#lastOperationAt = this.#time;
    this.#applied.push({ messageId, type, operation, outcome: outcome.kind });
    if (outcome.kind === "failed") {
      const { failure } = outcome;
      this.#failures.push({ operation, isSignal: caller === undefined, failure });
      if (caller === undefined) return;
      this.#answer(caller, { type: "EntityOperationFailed", taskId: caller.taskId, failure });
      return;
    }
    const { state, result, signals, starts } = outcome;
    this.#state = state;
    for (const signal of signals) this.#signal(signal);
    for (const start of starts) this.#starts.push(start);
    if (caller === undefined) return;
    const { taskId } = caller;
    this.#answer(caller, { type: "EntityOperationCompleted", taskId, ...present("result", result) });
  }

  result(): EntityTurnResult {
    const { redeliveryHorizonMs, data: before } = this.#input;
    const oldestSent = this.#time - redeliveryHorizonMs;
    const data: Mutable<EntityData> = {
      waiting: this.#inbox.waiting,
      held: this.#inbox.held,
      received: this.#inbox.received,
      sent: this.#sent?.since(oldestSent) ?? recent(before?.sent, oldestSent),
      lastOperationAt: this.#lastOperationAt,
    };
    if (this.#state !== undefined) data.state = this.#state;
    if (this.#lock !== undefined) data.lock = this.#lock;
    return {
      time: this.#time,
      data,
      consumed: this.#inbox.consumed,
      dropped: this.#inbox.dropped,
      applied: this.#applied,
      messages: this.#messages,
      starts: this.#starts,
      failures: this.#failures,
    };
  }

  /** Deals with one request. @returns the operation when it is one that may run now. */
  #take(request: WaitingRequest): OperationCall | undefined {
    const { messageId, body } = request;
    const isFree = this.#lock === undefined;
    switch (body.type) {
      case "EntityOperationCalled":
        if (isFree || this.#lock?.criticalSectionId === body.criticalSectionId) {
          return this.#toCall(messageId, body, body.caller);
        }
        break;
      case "EntityOperationSignaled":
        if (isFree) return this.#toCall(messageId, body);
        break;
      case "EntityLockRequested":
        if (!isFree) break;
        this.#grant(messageId, body);
        return undefined;
      case "EntityUnlockSent":
        this.#unlock(messageId, body);
        return undefined;
    }
    this.#inbox.wait(request);
    return undefined;
  }

  #toCall(messageId: string, { operation, input }: Operation, caller?: Caller): OperationCall {
    const call: Mutable<OperationCall> = { messageId, operation, state: this.#state, time: this.#time };
    if (input !== undefined) call.input = input;
    if (caller !== undefined) call.caller = caller;
    return call;
  }

  /** Locks the entity for a section; the next of the set is asked, or the caller is told that it has them all. */
  #grant(messageId: string, body: LockRequest): void {
    const { criticalSectionId, caller, lockSet } = body;
    this.#lock = { criticalSectionId, caller, lockSet };
    this.#applied.push({ messageId, type: body.type, outcome: "locked" });
    const next = this.#nextOf(lockSet);
    if (next !== undefined) this.#send(next, body);
    else this.#answer(caller, { type: "EntityLockGranted", taskId: caller.taskId, criticalSectionId });
  }

  #unlock(messageId: string, body: Unlock): void {
    const { type, criticalSectionId, lockSet } = body;
    if (this.#lock?.criticalSectionId !== criticalSectionId) {
      // A request that waits has asked nobody else yet, so nobody else need be told.
      const isForgotten = this.#inbox.forgetRequest(criticalSectionId);
      this.#applied.push({ messageId, type, outcome: isForgotten ? "forgotten" : "ignored" });
      return;
    }
    this.#lock = undefined;
    this.#applied.push({ messageId, type, outcome: "unlocked" });
    const next = lockSet === undefined ? undefined : this.#nextOf(lockSet);
    if (next !== undefined) this.#send(next, body);
  }

  #nextOf(lockSet: readonly string[]): string | undefined {
    return lockSet[lockSet.indexOf(this.#input.entityId) + 1];
  }

  #signal({ entityId, operation, input, dueTime }: OutgoingSignal): void {
    const body = { type: "EntityOperationSignaled", operation, ...present("input", input) } as const;
    const message = this.#message(entityId, body, dueTime !== undefined);
    this.#messages.push(dueTime === undefined ? message : { ...message, dueTime });
  }

  #send(entityId: string, body: EntityMessageBody): void {
    this.#messages.push(this.#message(entityId, body));
  }

  #message(entityId: string, body: EntityMessageBody, isUnordered = false): InstanceMessage {
    const { incarnation, data } = this.#input;
    // Only one turn can begin a stream at a time, and no stream is forgotten in the turn that began it.
    this.#sent ??= new OutboundStreams(`${incarnation}@${this.#time}`, data?.sent);
    return entityMessage(entityId, this.#sent.next(entityId, this.#time, isUnordered), body);
  }

  #answer({ instanceId, executionId, taskId }: Caller, body: InstanceMessage["body"]): void {
    this.#messages.push({ messageId: answerMessageId(executionId, taskId), instanceId, executionId, body });
  }
}

/** Durable time: never before the turn before, the hub's clock, or the time for which a message was meant. */
function timeOf({ lastTurnAt, now, messages }: EntityTurnInput): number {
  let time = Math.max(lastTurnAt, now);
  for (const { dueTime } of messages) if (dueTime !== undefined && dueTime > time) time = dueTime;
  return time;
}

function recent(sent: readonly SentStream[] = [], oldest: number): readonly SentStream[] {
  return sent.some(({ sentAt }) => sentAt < oldest) ? sent.filter(({ sentAt }) => sentAt >= oldest) : sent;
}
