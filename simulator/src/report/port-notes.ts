/**
 * Turns what goes through the ports into notes.
 *
 * Invariant: reads only; a run goes the same way whether notes are taken or not.
 */
import type { ActivityCommit, HistoryEvent, InstanceMessage, InstanceRecord, TurnCommit } from "dacapo/backend";
import { StorageError } from "dacapo/backend";
import type { Actor } from "../world/actor.ts";
import { firstPlaceIn } from "./code-location.ts";
import type { NotedDecision, NotedMessage, Subject } from "./notes.ts";
import type { World } from "../world/world.ts";

/** Notes a turn that was committed. */
export function noteTurn(
  world: World,
  actor: Actor,
  commit: TurnCommit,
  { name, executionId }: Pick<InstanceRecord, "name" | "executionId">,
): void {
  const { lock, events, status, entity } = commit;
  const { runtimeStatus, output, failure } = status;
  const failedAt = world.notes === undefined ? undefined : firstPlaceIn(failure?.stackTrace);
  world.note(() => ({
    type: "turn",
    worker: actor.name,
    instanceId: lock.key,
    executionId,
    name,
    ...(entity === undefined
      ? { fed: events.flatMap(fedBy), decided: events.flatMap(decidedBy) }
      : { isEntity: true, fed: fedToEntity(commit), decided: decidedByEntity(commit) }),
    status: runtimeStatus,
    ...(output === undefined ? {} : { output }),
    ...(failure === undefined ? {} : { failure: `${failure.errorType}: ${failure.errorMessage}` }),
    ...(failedAt === undefined ? {} : { failedAt }),
  }));
}

/** Notes that an activity's result was recorded. */
export function noteActivityRecorded(world: World, actor: Actor, commit: ActivityCommit): void {
  const { instanceId, body } = commit.message;
  if (body.type !== "TaskCompleted" && body.type !== "TaskFailed") return;
  const { taskId } = body;
  const failed = body.type === "TaskFailed";
  world.note(() => ({ type: "activity-recorded", worker: actor.name, instanceId, taskId, failed }));
}

/** The subject of a fault that hits a message. */
export function messageSubject({ instanceId, body }: InstanceMessage): Subject {
  const { type } = body;
  if (type === "EventRaised") return { instanceId, message: { type, name: body.name } };
  if ("operation" in body) return { instanceId, message: { type, name: body.operation } };
  return { instanceId, message: "taskId" in body ? { type, taskId: body.taskId } : { type } };
}

/** Notes a client's call once its outcome is known: `done`, or the error. */
export function noteClientCall(
  world: World,
  actor: Actor,
  call: string,
  instanceId: string,
  sent: { readonly name?: string; readonly payload?: string | undefined },
): (outcome: unknown) => void {
  return (outcome) => {
    const word = outcome === "done" ? "done" : outcome instanceof StorageError ? "no answer" : "refused";
    world.note(() => ({
      type: "client-call",
      client: actor.name,
      call,
      instanceId,
      outcome: word,
      ...(sent.name === undefined ? {} : { name: sent.name }),
      ...(sent.payload === undefined ? {} : { payload: sent.payload }),
    }));
  };
}

function fedToEntity({ applied = [] }: TurnCommit): readonly NotedMessage[] {
  return applied.map(({ type, operation, outcome }) => ({
    type,
    ...(operation === undefined ? {} : { name: operation }),
    ...(outcome === "failed" ? { fails: true } : {}),
  }));
}

/** What an entity sends to others than those who asked it, and starts. */
function decidedByEntity({ messages, starts }: TurnCommit): readonly NotedDecision[] {
  const sent = messages.flatMap(({ instanceId: on, body }): readonly NotedDecision[] => {
    switch (body.type) {
      case "EntityOperationSignaled":
        return [{ type: body.type, name: body.operation, on }];
      case "EntityLockRequested":
      case "EntityUnlockSent":
        return [{ type: body.type, on }];
      default:
        return [];
    }
  });
  const started = starts.map(({ instanceId: on, start: { event } }) => ({ type: event.type, name: event.name, on }));
  return [...sent, ...started];
}

function fedBy(event: HistoryEvent): readonly NotedMessage[] {
  switch (event.type) {
    case "EventRaised":
      return [{ type: event.type, name: event.name }];
    case "TaskCompleted":
    case "TaskFailed":
    case "TimerFired":
    case "SubOrchestrationInstanceCompleted":
    case "SubOrchestrationInstanceFailed":
    case "EntityOperationCompleted":
    case "EntityOperationFailed":
    case "EntityLockGranted":
      return [{ type: event.type, taskId: event.taskId }];
    case "ExecutionStarted":
    case "ExecutionRewound":
    case "ExecutionSuspended":
    case "ExecutionResumed":
    case "ExecutionTerminated":
      return [{ type: event.type }];
    default:
      return [];
  }
}

function decidedBy(event: HistoryEvent): readonly NotedDecision[] {
  switch (event.type) {
    case "TaskScheduled":
      return [{ type: event.type, name: event.name, taskId: event.taskId, callKey: event.idempotencyKey }];
    case "TimerCreated":
      return [{ type: event.type, taskId: event.taskId, delayMs: event.fireAt - event.timestamp }];
    case "SubOrchestrationInstanceCreated":
      return [{ type: event.type, name: event.name, taskId: event.taskId, on: event.instanceId }];
    case "EventSent":
      return [{ type: event.type, name: event.name, on: event.instanceId }];
    case "EntityOperationCalled":
      return [{ type: event.type, name: event.operation, taskId: event.taskId, on: event.entityId }];
    case "EntityOperationSignaled":
      return [{ type: event.type, name: event.operation, on: event.entityId }];
    case "EntityLockRequested":
      return [{ type: event.type, taskId: event.taskId, on: event.lockSet.join(" and ") }];
    case "EntityUnlockSent":
      return [{ type: event.type, on: event.entityId }];
    case "ExecutionCompleted":
    case "ContinueAsNew":
      return [{ type: event.type }];
    default:
      return [];
  }
}
