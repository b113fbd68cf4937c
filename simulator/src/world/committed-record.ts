/**
 * What the ports of a simulation saw, and the store does not keep: who was told what, what was consumed, what was
 * removed. Oracles compare the store with it; the redelivery fault draws from it.
 *
 * Invariant: it is written as each call takes effect or is answered, and never read by the engine.
 */
import type { HistoryEvent, InstanceMessage, InstanceRecord } from "dacapo/backend";
import type { ActivityContext } from "dacapo";
import type { MemoryStore } from "dacapo/memory";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import { JSON_TEXTS } from "../scenario/payload-texts.ts";
import type { Actor } from "./actor.ts";
import type { ActivityRun, PortCall } from "./port-calls.ts";

/** A client was told that this had been done. */
export interface Acknowledgement {
  readonly kind: "start" | "message" | "purge" | "rewind";
  readonly instanceId: string;
  /** The life of the instance id that it concerns. */
  readonly incarnation: string;
  /** Only of messages. */
  readonly message?: InstanceMessage;
}

/** A message that a turn consumed. */
export interface ConsumedMessage {
  readonly instanceId: string;
  readonly incarnation: string;
  readonly message: InstanceMessage;
  /** In milliseconds since the epoch. */
  readonly consumedAt: number;
}

/** An execution, with what is known of it: the current one of an instance, or one that ended. */
export interface Execution {
  readonly instanceId: string;
  readonly incarnation: string;
  readonly executionId: string;
  readonly history: readonly HistoryEvent[];
  /** The instance's record; undefined for executions that continue-as-new ended. */
  readonly record: InstanceRecord | undefined;
}

/** Redeliveries are drawn from this many of the latest consumed messages. */
const CONSUMED_KEPT = 16;

/** Notes how a run of an activity ends. */
export interface RunNote {
  /** Notes the result, and gives it back. */
  returned<T>(result: T): T;
  threw(error: unknown): void;
}

export class CommittedRecord {
  /** What went through the ports, in order. */
  readonly calls: PortCall[] = [];
  readonly acknowledged: Acknowledgement[] = [];
  /** The execution that each answer (an activity's result, a timer) was meant for, by message id. */
  readonly answers = new Map<string, string>();
  /** The ids of messages of which the simulator made a copy. */
  readonly copied = new Set<string>();
  /** When a message was held back for the first time, by its id. */
  readonly heldBackSince = new Map<string, number>();
  readonly #texts: PayloadTexts;
  readonly #consumed: ConsumedMessage[] = [];
  readonly #retired: Execution[] = [];
  #removals = 0;

  constructor(texts: PayloadTexts = JSON_TEXTS) {
    this.#texts = texts;
  }

  /** The latest consumed messages, oldest first. */
  get consumed(): readonly ConsumedMessage[] {
    return this.#consumed;
  }

  addConsumed(consumed: ConsumedMessage): void {
    this.#consumed.push(consumed);
    if (this.#consumed.length > CONSUMED_KEPT) this.#consumed.shift();
  }

  /** Remembers for which execution an answer was meant. */
  addAnswer({ messageId, executionId }: InstanceMessage): void {
    if (executionId !== undefined) this.answers.set(messageId, executionId);
  }

  /** Notes that a worker starts an activity's function. */
  startRun({ name: worker, incarnation }: Actor, name: string, context: ActivityContext, input: unknown): RunNote {
    const { instanceId, executionId, taskId, attempt, idempotencyKey } = context;
    const call = { instanceId, executionId, taskId, name, attempt, idempotencyKey, input: this.#textOf(input) };
    const run: ActivityRun = { worker, incarnation, ...call, end: undefined };
    this.calls.push({ type: "run", run });
    return {
      returned: (result) => {
        run.end = { kind: "returned", result: this.#textOf(result) };
        return result;
      },
      threw: (error) => {
        run.end = error instanceof Error ? { kind: "threw", ...namesOf(error) } : { kind: "threw" };
      },
    };
  }

  /** A payload as the engine writes it; undefined also where it cannot be written, which is the engine's to refuse. */
  #textOf(value: unknown): string | undefined {
    try {
      return this.#texts.write(value);
    } catch {
      return undefined;
    }
  }

  /** Notes what a client was told of an instance. */
  tell(client: Actor, record: InstanceRecord | undefined): void {
    if (record !== undefined && client.kind === "client")
      this.calls.push({ type: "told", client: client.name, record });
  }

  /** How many instances were purged or replaced. */
  get removals(): number {
    return this.#removals;
  }

  /** Keeps the executions of an instance that is about to be purged or replaced. */
  retire(store: MemoryStore, instanceId: string): void {
    this.#removals += 1;
    this.#retired.push(...executionsOf(store, instanceId));
  }

  /** True when this life of an instance id was purged or replaced, whether or not the caller heard of it. */
  wasRemoved(instanceId: string, incarnation: string): boolean {
    return this.#retired.some((gone) => gone.instanceId === instanceId && gone.incarnation === incarnation);
  }

  /** All executions that ever were, of purged and replaced instances too. */
  executions(store: MemoryStore): readonly Execution[] {
    return [
      ...this.#retired,
      ...[...store.instances()].flatMap(({ record }) => executionsOf(store, record.instanceId)),
    ];
  }
}

/** An error's name and message, where they are what they should be. */
function namesOf({ name, message }: Error): { readonly errorType?: string; readonly errorMessage?: string } {
  return typeof name === "string" && typeof message === "string" ? { errorType: name, errorMessage: message } : {};
}

function executionsOf(store: MemoryStore, instanceId: string): readonly Execution[] {
  const instance = store.instance(instanceId);
  if (instance === undefined) return [];
  const { record, history } = instance;
  const { incarnation } = record;
  const ended = store
    .archivedHistories(instanceId)
    .map(({ executionId, events }) => ({ instanceId, incarnation, executionId, history: events, record: undefined }));
  return [...ended, { instanceId, incarnation, executionId: record.executionId, history, record }];
}
