/**
 * A simulator that answers what a test tells it to, and remembers what it was asked.
 */
import type {
  CrashSweep,
  Progress,
  TokenReplay,
  SimulateOptions,
  SimulationResult,
  SimulatorModule,
} from "../../src/cli/simulator-module.ts";

export const passed: SimulationResult = {
  scenario: "purchase approval",
  outcome: "passed",
  runs: 1000,
  seed: "42",
  coverage: {
    faults: { "crash-after-commit": 1204, "message-delayed": 0 },
    sometimes: { "the deadline wins": 31, "the order is rejected": 0 },
    steps: 181_020,
    runsCut: 0,
    maxSteps: 20_000,
    instances: { Completed: 990, Failed: 12 },
    instanceErrors: { TypeError: 12 },
    clientsStopped: { INSTANCE_NOT_FOUND: 7 },
    runsWithClientStopped: 7,
  },
  stepsPerSecond: 51_234.56,
  virtualTime: 72 * 60 * 60 * 1000,
};

export const failed: SimulationResult = {
  ...passed,
  outcome: "failed",
  runs: 17,
  token: "dacapo1:AbCd_-9",
  property: "an order is charged at most once",
  message: '"an order is charged at most once" does not hold',
  story: [
    'client 1 starts approvePurchase "order-17"',
    "worker A runs chargeCard; A crashes before the result is recorded",
    '"an order is charged at most once" does not hold',
  ],
  minimised: { choices: 5, faults: 1 },
};

export const progress: Progress = {
  phase: "searching",
  runs: 412,
  runsMax: 1000,
  stepsPerSecond: 51_234,
  virtualTime: 3 * 365.25 * 24 * 60 * 60 * 1000,
  coverage: passed.coverage,
};

const expected = 'always "an order is charged at most once"';

/** What can become of a token. */
export const replays: Readonly<Record<TokenReplay["verdict"], TokenReplay>> = {
  same: {
    verdict: "same",
    scenario: "purchase approval",
    expected,
    property: "an order is charged at most once",
    message: '"an order is charged at most once" does not hold',
    story: failed.story ?? [],
  },
  passed: { verdict: "passed", scenario: "purchase approval", expected, message: `It no longer fails: ${expected}.` },
  stale: { verdict: "stale", scenario: "purchase approval", expected, message: "STALE at step 7: expected a, got b." },
  other: {
    verdict: "other",
    scenario: "purchase approval",
    expected,
    oracle: "O6",
    message: "a cold replay decides otherwise",
    story: ["client 1 starts it"],
  },
};

export const swept: CrashSweep = {
  scenario: "purchase approval",
  outcome: "passed",
  episodes: 5,
  seed: "7",
  points: 212,
  survived: 212,
};

export class FakeSimulator implements SimulatorModule {
  readonly calls: unknown[] = [];
  #result: () => Promise<SimulationResult> = () => Promise.resolve(passed);
  #replayed: () => Promise<TokenReplay> = () => Promise.resolve(replays.same);
  #swept: CrashSweep = swept;
  #loaded: () => Promise<{ readonly name: string }> = () => Promise.resolve({ name: "purchase approval" });
  #onSimulate: (options: SimulateOptions) => void = () => undefined;

  async loadScenario(path: string): Promise<{ readonly name: string }> {
    this.calls.push(["loadScenario", path]);
    return this.#loaded();
  }

  async simulate(_scenario: { readonly name: string }, options: SimulateOptions): Promise<SimulationResult> {
    this.calls.push(["simulate", { runs: options.runs, seed: options.seed }]);
    this.#onSimulate(options);
    return this.#result();
  }

  async crashEverywhere(
    _scenario: { readonly name: string },
    options: { readonly episodes: number; readonly seed: string },
  ): Promise<CrashSweep> {
    this.calls.push(["crashEverywhere", options]);
    return this.#swept;
  }

  async replayToken(_scenario: { readonly name: string }, token: string): Promise<TokenReplay> {
    this.calls.push(["replayToken", token]);
    return this.#replayed();
  }

  /** What the search finds, and what happens while it goes on. */
  finds(result: SimulationResult | Promise<SimulationResult>, meanwhile?: (options: SimulateOptions) => void): this {
    this.#result = () => Promise.resolve(result);
    if (meanwhile !== undefined) this.#onSimulate = meanwhile;
    return this;
  }

  sweeps(result: CrashSweep): this {
    this.#swept = result;
    return this;
  }

  replays(result: TokenReplay): this {
    this.#replayed = () => Promise.resolve(result);
    return this;
  }

  /** The file cannot be used. */
  refusesFile(error: Error): this {
    this.#loaded = () => Promise.reject(error);
    return this;
  }

  /** The token cannot be used. */
  refusesToken(error: Error): this {
    this.#replayed = () => Promise.reject(error);
    return this;
  }
}
