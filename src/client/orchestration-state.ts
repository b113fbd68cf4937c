/**
 * What a client sees of one orchestration at one moment.
 */
import { OrchestrationFailedError } from "../core/errors.ts";
import type { FailureDetails } from "../core/failure.ts";
import { fromFailureDetails } from "../core/failure.ts";
import type { Payloads } from "../core/data-converter.ts";
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
  /** Texts of the hub's data converter (JSON unless it has another), absent for `undefined`. */
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
  readonly #payloads: Payloads;

  /** @param withPayloads false leaves out input, output and custom status. */
  constructor(record: InstanceRecord, payloads: Payloads, withPayloads = true) {
    this.#payloads = payloads;
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
    return this.#payloads.read(this.serializedInput, `input of the instance "${this.instanceId}"`);
  }

  /** What the orchestrator returned, or what it was terminated with; `undefined` until then. */
  get output(): O {
    return this.#payloads.read(this.serializedOutput, `output of the instance "${this.instanceId}"`) as O;
  }

  get customStatus(): unknown {
    return this.#payloads.read(this.serializedCustomStatus, `custom status of the instance "${this.instanceId}"`);
  }

  /** @throws OrchestrationFailedError, with the original error as its cause, when the orchestration failed. */
  raiseIfFailed(): this {
    if (this.failureDetails === undefined) return this;
    throw new OrchestrationFailedError(this.instanceId, this.failureDetails, fromFailureDetails(this.failureDetails));
  }
}
