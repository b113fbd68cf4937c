/**
 * What an activity's function is given besides its input.
 */
import type { Duration } from "../core/duration.ts";
import type { Logger } from "./logger.ts";

export interface ActivityContext {
  readonly instanceId: string;
  readonly executionId: string;
  /** The id of this try in the orchestration's history. */
  readonly taskId: number;
  /** 1 for the first try of a logical call, 2 for its first retry, and so on. */
  readonly attempt: number;
  /**
   * The same for every delivery and every retry of one logical call: hand it to systems that can tell a repeated
   * request by a key.
   */
  readonly idempotencyKey: string;
  /** Aborted when the result can no longer be recorded (the lease is lost) or the worker is stopping. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Waits by the hub's clock, which is virtual in a simulation. Rejects when `signal` is aborted. */
  sleep(duration: Duration): Promise<void>;
}
