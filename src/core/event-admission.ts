/**
 * Whether an event that another orchestration sent has to wait for the one sent before it.
 *
 * A sender numbers on when the receiver's id is reused, or when nobody had it; so of a stream that this life knows nothing
 * of, the event before may have met another life, or nobody, and would be waited for in vain. It met this life if it was
 * sent later than this life began; it did not if it was sent before. Where both fall on the same instant, nobody can tell:
 * then the event is put back for as long as a message may be late, and taken as it is after that; unless an event of its stream
 * came meanwhile, which says that this life is meant.
 *
 * Invariant: decided once, in the turn that consumes the message, from what its history does not have (the life's
 * beginning, the hub's horizon); what was decided is recorded with the event, so replay asks nobody. Used by the turn.
 */
import type { InboundStreams, StreamPosition } from "./streams.ts";

/** What a turn knows of its instance and its hub. */
export interface Reception {
  /** The life of the instance id. */
  readonly incarnation: string;
  /** When that life began, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** The hub's time. */
  readonly now: number;
  readonly redeliveryHorizonMs: number;
}

/** `ordered`: its stream says when it is its turn. `free`: it waits for nothing. `put-back`: it comes again later. */
export type Admission = "ordered" | "free" | "put-back";

export function admissionOf(position: StreamPosition, streams: InboundStreams, reception: Reception): Admission {
  const { stream, number, previousSentAt, isFree } = position;
  const { incarnation, createdAt, now, redeliveryHorizonMs } = reception;
  // What the stream has passed by was sent before this life began, and came late. The rest met this life, put back or not.
  if (streams.knows(stream)) return number < streams.nextOf(stream) ? "free" : "ordered";
  if (isFree === true) return "free";
  // The first of all, or one of a turn's several, which met the same life.
  if (number === 1 || previousSentAt === undefined) return "ordered";
  // What was taken so long ago may be forgotten.
  if (previousSentAt < now - 2 * redeliveryHorizonMs) return "free";
  if (stream === incarnation || previousSentAt > createdAt) return "ordered";
  return previousSentAt < createdAt ? "free" : "put-back";
}
