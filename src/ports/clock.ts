/**
 * Time as the engine's runtime sees it. Production reads the machine's clocks, the simulator a virtual one.
 *
 * Invariant: nothing durable is decided from a worker's clock; durable time comes from the backend.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back. */
  monotonic(): number;
  /**
   * Resolves after `durationMs` milliseconds (any length; `Infinity` means never), or as soon as `signal` is
   * aborted. Never rejects.
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
