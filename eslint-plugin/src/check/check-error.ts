/**
 * What keeps a program from being checked, in a sentence that says what to do.
 *
 * Invariant: it has the shape of the engine's errors that are meant for users (`code`, `hint`, `retryable`), so that
 * the command line tells them alike without either package knowing the other. Thrown throughout this folder.
 */

/** A program that cannot be checked: no configuration, one that cannot be read, a setting or a rule that is none. */
export class CheckError extends Error {
  /** Stable: scripts may compare it. */
  readonly code = "CANNOT_CHECK";
  /** The same call fails again until something is put right. */
  readonly retryable = false;
  /** What to do about it. */
  readonly hint: string;

  constructor(problem: string, hint: string) {
    super(`${problem} ${hint}`);
    this.hint = hint;
  }

  override get name(): string {
    return "CheckError";
  }
}
