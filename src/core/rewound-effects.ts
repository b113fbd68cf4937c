/**
 * What the turn that goes on after a rewind brings about: what it decided itself, and anew, under the new execution
 * id, whatever was asked for before and is not answered.
 *
 * Invariant: an activity keeps its idempotency key, a sub-orchestration its id and its life. Called by the turn.
 */
import type { TurnEffects } from "./effects.ts";
import { effectsOf, goneAnswer } from "./effects.ts";
import type { Execution, TurnDecisions } from "./execution.ts";
import type { DecisionEvent, EventBody, SubOrchestrationInstanceCreated } from "./history.ts";
import type { ChildRewind } from "./messages.ts";
import { answerMessageId } from "./messages.ts";
import type { RewoundTurn } from "./rewind.ts";
import { childIncarnation } from "./sub-orchestration-calls.ts";

export interface RewoundEffects extends TurnEffects {
  readonly rewinds: readonly ChildRewind[];
}

export function rewoundEffects(execution: Execution, decided: TurnDecisions, rewound: RewoundTurn): RewoundEffects {
  const own = effectsOf(execution, decided);
  if (execution.end !== undefined) return { ...own, rewinds: [] };
  const open = rewound.decisions.flatMap((decision) => stillOpen(execution, decision));
  const anew = effectsOf(execution, { ...decided, decisions: open });
  const children = [...open, ...decided.decisions].filter((one) => one.type === "SubOrchestrationInstanceCreated");
  return {
    activities: [...anew.activities, ...own.activities],
    timers: [...anew.timers, ...own.timers],
    messages: [...anew.messages, ...own.messages],
    // What was started keeps its life: the start has no effect, unless it was refused before.
    starts: [...anew.starts, ...own.starts],
    rewinds: children.map((child) => rewindOf(execution, child, rewound)),
  };
}

/** The decision where its task is open and has to be carried out again: not where its answer is held. */
function stillOpen(execution: Execution, decision: EventBody<DecisionEvent>): readonly EventBody<DecisionEvent>[] {
  if ("taskId" in decision && execution.holdsAnswer(decision.taskId)) return [];
  switch (decision.type) {
    case "TaskScheduled":
      return execution.calls.isOpen(decision.taskId, "activity") ? [decision] : [];
    case "TimerCreated":
      return execution.calls.isOpen(decision.taskId, "timer") ? [decision] : [];
    case "SubOrchestrationInstanceCreated":
      return execution.answers.isOpen(decision.taskId, "sub-orchestration") ? [decision] : [];
    case "EntityOperationCalled": {
      const position = execution.resent?.get(decision.taskId);
      const isOpen = execution.answers.isOpen(decision.taskId, "entity-call");
      return position !== undefined && isOpen ? [{ ...decision, position }] : [];
    }
    default:
      return [];
  }
}

function rewindOf(
  execution: Execution,
  { instanceId, taskId }: EventBody<SubOrchestrationInstanceCreated>,
  { event }: RewoundTurn,
): ChildRewind {
  const { executionId, instanceId: parentId } = execution.setup;
  const parent = { instanceId: parentId, executionId, name: execution.started?.name ?? "", taskId };
  return {
    instanceId,
    incarnation: childIncarnation(execution.executionId, taskId),
    parent,
    order: {
      requestId: `${answerMessageId(executionId, taskId)}:rewind`,
      ...(event.reason === undefined ? {} : { reason: event.reason }),
    },
    lost: goneAnswer(parent, instanceId),
  };
}
