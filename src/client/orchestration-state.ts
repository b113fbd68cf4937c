/**
 * What a client sees of one orchestration at one moment.
 */
import { OrchestrationFailedError } from "../core/errors.ts";
import type { FailureDetails } from "../core/failure.ts";
import { fromFailureDetails } from "../core/failure.ts";
import { deserialize } from "../core/payload.ts";
import type { RuntimeStatus } from "../core/status.ts";
import { isTerminal } from "../core/status.ts";
import type { InstanceRecord } from "../ports/backend.ts";

export class OrchestrationState<O = unknown> {
  readonly instanceId: string;
  /** The orchestrator's registered name. */
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly createdAt: Date;
  readonly lastUpdatedAt: Date;
  /** JSON texts, absent for `undefined`. */
  readonly serializedInput: string | undefined;
  readonly serializedOutput: string | undefined;
  readonly serializedCustomStatus: string | undefined;
  readonly failureDetails: FailureDetails | undefined;
  /** The version that the instance was started with, or "". */
  readonly version: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Names the current execution: continue-as-new and rewind give the next one another. */
  readonly executionId: string;
  /** The instance that started this one as its sub-orchestration. */
  readonly parentInstanceId: string | undefined;

  /** @param withPayloads false leaves out input, output and custom status. */
  constructor(record: InstanceRecord, withPayloads = true) {
    this.instanceId = record.instanceId;
    this.name = record.name;
    this.runtimeStatus = record.runtimeStatus;
    this.createdAt = new Date(record.createdAt);
    this.lastUpdatedAt = new Date(record.lastUpdatedAt);
    this.serializedInput = withPayloads ? record.input : undefined;
    this.serializedOutput = withPayloads ? record.output : undefined;
    this.serializedCustomStatus = withPayloads ? record.customStatus : undefined;
    this.failureDetails = record.failure;
    this.version = record.version ?? "";
    this.tags = record.tags ?? {};
    this.executionId = record.executionId;
    this.parentInstanceId = record.parentInstanceId;
  }

  /** True when the orchestration has ended. */
  get isTerminal(): boolean {
    return isTerminal(this.runtimeStatus);
  }

  get input(): unknown {
    return deserialize(this.serializedInput);
  }

  /** What the orchestrator returned, or what it was terminated with; `undefined` until then. */
  get output(): O {
    return deserialize(this.serializedOutput) as O;
  }

  get customStatus(): unknown {
    return deserialize(this.serializedCustomStatus);
  }

  /** @throws OrchestrationFailedError, with the original error as its cause, when the orchestration failed. */
  raiseIfFailed(): this {
    if (this.failureDetails === undefined) return this;
    throw new OrchestrationFailedError(this.instanceId, this.failureDetails, fromFailureDetails(this.failureDetails));
  }
}
