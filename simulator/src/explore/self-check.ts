/**
 * Checks that a run is what it should be, a function of its choices: runs it twice and compares the traces.
 *
 * Invariant: a run that repeats says nothing; one that does not is a failure of its own, because no token of it would
 * be worth anything.
 */
import type { Failure } from "../report/failure.ts";
import type { Divergence } from "../report/trace.ts";
import { divergenceOf, Trace } from "../report/trace.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { runOnce } from "./run.ts";

/** A run, and how its repetition differs. */
export interface CheckedRun {
  readonly result: RunResult;
  readonly trace: Trace;
  readonly divergence: Divergence | undefined;
}

/** Makes a run twice. `optionsOf` gives the same choices each time. */
export async function runTwice(scenario: Scenario, optionsOf: () => RunOptions): Promise<CheckedRun> {
  const [trace, again] = [new Trace(), new Trace()];
  const result = await runOnce(scenario, { ...optionsOf(), trace });
  await runOnce(scenario, { ...optionsOf(), trace: again });
  return { result, trace, divergence: divergenceOf(trace, again) };
}

/** What a divergence is as a failure. */
export function unrepeatable({ step, first, second }: Divergence): Failure {
  const [one, other] = excerpts(first ?? "nothing more", second ?? "nothing more");
  const message =
    `the same choices do not make the same run: in step ${step} it was "${one}", and run again "${other}". ` +
    "Something in the scenario, its mocks or its workflows uses the real time, randomness, the environment or state of its own";
  return { kind: "determinism", message };
}

const EXCERPT = 90;
const CONTEXT = 30;

/** The parts of two texts around the first difference. */
function excerpts(first: string, second: string): readonly [string, string] {
  let at = 0;
  while (at < first.length && first[at] === second[at]) at += 1;
  const from = Math.max(at - CONTEXT, 0);
  const cut = (text: string): string =>
    (from > 0 ? "…" : "") + text.slice(from, from + EXCERPT) + (text.length > from + EXCERPT ? "…" : "");
  return [cut(first), cut(second)];
}
