/**
 * What the command line calls of `@dacapo/simulator`, as far as it calls it.
 *
 * The engine does not depend on the simulator, not even on its types: the simulator depends on the engine. So the
 * shape is declared here, and the module that was found is checked against it when it is loaded.
 */

/** A scenario that was loaded and checked. */
export interface LoadedScenario {
  readonly name: string;
}

/** How far a search is. */
export interface Progress {
  readonly phase: "searching" | "shrinking";
  /** Runs made in this phase. */
  readonly runs: number;
  readonly runsMax: number;
  readonly stepsPerSecond: number;
  /** Simulated time of all runs of the search, in milliseconds. */
  readonly virtualTime: number;
  readonly coverage: Coverage;
}

/** What a search reached. */
export interface Coverage {
  /** How often each class of fault was injected; a class that never was counts 0. */
  readonly faults: Readonly<Record<string, number>>;
  /** In how many runs each `sometimes` property held; one that never did counts 0. */
  readonly sometimes: Readonly<Record<string, number>>;
  readonly steps: number;
  /** How many runs were cut after {@link maxSteps} steps, so that nothing is known of how they would have ended. */
  readonly runsCut: number;
  readonly maxSteps: number;
  /** How many instances stood how at the end of their run, by status. */
  readonly instances: Readonly<Record<string, number>>;
  /** How many of them failed, by the type of the error. */
  readonly instanceErrors: Readonly<Record<string, number>>;
  /** How many clients ended early, by the code of the error. */
  readonly clientsStopped: Readonly<Record<string, number>>;
  /** In how many runs at least one client did. */
  readonly runsWithClientStopped: number;
}

/** What is violated, and how it came to that. */
export interface FoundFailure {
  /** The id of the oracle, where an oracle is violated. */
  readonly oracle?: string;
  /** The name of the property, where a property is violated. */
  readonly property?: string;
  /** Why, in a sentence. */
  readonly message?: string;
  /** What happened, a sentence an entry. */
  readonly story?: readonly string[];
}

/** What a search found: the object that `--json` prints. */
export interface SimulationResult extends FoundFailure {
  readonly scenario: string;
  readonly outcome: "passed" | "failed";
  /** Runs made, the failing one included. */
  readonly runs: number;
  readonly seed: string;
  /** One line that reproduces the failure. */
  readonly token?: string;
  /** What shrinking left: choices that are not the boring one, and the faults among them. */
  readonly minimised?: { readonly choices: number; readonly faults: number };
  readonly coverage: Coverage;
  readonly stepsPerSecond: number;
  /** Simulated time of all runs of the search, in milliseconds. */
  readonly virtualTime: number;
}

/** What became of a sweep of crash points: the object that `--json` prints. */
export interface CrashSweep extends FoundFailure {
  readonly scenario: string;
  readonly outcome: "passed" | "failed";
  readonly episodes: number;
  readonly seed: string;
  readonly points: number;
  readonly survived: number;
  readonly token?: string;
  readonly minimised?: { readonly choices: number; readonly faults: number };
}

/** What became of a token. */
export interface TokenReplay extends FoundFailure {
  readonly verdict: "same" | "passed" | "stale" | "other";
  readonly scenario: string;
  /** The failure that the token was made for. */
  readonly expected: string;
  readonly message: string;
}

export interface SimulateOptions {
  readonly runs: number;
  readonly seed: string;
  readonly onProgress: (progress: Progress) => void;
}

export interface CrashEverywhereOptions {
  readonly episodes: number;
  readonly seed: string;
}

/** The functions of `@dacapo/simulator` that the command line calls. */
export interface SimulatorModule {
  /** Loads a TypeScript or JavaScript file whose default export is a scenario. */
  loadScenario(path: string): Promise<LoadedScenario>;
  simulate(scenario: LoadedScenario, options: SimulateOptions): Promise<SimulationResult>;
  replayToken(scenario: LoadedScenario, token: string): Promise<TokenReplay>;
  crashEverywhere(scenario: LoadedScenario, options: CrashEverywhereOptions): Promise<CrashSweep>;
}

const FUNCTIONS = [
  "loadScenario",
  "simulate",
  "replayToken",
  "crashEverywhere",
] as const satisfies readonly (keyof SimulatorModule)[];

/** True when the module offers every function that the command line calls. */
export function isSimulatorModule(module: unknown): module is SimulatorModule {
  if (typeof module !== "object" || module === null) return false;
  return FUNCTIONS.every((name) => typeof (module as Readonly<Record<string, unknown>>)[name] === "function");
}
