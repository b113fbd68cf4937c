/**
 * History events and messages as people say them: one short phrase each.
 *
 * Invariant: tasks go by their number, the same in the call, the answer and the history; long payloads are cut.
 */
import type { FailureDetails, HistoryEvent, MessageBody } from "dacapo/backend";
import { payload } from "../report/story-words.ts";

/** What a history event says. */
export function eventWords(event: HistoryEvent): string {
  switch (event.type) {
    case "OrchestratorStarted":
      return "a turn begins";
    case "OrchestratorCompleted":
      return "the turn ends";
    case "ExecutionStarted":
      return `starts${carrying(event.input)}`;
    case "TaskScheduled": {
      const { name, input = "", taskId, attempt } = event;
      const again = attempt > 1 ? `, attempt ${attempt}` : "";
      return `calls ${name}(${payload(input)}) as task ${taskId}${again}`;
    }
    case "TimerCreated":
      return `sets timer ${event.taskId} to ${timeText(event.fireAt)}`;
    case "SubOrchestrationInstanceCreated": {
      const { name, input = "", taskId, instanceId } = event;
      return `calls ${name}(${payload(input)}) as "${instanceId}", task ${taskId}`;
    }
    case "EventSent":
      return `sends the event "${event.name}" to "${event.instanceId}"${carrying(event.input)}`;
    case "EntityOperationCalled": {
      const { entityId, operation, input = "", taskId } = event;
      return `calls ${operation}(${payload(input)}) of ${entityId} as task ${taskId}`;
    }
    case "EntityOperationSignaled":
      return `signals ${event.operation}(${payload(event.input ?? "")}) to ${event.entityId}`;
    case "EntityLockRequested":
      return `asks for the locks of ${event.lockSet.join(" and ")} as task ${event.taskId}`;
    case "EntityUnlockSent":
      return `lets go of ${event.entityId}`;
    case "ContinueAsNew":
      return `starts over${carrying(event.input)}`;
    case "ExecutionCompleted": {
      const { runtimeStatus, output, failure } = event;
      return `ends ${runtimeStatus}${failure === undefined ? carrying(output) : `: ${failureWords(failure)}`}`;
    }
    case "ExecutionRewound":
      return `goes on after its failure${carrying(event.reason)}`;
    default:
      return messageWords(event);
  }
}

/** What a message says to the instance that it is for. */
export function messageWords(body: MessageBody): string {
  switch (body.type) {
    case "TaskCompleted":
      return `task ${body.taskId} is done${carrying(body.result)}`;
    case "TaskFailed":
      return `task ${body.taskId} failed: ${failureWords(body.failure)}`;
    case "TimerFired":
      return `timer ${body.taskId} fires`;
    case "SubOrchestrationInstanceCompleted":
      return `sub-orchestration ${body.taskId} is done${carrying(body.result)}`;
    case "SubOrchestrationInstanceFailed":
      return `sub-orchestration ${body.taskId} failed: ${failureWords(body.failure)}`;
    case "EntityOperationCompleted":
      return `the entity answers task ${body.taskId}${carrying(body.result)}`;
    case "EntityOperationFailed":
      return `the operation of task ${body.taskId} failed: ${failureWords(body.failure)}`;
    case "EntityLockGranted":
      return `the locks of task ${body.taskId} are granted`;
    case "EntityOperationCalled":
      return `a call of ${body.operation}(${payload(body.input ?? "")})`;
    case "EntityOperationSignaled":
      return `a signal ${body.operation}(${payload(body.input ?? "")})`;
    case "EntityLockRequested":
      return `a request for its lock, of section ${body.criticalSectionId}`;
    case "EntityUnlockSent":
      return `the end of section ${body.criticalSectionId}`;
    case "ExecutionSuspended":
      return `the order to suspend${carrying(body.reason)}`;
    case "ExecutionResumed":
      return `the order to resume${carrying(body.reason)}`;
    case "EventRaised":
      return `the event "${body.name}"${carrying(body.input)}`;
    case "ExecutionTerminated":
      return `the order to terminate${carrying(body.output)}`;
  }
}

/** A point in simulated time. */
export function timeText(time: number): string {
  return new Date(time).toISOString();
}

function failureWords({ errorType, errorMessage }: FailureDetails): string {
  return payload(`${errorType}: ${errorMessage}`);
}

function carrying(json: string | undefined): string {
  return json === undefined ? "" : ` with ${payload(json)}`;
}
