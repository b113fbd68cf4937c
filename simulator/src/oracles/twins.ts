/**
 * O15: an orchestrator that is written twice does the same thing twice.
 *
 * Invariant: where a scenario gives a twin of an orchestrator (the async function that means the same as a generator, or
 * the code after a change that must change nothing), each history leads the twin to exactly what is recorded: the same
 * decisions turn by turn, the same end, the same things still to wait for. It runs the engine, through `dacapo/replay`;
 * the comparison is the one of O6. What the orchestrator itself does not repeat is the business of O6.
 */
import type { ReplayResult } from "dacapo/replay";
import type { Circumstances } from "./all-oracles.ts";
import type { FinalEvidence, Oracle, ReplayedExecution } from "./oracle.ts";
import { canonical, defaultVersions, differenceFromRecord } from "./replay.ts";

const ID = "O15";

export function twinsOracle({ versioning = [] }: Pick<Circumstances, "versioning"> = {}): Oracle {
  const defaults = defaultVersions(versioning);
  return {
    id: ID,
    title: "an orchestrator's twin, such as the async function for a generator, decides what the history records",
    atEnd: ({ replays }: FinalEvidence) =>
      replays.flatMap((replayed) => {
        const problem = problemWith(replayed, defaults);
        if (problem === undefined) return [];
        const { instanceId, history } = replayed.execution;
        const name = history.find((event) => event.type === "ExecutionStarted")?.name ?? "";
        const message = `the twin of "${name}" does not do what "${instanceId}" did: ${problem}`;
        return [{ oracle: ID, instanceId, message }];
      }),
  };
}

function problemWith(
  { execution, replay, twin }: ReplayedExecution,
  defaults: ReadonlySet<string>,
): string | undefined {
  if (twin === undefined || replay === undefined) return undefined;
  const { history, record } = execution;
  const recorded = { history, record, defaults };
  if (differenceFromRecord(replay, recorded) !== undefined) return undefined;
  return differenceFromRecord(twin, recorded) ?? differenceInWaiting(replay, twin);
}

/** What is left at the end of a history: compared, because no event tells of it. */
const LEFT = ["openTasks", "unprocessedEvents", "continuedAsNew"] as const;

function differenceInWaiting(replay: ReplayResult, twin: ReplayResult): string | undefined {
  if (!replay.ok || !twin.ok) return undefined;
  for (const field of LEFT) {
    const [is, other] = [canonical(replay[field]), canonical(twin[field])];
    if (is !== other) return `at the end its ${field} are ${other ?? "none"}, and not ${is ?? "none"}`;
  }
  return undefined;
}
