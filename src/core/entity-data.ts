/**
 * Everything durable about an entity: its state, who holds its lock, what waits, and how far its streams came.
 *
 * Invariant: plain JSON data; one turn replaces it whole. Written by the entity's turn (`entity-turn.ts`), kept by
 * backends as it is.
 */
import type { Caller, EntityMessageBody } from "./messages.ts";
import type { ReceivedStream, SentStream, StreamPosition } from "./streams.ts";

/** An operation that waits for the lock to end, or a request for the lock itself. */
export interface WaitingRequest {
  readonly messageId: string;
  readonly body: EntityMessageBody;
}

/** A message that came before one that precedes it in its stream. */
export interface HeldMessage extends WaitingRequest {
  readonly position: StreamPosition;
}

/** Who holds an entity's lock. */
export interface EntityLock {
  readonly criticalSectionId: string;
  /** Who asked for it. */
  readonly caller: Caller;
  /** All entities of the section, in the order in which they are locked. */
  readonly lockSet: readonly string[];
}

/** An entity at rest. */
export interface EntityData {
  /** The user's state, as the data converter's text; absent when the entity has none. */
  readonly state?: string;
  readonly lock?: EntityLock;
  /** What waits for the end of the lock, oldest first. */
  readonly waiting: readonly WaitingRequest[];
  /** What came too early, in the order of arrival. */
  readonly held: readonly HeldMessage[];
  readonly received: readonly ReceivedStream[];
  readonly sent: readonly SentStream[];
  /** When the last operation ran, in milliseconds since the epoch. */
  readonly lastOperationAt: number;
}

/**
 * What a turn did with a message that took effect in it. A message that waited since an earlier turn may be named;
 * one that was held, or begins to wait, is not: it is in the entity's data.
 */
export interface AppliedMessage {
  readonly messageId: string;
  readonly type: EntityMessageBody["type"];
  /** Of calls and signals. */
  readonly operation?: string;
  /**
   * Of an operation, `completed` or `failed` (which changed nothing); of a request for the lock, `locked`; of the end of
   * a section, `unlocked`, `forgotten` (its request was still waiting) or `ignored` (nothing was known of it).
   */
  readonly outcome: "completed" | "failed" | "locked" | "unlocked" | "forgotten" | "ignored";
}
