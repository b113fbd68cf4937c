/**
 * What the exit codes of `dacapo` mean. They are a promise to scripts: none is ever reused for something else.
 */

/** The exit codes, by what they say. */
export const EXIT_CODE = {
  /**
   * Every run passed, or a token no longer fails, or a step of its run was shown; a check found nothing; a worker was told to
   * stop; on a hub nothing is stuck.
   */
  passed: 0,
  /** A failure was found, or a token reproduces its failure; a check found something; on a hub something is stuck. */
  failed: 1,
  /** The options, or the file, program or hub that they name, are wrong: nothing was decided. */
  unusable: 2,
  /** A token no longer fits, or leads to another failure. */
  stale: 3,
  /** Dacapo itself is broken. */
  internal: 70,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

/** One of {@link EXIT_CODE}. */
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
