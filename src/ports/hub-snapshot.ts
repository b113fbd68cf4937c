/**
 * All of a hub as plain data, which is what moving it to another backend takes.
 *
 * Invariant: it holds everything that the hub owes to anybody: what has begun goes on from it to the same end. Locks are not
 * in it, nor how often work was handed out: whoever works on the old hub loses what it works on, and it is begun anew. Nor is the request of
 * the last turn in it: it is named by a lock, and the new hub numbers its locks anew.
 */
import type { EntityData } from "../core/entity-data.ts";
import type { HistoryEvent } from "../core/history.ts";
import type { ActivityWork, ExecutionStart, InstanceMessage, RewindOrder } from "../core/messages.ts";
import type { InstanceRecord } from "./backend.ts";

/** One execution of an orchestration, with its whole history. */
export interface ExecutionSnapshot {
  readonly executionId: string;
  readonly events: readonly HistoryEvent[];
}

/** An orchestration or an entity, with everything that is its own. */
export interface InstanceSnapshot {
  /** What readers see, without what follows from the rest, and without the revision, which is the new hub's to give. */
  readonly record: Omit<InstanceRecord, "entity" | "revision">;
  /** How the current execution begins. */
  readonly start: ExecutionStart;
  /** The request that created it. */
  readonly createRequestId: string;
  /** Set where a failed instance was made to go on, and no turn has rewritten its history yet. */
  readonly rewind?: RewindOrder;
  /** What an entity's last turn left. */
  readonly entity?: EntityData;
  /** The executions whose histories are kept, oldest first. The last is the current one, with or without events. */
  readonly executions: readonly ExecutionSnapshot[];
  /** What waits for it, in the order in which it would be delivered; what is not due yet has its `dueTime`. */
  readonly messages: readonly InstanceMessage[];
  /** The activities that wait or run. */
  readonly activities: readonly ActivityWork[];
}

/** A part of a hub. */
export type HubPart =
  /** The hub's time, in milliseconds since the epoch. Comes first. */
  | { readonly kind: "hub"; readonly now: number }
  | { readonly kind: "instance"; readonly instance: InstanceSnapshot }
  /** A request that was made within the redelivery horizon, and how it was answered. The keys are the same everywhere. */
  | { readonly kind: "request"; readonly key: string; readonly answer: boolean };
