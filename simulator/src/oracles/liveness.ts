/**
 * O11: after faults stop, everything comes to rest, and rests for a good reason.
 *
 * Invariant: at rest each instance has ended, or waits for external events and nothing else; a run that does not
 * come to rest makes progress. A workflow that goes on for ever is fine, one that spins is not.
 */
import type { OpenTask } from "dacapo/replay";
import type { InstanceView } from "dacapo/memory";
import type { FinalEvidence, Oracle, Violation } from "./oracle.ts";

const ID = "O11";

/** So many steps without a single new history event are spinning. */
const SPINNING_STEPS = 2_000;

export function livenessOracle(): Oracle {
  return {
    id: ID,
    title: "after faults stop, everything comes to rest for a good reason",
    atEnd: (evidence: FinalEvidence): readonly Violation[] =>
      evidence.isAtRest ? stalls(evidence) : spinning(evidence),
  };
}

function stalls(evidence: FinalEvidence): readonly Violation[] {
  return [...evidence.store.instances()].flatMap((instance) => {
    const reason = stallOf(instance, evidence);
    const { instanceId, runtimeStatus } = instance.record;
    if (reason === undefined) return [];
    const message = `nothing more can happen, and instance "${instanceId}" is still ${runtimeStatus}: ${reason}`;
    return [{ oracle: ID, instanceId, message }];
  });
}

/** Why the instance should not be at rest; undefined when it may be. */
function stallOf({ record, history }: InstanceView, { store, replays }: FinalEvidence): string | undefined {
  const { runtimeStatus, instanceId, executionId } = record;
  if (runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated") return undefined;
  if (history.length === 0) return "it never started to run";
  const waiting = store.queue(instanceId).length;
  if (waiting > 0) return `${waiting} messages wait for it that no worker takes`;
  const replay = replays.find(({ execution }) => execution.executionId === executionId)?.replay;
  // A history that cannot be replayed is the business of O6.
  if (replay?.ok !== true) return undefined;
  if (replay.openTasks.length === 0) return "it waits for nothing at all";
  const lost = replay.openTasks.filter(({ kind }) => kind !== "event");
  return lost.length === 0 ? undefined : `it waits for ${lost.map(describe).join(" and ")}, which will never come`;
}

function describe(task: OpenTask): string {
  switch (task.kind) {
    case "activity":
      return `the result of activity "${task.name}" (task ${task.taskId})`;
    case "timer":
      return `timer ${task.taskId}`;
    case "event":
      return `the event "${task.name}"`;
  }
}

function spinning({ stepsWithoutProgress, busyFunctions }: FinalEvidence): readonly Violation[] {
  if (stepsWithoutProgress < SPINNING_STEPS || busyFunctions.length > 0) return [];
  return [
    { oracle: ID, message: `the last ${stepsWithoutProgress} steps added nothing to any history, and do not end` },
  ];
}
