/**
 * The state of a token's run at one step: what `fuzz --replay TOKEN --step N` prints.
 *
 * Invariant: the token is run to its end first, so that one that no longer fits is found out whatever the step.
 */
import { strictReplay } from "../choices/recorded-choices.ts";
import { decodeToken } from "../choices/token.ts";
import { StaleTokenError } from "../errors.ts";
import { Run } from "../explore/run.ts";
import { readToken, runToken, whileAttached } from "../explore/token-run.ts";
import { NO_RATES } from "../faults/faults.ts";
import { describeFailureId } from "../report/failure.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { readState } from "./read-state.ts";
import type { SimulationState } from "./simulation-state.ts";

/** A token's run at one step. */
export type StepReport =
  | {
      readonly verdict: "shown";
      readonly scenario: string;
      /** How many steps the run has. Where the one that was asked for is none of them, the state is that of the last. */
      readonly steps: number;
      /** What the next step carries out; absent at the end. */
      readonly next?: string;
      /** What does not hold, where the run has failed by this step. */
      readonly failure?: string;
      readonly state: SimulationState;
    }
  | {
      readonly verdict: "stale";
      readonly scenario: string;
      /** The failure that the token was made for, in words. */
      readonly expected: string;
      readonly message: string;
    };

/**
 * Runs a token strictly as far as `step`, a whole number from 0 on.
 *
 * @throws InvalidArgumentError when the text is no token.
 * @throws UncontrolledWaitError as `simulate` does.
 * @example
 * const report = await stateAtStep(purchaseApproval, "dacapo1:...", 12);
 * if (report.verdict === "shown") console.log(report.state.instances);
 */
export async function stateAtStep(scenario: Scenario, token: string, step: number): Promise<StepReport> {
  const { name } = scenario;
  try {
    return await whileAttached(() => show(scenario, token, step));
  } catch (error) {
    if (!(error instanceof StaleTokenError)) throw error;
    const expected = describeFailureId(decodeToken(token).failure);
    return { verdict: "stale", scenario: name, expected, message: error.message };
  }
}

async function show(scenario: Scenario, text: string, step: number): Promise<StepReport> {
  const { steps, notes, failure } = await runToken(scenario, text);
  const { choices } = readToken(scenario, text);
  const run = new Run(scenario, { provider: strictReplay(choices), rates: NO_RATES, takesNotes: true });
  await run.until({ step: Math.min(step, steps), staysOpen: true });
  const operations = notes.filter((note) => note.type === "operation");
  const next = operations[run.world.step];
  const isOver = run.world.step === steps && failure !== undefined;
  return {
    ...{ verdict: "shown", scenario: scenario.name, steps },
    ...(next === undefined ? {} : { next: next.key }),
    ...(isOver ? { failure: failure.message } : {}),
    state: readState(run.world),
  };
}
