/**
 * `dacapo fuzz`: searches for a failure of a scenario, or replays one from its token.
 *
 * Invariant: with `--json` the standard output holds one JSON object or, when there is nothing to judge, nothing.
 */
import { resolve } from "node:path";
import { EXIT_CODE } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import type { FuzzOptions } from "./fuzz-options.ts";
import { FuzzProgress } from "./fuzz-progress.ts";
import { interruptionReport, replayReport, searchReport, sweepReport } from "./fuzz-report.ts";
import type { LoadSimulator } from "./load-simulator.ts";
import { count } from "./quantity.ts";
import type { LoadedScenario, SimulatorModule, TokenReplay } from "./simulator-module.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs the command and says with which code to exit.
 * @throws whatever the simulator throws when the file or the token cannot be used.
 */
export async function fuzz(options: FuzzOptions, terminal: Terminal, load: LoadSimulator): Promise<ExitCode> {
  const simulator = await load(resolve(options.file));
  const scenario = await simulator.loadScenario(options.file);
  if (options.replay !== undefined) return replay(simulator, scenario, { ...options, token: options.replay }, terminal);
  return options.crashEverywhere
    ? sweep(simulator, scenario, options, terminal)
    : search(simulator, scenario, options, terminal);
}

/** Crashes all workers at every step of every commit. */
async function sweep(
  simulator: SimulatorModule,
  scenario: LoadedScenario,
  options: FuzzOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { runs: episodes, json, file } = options;
  const seed = options.seed ?? String(terminal.drawSeed());
  const style = styleFor(terminal.hasColours);
  if (!json) {
    const what = `${style.strong(scenario.name)} at every step of every commit, in ${count(episodes, "episode")}`;
    terminal.stdout.write(`Crashing ${what}, seed ${seed}\n`);
  }
  const result = await untilInterrupted(terminal, () => simulator.crashEverywhere(scenario, { episodes, seed }));
  if (result === undefined) return EXIT_CODE.interrupted;
  terminal.stdout.write(json ? toJson(result) : sweepReport(result, { file, style }));
  return result.outcome === "failed" ? EXIT_CODE.failed : EXIT_CODE.passed;
}

async function search(
  simulator: SimulatorModule,
  scenario: LoadedScenario,
  options: FuzzOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { runs, json, file } = options;
  const seed = options.seed ?? String(terminal.drawSeed());
  const style = styleFor(terminal.hasColours);
  const progress = new FuzzProgress(terminal, !json);
  const onProgress = progress.report.bind(progress);
  const result = await untilInterrupted(terminal, () => {
    if (!json)
      terminal.stdout.write(`Crashing ${style.strong(scenario.name)} in up to ${count(runs, "run")}, seed ${seed}\n`);
    return simulator.simulate(scenario, { runs, seed, onProgress });
  }).finally(() => progress.clear());
  if (result === undefined) {
    (json ? terminal.stderr : terminal.stdout).write(interruptionReport(progress, seed, style));
    return EXIT_CODE.interrupted;
  }
  terminal.stdout.write(json ? toJson(result) : searchReport(result, { file, style }));
  return result.outcome === "failed" ? EXIT_CODE.failed : EXIT_CODE.passed;
}

async function replay(
  simulator: SimulatorModule,
  scenario: LoadedScenario,
  { json, file, token }: FuzzOptions & { readonly token: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const result = await untilInterrupted(terminal, () => simulator.replayToken(scenario, token));
  if (result === undefined) return EXIT_CODE.interrupted;
  const style = styleFor(terminal.hasColours);
  const { code, outcome } = VERDICTS[result.verdict];
  terminal.stdout.write(
    json ? toJson({ ...result, outcome, runs: 1, token }) : replayReport(result, token, { file, style }),
  );
  return code;
}

/** A stale token neither passes nor fails: it was not run to its end. */
const VERDICTS = {
  same: { code: EXIT_CODE.failed, outcome: "failed" },
  passed: { code: EXIT_CODE.passed, outcome: "passed" },
  other: { code: EXIT_CODE.stale, outcome: "failed" },
  stale: { code: EXIT_CODE.stale, outcome: "stale" },
} as const satisfies Readonly<Record<TokenReplay["verdict"], object>>;

/** Resolves to what `work` does, or to undefined at Ctrl-C; the work is then left behind. */
async function untilInterrupted<T>(terminal: Terminal, work: () => Promise<T>): Promise<T | undefined> {
  let stopListening = (): void => undefined;
  const interruption = new Promise<undefined>((done) => {
    stopListening = terminal.onInterrupt(() => done(undefined));
  });
  try {
    return await Promise.race([work(), interruption]);
  } finally {
    stopListening();
  }
}

function toJson(result: object): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
