/**
 * Makes the error of a failing test: its message is the report, its stack leads to the user's code and nowhere else.
 *
 * Invariant: the first place of the stack is the orchestrator's line where one is known, the second the test's.
 */
import { SimulationFailedError } from "../errors.ts";
import type { SimulationResult } from "../explore/simulate.ts";
import type { TokenReplay } from "../explore/replay-token.ts";
import type { FailureLocation } from "../report/blame.ts";
import type { CodeLocation } from "../report/code-location.ts";
import type { FoundFailure } from "../report/failure-report.ts";
import { failureReport, stackOf } from "../report/failure-report.ts";

/** The test that fails. */
export interface FailingTest {
  /** The scenario's name. */
  readonly scenario: string;
  /** Where the test is. */
  readonly at: CodeLocation | undefined;
  /** What replays a token, a line each. */
  readonly again: (token: string) => readonly string[];
}

/** The error for a search that found something. */
export function searchFailed(result: SimulationResult, test: FailingTest): SimulationFailedError {
  const { runs, seed, minimised, token } = result;
  const found =
    token === undefined
      ? `After ${count(runs, "run")} with seed ${seed}.`
      : `Found in run ${runs} with seed ${seed}.${minimised === undefined ? "" : ` ${ingredients(minimised)}`}`;
  return failed(result, test, found);
}

/** The error for a token that fails, or that does not fit. */
export function tokenFailed(replay: TokenReplay, token: string, test: FailingTest): SimulationFailedError {
  const { verdict, expected } = replay;
  if (verdict === "stale") {
    const report = [
      "The token no longer fits this code, so it tells neither that the code fails nor that it passes.",
      `It was made for: ${expected}.`,
      "",
      replay.message,
      "Take the token out of the test, and let the test search instead: a new failure brings a new token.",
    ].join("\n");
    return withStack(new SimulationFailedError(report, { token }), test, undefined);
  }
  const found =
    verdict === "same"
      ? "Replayed from the token."
      : `Replayed from the token, which was made for another failure: ${expected}.`;
  return failed({ ...replay, token }, test, found);
}

/** What has to come together for the failure, once it was made as simple as it gets. */
function ingredients({ choices, faults }: { readonly choices: number; readonly faults: number }): string {
  if (choices === 0) return "It takes no fault and nothing unusual: it happens each time.";
  const others = choices - faults;
  if (others === 0) return `Made simpler until it takes only ${count(faults, "fault")}.`;
  const and = faults === 0 ? "no fault" : count(faults, "fault");
  return `Made simpler until it takes only ${and} and ${count(others, "other choice")} (of order, delay or data).`;
}

function failed(failure: FoundFailure, test: FailingTest, found: string): SimulationFailedError {
  const { scenario, again } = test;
  const report = failureReport(failure, { scenario, found, again });
  return withStack(new SimulationFailedError(report, failure), test, failure.location);
}

function withStack(
  error: SimulationFailedError,
  { at }: FailingTest,
  location: FailureLocation | undefined,
): SimulationFailedError {
  error.stack = stackOf(error.name, error.message, [
    { what: location?.because === "client" ? "the client" : "the workflow", at: location },
    { what: "the test", at },
  ]);
  return error;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
