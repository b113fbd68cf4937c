/**
 * A scenario of which every instance must complete.
 *
 * Invariant: it makes the runs that the scenario makes, and looks at each once it has come to rest.
 */
import type { HistoryEvent } from "dacapo/backend";
import type { HubView, InstanceState } from "../scenario/hub-view.ts";
import type { Scenario } from "../scenario/scenario.ts";

const PROPERTY = "every instance completes";
const REASON = "not completed";
const PREFIX = `"${PROPERTY}" does not hold: ${REASON}: `;

/** The scenario, with that property added. */
export function completing(scenario: Scenario): Scenario {
  const property = ({ hub }: { readonly hub: HubView }): boolean => {
    const unfinished = hub.instances().filter(({ runtimeStatus }) => runtimeStatus !== "Completed");
    if (unfinished.length > 0) throw new Unfinished(unfinished.map((state) => describe(state, hub)).join("; "));
    return true;
  };
  return { ...scenario, eventually: { ...scenario.eventually, [PROPERTY]: property } };
}

/** What was found, without the words for a property that throws: the reason alone says it all. */
export function inPlainWords<T extends { readonly message?: string; readonly story?: readonly string[] }>(found: T): T {
  const { message, story } = found;
  const plain = (text: string): string => text.replace(PREFIX, "");
  return {
    ...found,
    ...(message === undefined ? {} : { message: plain(message) }),
    ...(story === undefined ? {} : { story: story.map(plain) }),
  };
}

/** Tells which instances did not complete; a property that throws says why it does not hold. */
class Unfinished extends Error {
  override readonly name = REASON;
}

function describe({ name, instanceId, runtimeStatus, failure }: InstanceState, hub: HubView): string {
  const who = `orchestration ${name} "${instanceId}"`;
  switch (runtimeStatus) {
    case "Failed":
      return `${who} failed with ${failure === undefined ? "an error" : `${failure.errorType}: ${failure.errorMessage}`}`;
    case "Terminated":
      return `${who} was terminated`;
    case "Pending":
      return `${who} never started`;
    default:
      return `${who} does not end: it is ${runtimeStatus} and waits for ${waitOf(hub.history(instanceId))}`;
  }
}

/** What the history leaves open. An external event that is waited for leaves no trace in it. */
function waitOf(history: readonly HistoryEvent[]): string {
  const open = new Map<number, string>();
  for (const event of history) {
    if (event.type === "TaskScheduled") open.set(event.taskId, `the result of ${event.name}`);
    else if (event.type === "TimerCreated") open.set(event.taskId, "a timer");
    else if ("taskId" in event) open.delete(event.taskId);
  }
  return open.size === 0 ? "an external event" : [...open.values()].join(" and ");
}
