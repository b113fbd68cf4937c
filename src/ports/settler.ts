/**
 * How the core waits until an async orchestrator has nothing left to do but wait.
 *
 * An async orchestrator is fed one event at a time. After each, everything that native promises can still do
 * on their own (their microtasks) must be over before the next event is fed, so that ids are assigned in the
 * same order on replay as the first time. The core has no event loop; this port lends it one.
 */
export interface Settler {
  /** Resolves when the microtask queue has run empty, before any timer, socket or immediate has its turn. */
  settle(): Promise<void>;
  /** Lets the app's timers and sockets have their turn: for loops that would otherwise starve them. */
  yield(): Promise<void>;
  /**
   * Runs `step` so that promises created in it, and in whatever it awaits, belong to `owner`. While the settler
   * is attached, a rejection of such a promise that nobody observes never reaches the process; a later `await`
   * still sees it.
   */
  run<T>(owner: object, step: () => T): T;
  /** Begins to keep unobserved rejections of owned promises from the process, until the given function is called. */
  attach(): () => void;
}
