/**
 * `dacapo`: durable workflows as plain code, embedded in an app. Importing this loads no dependency.
 */
export type { ActivityReference } from "./core/activity-reference.ts";
export { whenAll, whenAny } from "./core/combinators.ts";
export type {
  ContinueAsNewOptions,
  OrchestrationContext,
  ParentOrchestration,
  ReplaySafeLogger,
  SubOrchestrationOptions,
  TaskOptions,
} from "./core/context.ts";
export {
  type Orchestration,
  orchestrator,
  type OrchestratorDefinition,
  type OrchestratorHandler,
} from "./core/definitions.ts";
export type { DataConverter } from "./core/data-converter.ts";
export type { Duration } from "./core/duration.ts";
export { EntityInstanceId } from "./core/entity-instance-id.ts";
export type {
  EntityReference,
  OperationArguments,
  OperationInput,
  OperationName,
  OperationResult,
} from "./core/entity-reference.ts";
export type { CriticalSectionInfo, LockHandle, LockTarget, OrchestrationEntityFeature } from "./core/entity-feature.ts";
export * from "./core/errors.ts";
export type { FailureDetails } from "./core/failure.ts";
export type * from "./core/history.ts";
export type { CallHttpOptions, DurableHttpRequest, DurableHttpResponse } from "./core/http-calls.ts";
export type { OrchestratorReference } from "./core/orchestrator-reference.ts";
export { type DecisionSummary, NonDeterminismError } from "./core/nondeterminism.ts";
export { NonDeterministicCallError } from "./core/nondeterministic-call.ts";
export type { RetryContext, RetryHandler, RetryPolicy } from "./core/retry.ts";
export { isTerminal, type RuntimeStatus, type TerminalStatus } from "./core/status.ts";
export type { Task, TaskResult, TimerTask, WhenAnyWinner } from "./core/task.ts";
export type { ActivityContext } from "./ports/activity-context.ts";
export { activity, type ActivityDefinition, type ActivityHandler } from "./runtime/activity-definition.ts";
export type {
  EntityContext,
  EntityStartArguments,
  EntityStartOptions,
  SignalEntity,
  SignalEntityOptions,
} from "./ports/entity-context.ts";
export {
  type ClassOperations,
  type ClassState,
  entity,
  type EntityDefinition,
  type EntityHandler,
} from "./runtime/entity-definition.ts";
export { TaskEntity, type TaskEntityOperation, type TaskEntityState } from "./runtime/task-entity.ts";
export type { HistoryOptions } from "./runtime/history-limits.ts";
export type { HttpOptions, SystemPorts, TaskHubOptions, WorkerOptions } from "./runtime/hub-options.ts";
export type { Definition } from "./runtime/registry.ts";
export type { RetentionRule } from "./runtime/retention.ts";
export type { VersioningOptions } from "./runtime/version-gate.ts";
export { type IdleReport, TaskHub } from "./runtime/task-hub.ts";
export { EntityMetadata } from "./client/entity-metadata.ts";
export type { EntityQuery } from "./client/entity-query.ts";
export type { CleanEntityStorageRequest, CleanEntityStorageResult } from "./client/entity-storage.ts";
export { type MarkedTerminateOptions, type TerminateOptions, terminateOptions } from "./client/termination.ts";
export type { ExportedHistory, ExportOptions } from "./client/export-history.ts";
export type { InstanceIdQuery, OrchestrationFilter, OrchestrationQuery } from "./client/orchestration-query.ts";
export { type AsyncPageable, Page } from "./client/page.ts";
export type { PurgeInstanceCriteria, PurgeOptions, PurgeResult } from "./client/purge.ts";
export type { RestartOptions } from "./client/restart.ts";
export { OrchestrationState } from "./client/orchestration-state.ts";
export type { StartOptions, TaskHubClient } from "./client/task-hub-client.ts";
export type { WaitOptions } from "./client/waiting.ts";
