/**
 * `dacapo/backend`: what the author of a backend, a clock or a logger implements, and the data that it handles.
 */
export type * from "./ports/backend.ts";
export type * from "./ports/backend-factory.ts";
export type * from "./ports/clock.ts";
export type * from "./ports/guard.ts";
export type * from "./ports/hub-snapshot.ts";
export type * from "./ports/http.ts";
export type * from "./ports/ids.ts";
export type * from "./ports/logger.ts";
export type * from "./ports/payload-codec.ts";
export type * from "./ports/payload-store.ts";
export type * from "./ports/settler.ts";
export type * from "./ports/telemetry.ts";
export type * from "./core/history.ts";
export type { FailureDetails } from "./core/failure.ts";
export type { Milestone, RuntimeStatus, TerminalStatus } from "./core/status.ts";
export type * from "./core/entity-data.ts";
export type {
  ActivityWork,
  ChildRewind,
  Caller,
  DropReason,
  EntityBirth,
  EntityMessageBody,
  ExecutionStart,
  InstanceMessage,
  InstanceStart,
  MessageBody,
  OrchestrationMessageBody,
  RewindOrder,
} from "./core/messages.ts";
export type { ReceivedStream, SentStream, StreamPosition } from "./core/streams.ts";
export { activityId, answerMessageId, isForOrchestrations } from "./core/messages.ts";
export { hasReached, isTerminal } from "./core/status.ts";
export {
  DacapoError,
  ExecutionNotFoundError,
  HubNotEmptyError,
  InstanceAlreadyExistsError,
  InstanceNotFailedError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
  InvalidArgumentError,
  InvariantError,
  LeaseLostError,
  StorageError,
} from "./core/errors.ts";
export { attachDeterminismGuard, type Probe } from "./runtime/determinism-guard.ts";
export { guarded, type GuardedRegion, type Hazard, type Leak, unguarded } from "./runtime/guarded-region.ts";
export { systemClock, systemIds, systemLogger, systemSettler } from "./runtime/system.ts";
export { durationToMs, type Duration } from "./core/duration.ts";
