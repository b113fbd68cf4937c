/**
 * Replays a token: does it still fail, and in the same way?
 *
 * Invariant: a changed program is never mistaken for a repaired one: what does not fit is said to be stale.
 */
import { StaleTokenError } from "../errors.ts";
import { describeFailureId, nameFailure } from "../report/failure.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { FailureLocation } from "../report/blame.ts";
import { locate } from "../report/blame.ts";
import { tellStory } from "../report/story.ts";
import { decodeToken } from "../choices/token.ts";
import { divergenceOf, Trace } from "../report/trace.ts";
import { unrepeatable } from "./self-check.ts";
import { failsAs, runToken, unlessStale, whileAttached } from "./token-run.ts";

/** What became of a token. */
export interface TokenReplay {
  /**
   * `same`: it fails as it did; `passed`: it fails no more; `other`: it fails in another way; `stale`: it no longer
   * fits the scenario or the code.
   */
  readonly verdict: "same" | "passed" | "other" | "stale";
  readonly scenario: string;
  /** The failure that the token was made for, in words. */
  readonly expected: string;
  /** What happened, in a sentence. */
  readonly message: string;
  /** The id of the oracle that was violated; `engine` when the engine itself says that it has a bug. */
  readonly oracle?: string;
  /** The property that does not hold. */
  readonly property?: string;
  /**
   * The hash of everything that happened in the run, in order: the same on every machine and every version of Node.
   * Absent when the token is stale.
   */
  readonly digest?: string;
  /** What happened, a sentence a line; absent when the token is stale or passes. */
  readonly story?: readonly string[];
  /** The line of the user's code that the failure leads to, where one is known. */
  readonly location?: FailureLocation;
}

/**
 * Runs a scenario exactly as a token says.
 *
 * @throws InvalidArgumentError when the text is no token.
 * @throws UncontrolledWaitError or UncontrolledCallError as `simulate` does.
 * @example
 * const { verdict, message } = await replayToken(purchaseApproval, "dacapo1:...");
 */
export async function replayToken(scenario: Scenario, token: string): Promise<TokenReplay> {
  const failureId = decodeToken(token).failure;
  const expected = describeFailureId(failureId);
  const base = { scenario: scenario.name, expected };
  const [trace, again] = [new Trace(), new Trace()];
  try {
    const result = await whileAttached(async () => {
      const first = await runToken(scenario, token, trace);
      // A token's run is made twice: where the two differ, neither says anything.
      await runToken(scenario, token, again).catch(unlessStale);
      return first;
    });
    const { notes } = result;
    const divergence = divergenceOf(trace, again);
    const failure = divergence === undefined ? result.failure : unrepeatable(divergence);
    const { digest } = trace;
    if (failure === undefined)
      return { ...base, verdict: "passed", message: `It no longer fails: ${expected}.`, digest };
    const verdict = failsAs({ failure }, failureId) ? "same" : "other";
    return {
      ...base,
      verdict,
      message: failure.message,
      ...nameFailure(failure),
      digest,
      story: tellStory(notes),
      ...locate(notes),
    };
  } catch (error) {
    if (!(error instanceof StaleTokenError)) throw error;
    return { ...base, verdict: "stale", message: error.message };
  }
}
