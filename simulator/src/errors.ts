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

/** An activity, a client or the scenario's own code calls something that would make a run unrepeatable. */
export class UncontrolledCallError extends DacapoError {
  readonly code = "UNCONTROLLED_CALL";
  /** The function that calls, such as `activity "sendMail" on worker A`. */
  readonly caller: string;
  /** The call as one would write it, such as `Date.now()`. */
  readonly call: string;
  /** Where: `file:line:column`. */
  readonly location: string;
  /** What to do instead. */
  readonly replacement: string;
  constructor(leak: {
    readonly caller: string;
    readonly call: string;
    readonly location: string;
    readonly replacement: string;
  }) {
    const { caller, call, location, replacement } = leak;
    super(`The simulation cannot go on: ${caller} calls ${call} at ${location}, so that no run would repeat.`, {
      hint: `Instead, ${replacement}.`,
    });
    this.caller = caller;
    this.call = call;
    this.location = location;
    this.replacement = replacement;
  }
}

/** A scenario file that cannot be used. */
export class ScenarioLoadError extends DacapoError {
  readonly code = "SCENARIO_LOAD";
}

/** What is known of a failed run besides its report. */
export interface FailedRun {
  /** Reproduces the failure; absent when no single run failed. */
  readonly token?: string | undefined;
  /** The failure's name, such as `oracle O6` or `always an order is charged at most once`. */
  readonly failure?: string | undefined;
  /** The id of the oracle that was violated; `engine` when the engine itself says that it has a bug. */
  readonly oracle?: string | undefined;
  /** The property that does not hold. */
  readonly property?: string | undefined;
  /** The step that brought it, where the simulation was steered. */
  readonly step?: number | undefined;
  /** What happened, a sentence a line. */
  readonly story?: readonly string[] | undefined;
}

/** Something that must hold does not, where a test says that it does. The message is the report: story, line, token. */
export class SimulationFailedError extends DacapoError {
  readonly code = "SIMULATION_FAILED";
  readonly token: string | undefined;
  readonly failure: string | undefined;
  readonly oracle: string | undefined;
  readonly property: string | undefined;
  readonly step: number | undefined;
  readonly story: readonly string[];
  constructor(report: string, run: FailedRun = {}, hint?: string) {
    super(report, hint === undefined ? {} : { hint });
    this.token = run.token;
    this.failure = run.failure;
    this.oracle = run.oracle;
    this.property = run.property;
    this.step = run.step;
    this.story = run.story ?? [];
  }
}

/** Nothing more can happen in the simulation, or its steps are used up, and what was waited for has not come. */
export class SimulationStandstillError extends DacapoError {
  readonly code = "SIMULATION_STANDSTILL";
}

/** A simulation was told to do something while it does something else, or after its end, or does not repeat itself. */
export class SimulationUseError extends DacapoError {
  readonly code = "SIMULATION_USE";
}
