/**
 * The simulator's own errors: what can be wrong with a token, a scenario or the code that is simulated, other
 * than a violated property.
 */
import { DacapoError } from "dacapo";

/** A token that no longer fits the scenario or the engine: it neither reproduces the failure nor clears it. */
export class StaleTokenError extends DacapoError {
  readonly code = "STALE_TOKEN";
  /** The index of the first choice that does not fit. */
  readonly step: number;
  constructor(step: number, expected: string, actual: string) {
    super(`STALE at step ${step}: expected ${expected}, got ${actual}.`, {
      hint: "The code or the scenario has changed since the token was made; search again for a new token.",
    });
    this.step = step;
  }
}

/** An activity or a client waits on something that is not simulated. */
export class UncontrolledWaitError extends DacapoError {
  readonly code = "UNCONTROLLED_WAIT";
  /** The functions that wait, such as `activity "sendMail" on worker A`. */
  readonly waiting: readonly string[];
  constructor(waiting: readonly string[]) {
    super(`The simulation cannot go on: ${waiting.join(" and ")} waits on something that is not simulated.`, {
      hint: "Mock the activity, and wait only through ctx.sleep, after(), the client or a ledger.",
    });
    this.waiting = waiting;
  }
}

/** A scenario fails, where a test says that it does not. The message is the report: story, line and token. */
export class SimulationFailedError extends DacapoError {
  readonly code = "SIMULATION_FAILED";
  /** Reproduces the failure; absent when no single run failed. */
  readonly token: string | undefined;
  constructor(report: string, token?: string) {
    super(report);
    this.token = token;
  }
}

/** A scenario file that cannot be used. */
export class ScenarioLoadError extends DacapoError {
  readonly code = "SCENARIO_LOAD";
}
