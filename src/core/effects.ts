/**
 * What a turn's decisions bring about elsewhere, by destination: activities, timers, messages, starts.
 *
 * Invariant: a function of the decisions and the execution's names, so that a repeated turn has the same effects with
 * the same ids. Called by the turn.
 */
import { uuidV5 } from "./determinism.ts";
import type { Execution, ExecutionEnd, TurnDecisions } from "./execution.ts";
import { present } from "./execution.ts";
import { EntityInstanceId } from "./entity-instance-id.ts";
import { toFailureDetails } from "./failure.ts";
import type { FailureDetails } from "./failure.ts";
import { InstanceAlreadyExistsError, InstanceNotFoundError } from "./errors.ts";
import type {
  DecisionEvent,
  EntityUnlockSent,
  EventBody,
  ParentInstance,
  SubOrchestrationInstanceCreated,
} from "./history.ts";
import type { ActivityWork, EntityBirth, EntityMessageBody, InstanceMessage, InstanceStart } from "./messages.ts";
import { answerMessageId } from "./messages.ts";
import type { OpenChild } from "./sub-orchestration-calls.ts";
import { childIncarnation } from "./sub-orchestration-calls.ts";
import { streamMessageId } from "./streams.ts";
import type { StreamPosition } from "./streams.ts";

/** Partitioned by destination, so that a backend can persist them in one transaction. */
export interface TurnEffects {
  readonly activities: readonly ActivityWork[];
  /** Messages of the instance to itself. */
  readonly timers: readonly InstanceMessage[];
  /** Messages to other instances. */
  readonly messages: readonly InstanceMessage[];
  readonly starts: readonly InstanceStart[];
}

const NOTHING: readonly never[] = [];

export function effectsOf(execution: Execution, { decisions }: TurnDecisions): TurnEffects {
  const { instanceId, executionId } = execution.setup;
  const activities: ActivityWork[] = [];
  const timers: InstanceMessage[] = [];
  // Most turns send nothing to others.
  let messages: InstanceMessage[] | undefined;
  let starts: InstanceStart[] | undefined;
  for (const decision of decisions) {
    switch (decision.type) {
      case "TaskScheduled": {
        const { taskId, name, input, attempt, idempotencyKey } = decision;
        const work = { instanceId, executionId, taskId, name, attempt, idempotencyKey };
        activities.push(input === undefined ? work : { ...work, input });
        break;
      }
      case "TimerCreated": {
        const { taskId, fireAt } = decision;
        if (execution.end !== undefined || !execution.calls.isOpen(taskId, "timer")) break;
        const body = { type: "TimerFired", taskId, fireAt } as const;
        timers.push({
          messageId: answerMessageId(executionId, taskId),
          instanceId,
          executionId,
          dueTime: fireAt,
          body,
        });
        break;
      }
      case "SubOrchestrationInstanceCreated":
        (starts ??= []).push(startOf(execution, decision));
        break;
      case "ExecutionCompleted":
      case "ContinueAsNew":
        break;
      default:
        (messages ??= []).push(messageOf(execution, decision));
    }
  }
  return { activities, timers, messages: messages ?? NOTHING, starts: starts ?? NOTHING };
}

type SendingDecision = Extract<EventBody<DecisionEvent>, { readonly position: StreamPosition }>;

/** The message that a decision sends. */
function messageOf(execution: Execution, decision: SendingDecision): InstanceMessage {
  const { instanceId, executionId } = execution.setup;
  switch (decision.type) {
    case "EventSent": {
      const { instanceId: receiver, name, input, position } = decision;
      const body = { type: "EventRaised", name, ...present("input", input) } as const;
      return { messageId: streamMessageId(receiver, position), instanceId: receiver, position, body };
    }
    case "EntityOperationCalled": {
      const { entityId, taskId, operation, input, criticalSectionId, position } = decision;
      return entityMessage(entityId, position, {
        type: "EntityOperationCalled",
        operation,
        ...present("input", input),
        caller: { instanceId, executionId, taskId },
        ...present("criticalSectionId", criticalSectionId),
      });
    }
    case "EntityOperationSignaled": {
      const { entityId, operation, input, scheduledTime, position } = decision;
      const body = { type: "EntityOperationSignaled", operation, ...present("input", input) } as const;
      return { ...entityMessage(entityId, position, body), ...present("dueTime", scheduledTime) };
    }
    case "EntityLockRequested": {
      const { taskId, criticalSectionId, lockSet, position } = decision;
      const caller = { instanceId, executionId, taskId };
      const body = { type: "EntityLockRequested", criticalSectionId, lockSet, caller } as const;
      return entityMessage(lockSet[0] ?? "", position, body);
    }
    case "EntityUnlockSent":
      return unlockMessage(decision);
  }
}

/** The message that unlocks an entity. */
export function unlockMessage(decision: EventBody<EntityUnlockSent>): InstanceMessage {
  const { criticalSectionId, entityId, position, lockSet } = decision;
  const body = { type: "EntityUnlockSent", criticalSectionId, ...present("lockSet", lockSet) } as const;
  return entityMessage(entityId, position, body);
}

/** A message to an entity, which it brings into being. */
export function entityMessage(entityId: string, position: StreamPosition, body: EntityMessageBody): InstanceMessage {
  const messageId = streamMessageId(entityId, position);
  return { messageId, instanceId: entityId, position, birth: birthOf(entityId, messageId), body };
}

/** How an entity begins, if a message is the first to reach it. */
export function birthOf(entityId: string, messageId: string): EntityBirth {
  return { name: EntityInstanceId.fromString(entityId).name, incarnation: uuidV5(`${entityId}:${messageId}`) };
}

function startOf(execution: Execution, decision: EventBody<SubOrchestrationInstanceCreated>): InstanceStart {
  const { instanceId, executionId } = execution.setup;
  const { taskId, name, instanceId: childId, input, version, tags, replaces } = decision;
  const parentName = execution.started?.name ?? "";
  const incarnation = childIncarnation(execution.executionId, taskId);
  return {
    instanceId: childId,
    incarnation,
    ...present("replaces", replaces),
    start: {
      event: {
        type: "ExecutionStarted",
        name,
        instanceId: childId,
        executionId: incarnation,
        ...present("input", input),
        ...present("version", version),
        ...present("tags", tags),
        parent: { instanceId, executionId, name: parentName, taskId },
      },
      carriedEvents: [],
    },
    refusal: failureAnswer({ instanceId, executionId, taskId }, takenId(childId)),
  };
}

function takenId(instanceId: string): FailureDetails {
  return { ...toFailureDetails(new InstanceAlreadyExistsError(instanceId)), isNonRetriable: true };
}

type Answered = Pick<ParentInstance, "instanceId" | "executionId" | "taskId">;

function failureAnswer({ instanceId, executionId, taskId }: Answered, failure: FailureDetails): InstanceMessage {
  const body = { type: "SubOrchestrationInstanceFailed", taskId, failure } as const;
  return { messageId: answerMessageId(executionId, taskId), instanceId, executionId, body };
}

/** What the end of an execution tells the parent: nothing where there is none, or where another execution follows. */
export function answerToParent(parent: ParentInstance | undefined, end: ExecutionEnd): readonly InstanceMessage[] {
  if (parent === undefined) return NOTHING;
  const { instanceId, executionId, taskId } = parent;
  switch (end.kind) {
    case "continued":
      return NOTHING;
    case "completed": {
      const body = { type: "SubOrchestrationInstanceCompleted", taskId, ...present("result", end.output) } as const;
      return [{ messageId: answerMessageId(executionId, taskId), instanceId, executionId, body }];
    }
    case "failed":
      return [failureAnswer(parent, end.failure)];
    case "terminated":
      return [failureAnswer(parent, TERMINATED)];
  }
}

/** What a parent is told of a sub-orchestration that is not there any more. */
export function goneAnswer(parent: ParentInstance, instanceId: string): InstanceMessage {
  return failureAnswer(parent, { ...toFailureDetails(new InstanceNotFoundError(instanceId)), isNonRetriable: true });
}

const TERMINATED: FailureDetails = {
  errorType: "OrchestrationTerminatedError",
  errorMessage: "The sub-orchestration was terminated.",
  code: "ORCHESTRATION_TERMINATED",
  // Somebody decided to end it, so no policy begins it again.
  isNonRetriable: true,
};

/** A recursive termination passed on to children. @param executionId names the execution that started them. */
export function terminationOfChildren(executionId: string, children: readonly OpenChild[]): readonly InstanceMessage[] {
  return children.map(({ taskId, instanceId }) => ({
    messageId: `${answerMessageId(executionId, taskId)}:terminate`,
    instanceId,
    body: { type: "ExecutionTerminated", isRecursive: true, incarnation: childIncarnation(executionId, taskId) },
  }));
}
