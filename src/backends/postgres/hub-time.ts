/**
 * What the hub's time is at least, without asking the server.
 *
 * Invariant: a guess is never later than the server's clock, unless that was set back; whoever relies on one has the server
 * confirm it in the transaction (`confirm`, in `statements.ts`).
 */

/** When a guess is so much later than what the server says, in milliseconds, its clock was set back. */
const SET_BACK_MS = 1_000;

export class HubTime {
  readonly #monotonic: () => number;
  #noted: { readonly now: number; readonly at: number } | undefined;

  /** @param monotonic a clock of this process, in milliseconds */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Notes what the server has just said, in milliseconds since the epoch. */
  note(now: number): void {
    const guess = this.guess();
    const isLate = guess !== undefined && guess > now && guess - now < SET_BACK_MS;
    if (!isLate) this.#noted = { now, at: this.#monotonic() };
  }

  /** Milliseconds since the epoch; undefined before the server has said anything. */
  guess(): number | undefined {
    if (this.#noted === undefined) return undefined;
    const { now, at } = this.#noted;
    // The server rounds to milliseconds.
    return now + Math.max(0, Math.floor(this.#monotonic() - at) - 1);
  }
}
