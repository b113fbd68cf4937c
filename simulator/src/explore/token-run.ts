/**
 * Runs that are named by a token: making a run's token, and making a token's run.
 *
 * Invariant: a token's run makes exactly the choices that the token holds, or throws `StaleTokenError`.
 */
import { attachDeterminismGuard, systemSettler } from "dacapo/backend";
import type { Choice } from "../choices/choices.ts";
import { withoutTrailingZeros } from "../choices/choices.ts";
import { StaleTokenError } from "../errors.ts";
import { failureId } from "../report/failure.ts";
import type { Trace } from "../report/trace.ts";
import { NO_RATES } from "../faults/faults.ts";
import { siteOf, strictReplay } from "../choices/recorded-choices.ts";
import type { RunResult } from "./run.ts";
import { runOnce } from "./run.ts";
import { scenarioFingerprint } from "../scenario/scenario-fingerprint.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Token } from "../choices/token.ts";
import { decodeToken, encodeToken } from "../choices/token.ts";
import { runApart, runningRegion } from "../world/actor.ts";

/** The token of a run of these choices, which failed with `failure`. */
export function tokenOf(scenario: Scenario, failure: string, choices: readonly Choice[]): string {
  const recorded = withoutTrailingZeros(choices).map((choice) => ({
    value: choice.value,
    n: choice.n,
    site: siteOf(choice),
  }));
  return encodeToken({ scenario: scenarioFingerprint(scenario), failure, choices: recorded });
}

/**
 * Reads a token that was made for this scenario.
 * @throws InvalidArgumentError when the text is no token; StaleTokenError when it was made for another scenario.
 */
export function readToken(scenario: Scenario, text: string): Token {
  const token = decodeToken(text);
  const actual = scenarioFingerprint(scenario);
  if (token.scenario !== actual) {
    const named = `the scenario "${scenario.name}" with its settings (#${actual.toString(16)})`;
    throw new StaleTokenError(0, `a scenario with other names or settings (#${token.scenario.toString(16)})`, named);
  }
  return token;
}

/**
 * Runs a token strictly, with notes.
 * @throws StaleTokenError when it does not fit the scenario or the code.
 */
export async function runToken(scenario: Scenario, text: string, trace?: Trace): Promise<RunResult> {
  const token = readToken(scenario, text);
  const provider = strictReplay(token.choices);
  const result = await runOnce(scenario, { provider, rates: NO_RATES, takesNotes: true, ...(trace && { trace }) });
  const made = result.choices.length;
  if (result.failure === undefined && made < token.choices.length) {
    throw new StaleTokenError(made, `${token.choices.length} choices`, "the end of the run");
  }
  return result;
}

/** For a token whose run need not fit any more: nothing, where it is stale; every other error is passed on. */
export function unlessStale(error: unknown): undefined {
  if (!(error instanceof StaleTokenError)) throw error;
}

/** True when the run failed in the way that `id` names. */
export function failsAs({ failure }: Pick<RunResult, "failure">, id: string): boolean {
  return failure !== undefined && failureId(failure) === id;
}

/**
 * While simulations run, rejections that belong to orchestrations are kept from the process, and calls that they do
 * not control are refused.
 */
export async function whileAttached<T>(run: () => Promise<T>): Promise<T> {
  const detachSettler = systemSettler.attach();
  const detachGuard = attachDeterminismGuard(runningRegion);
  try {
    return await runApart(run);
  } finally {
    detachGuard();
    detachSettler();
  }
}
