/**
 * Messages in words, with and without what they say: for the conservation oracle (O9), which compares them by it.
 */
import type { ExecutionStart, HistoryEvent, InstanceMessage } from "dacapo/backend";

/** What is wrong with a record of a message, if anything. */
export function differenceOf(sent: Content, recorded: Content): string | undefined {
  const [was, is] = [textOf(sent), textOf(recorded)];
  return was === is ? undefined : `its history records ${is}, but sent was ${was}`;
}

export type Content =
  | InstanceMessage["body"]
  | ExecutionStart["carriedEvents"][number]
  | Extract<HistoryEvent, { readonly messageId: string }>;

/** A message, for people. */
export function nameOf(content: Content): string {
  switch (content.type) {
    case "EventRaised":
      return `the event "${content.name}"`;
    case "ExecutionTerminated":
      return "the order to terminate";
    case "TimerFired":
      return `timer ${content.taskId}`;
    case "TaskCompleted":
      return `the result of task ${content.taskId}`;
    case "TaskFailed":
      return `the failure of task ${content.taskId}`;
    case "SubOrchestrationInstanceCompleted":
      return `the result of sub-orchestration ${content.taskId}`;
    case "SubOrchestrationInstanceFailed":
      return `the failure of sub-orchestration ${content.taskId}`;
    case "EntityOperationCompleted":
      return `the entity's answer to task ${content.taskId}`;
    case "EntityOperationFailed":
      return `the failure of entity operation ${content.taskId}`;
    case "EntityLockGranted":
      return `the locks of task ${content.taskId}`;
    case "ExecutionRewound":
      return "the order to go on after its failure";
    case "ExecutionSuspended":
      return "the order to suspend";
    case "ExecutionResumed":
      return "the order to resume";
    case "EntityOperationCalled":
      return `the call of "${content.operation}"`;
    case "EntityOperationSignaled":
      return `the signal "${content.operation}"`;
    case "EntityLockRequested":
      return `the request for the locks of section ${content.criticalSectionId}`;
    case "EntityUnlockSent":
      return `the end of section ${content.criticalSectionId}`;
  }
}

/** A message with all that it says. */
export function textOf(content: Content): string {
  const name = nameOf(content);
  switch (content.type) {
    case "EventRaised":
      return `${name} with ${content.input ?? "nothing"}`;
    case "ExecutionTerminated":
      return `${name} with ${content.output ?? "nothing"}`;
    case "TimerFired":
      return `${name} due at ${content.fireAt}`;
    case "TaskCompleted":
      return `${name}: ${content.result ?? "nothing"}`;
    case "SubOrchestrationInstanceCompleted":
    case "EntityOperationCompleted":
      return `${name}: ${content.result ?? "nothing"}`;
    case "TaskFailed":
    case "SubOrchestrationInstanceFailed":
    case "EntityOperationFailed":
      return `${name}: ${content.failure.errorType}: ${content.failure.errorMessage}`;
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
      return `${name} with ${content.input ?? "nothing"}`;
    case "ExecutionRewound":
    case "ExecutionSuspended":
    case "ExecutionResumed":
      return `${name} because of ${content.reason ?? "nothing"}`;
    case "EntityLockGranted":
    case "EntityLockRequested":
    case "EntityUnlockSent":
      return name;
  }
}
