/**
 * Runs turns: brings the execution to where its history ends (warm, or by replay), runs the core's turn, and
 * commits the result.
 *
 * Invariant: the execution goes back to the warm cache only after its turn was clearly committed. An instance
 * whose code is missing, not deterministic, or keeps killing its worker ends as a failed instance that says so.
 */
import type { Payloads } from "../core/data-converter.ts";
import { assert } from "../core/assert.ts";
import {
  InvariantError,
  OrchestratorNotRegisteredError,
  PoisonMessageError,
  StorageError,
  VersionMismatchError,
} from "../core/errors.ts";
import type { ExecutionSetup } from "../core/execution.ts";
import { Execution } from "../core/execution.ts";
import { toFailureDetails } from "../core/failure.ts";
import type { ExecutionStart, RewindOrder } from "../core/messages.ts";
import type { Mutable } from "../core/mutable.ts";
import { NonDeterminismError } from "../core/nondeterminism.ts";
import type { Settle } from "../core/recall.ts";
import { recall } from "../core/recall.ts";
import type { RewindPlan } from "../core/rewind.ts";
import { planRewind, refusedRewind } from "../core/rewind.ts";
import type { TurnInput, TurnResult } from "../core/turn.ts";
import { dropAll, failedTurn, needsNoCode, runTurn } from "../core/turn.ts";
import { isTerminal } from "../core/status.ts";
import type { Backend, FetchOptions, Lock, OrchestrationWorkItem, StatusUpdate, TurnCommit } from "../ports/backend.ts";
import type { Logger } from "../ports/logger.ts";
import type { Settler } from "../ports/settler.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { guardedExecution } from "./guarded-execution.ts";
import type { CheckedHistoryOptions } from "./history-limits.ts";
import { HistoryLimits } from "./history-limits.ts";
import type { Registry } from "./registry.ts";
import type { CheckedVersioning } from "./version-gate.ts";
import { VersionGate } from "./version-gate.ts";
import type { WarmCache } from "./warm-cache.ts";
import type { WorkProcessor } from "./work-loop.ts";

export interface OrchestrationProcessorSetup {
  readonly backend: Backend;
  readonly registry: Registry;
  readonly settler: Settler;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly warm: WarmCache;
  readonly maxDeliveryCount: number;
  readonly payloads: Payloads;
  readonly redeliveryHorizonMs: number;
  readonly determinismGuard: boolean;
  readonly history: CheckedHistoryOptions;
  readonly versioning: CheckedVersioning;
}

/** A turn that was run, on its way to the store. */
export interface RunTurn {
  readonly commit: TurnCommit;
  readonly result: TurnResult;
  readonly incarnation: string;
  /** The execution after the turn; `undefined` when it is of no more use. */
  readonly execution: Execution | undefined;
}

export class OrchestrationProcessor implements WorkProcessor<OrchestrationWorkItem, RunTurn> {
  readonly kind = "orchestration";
  readonly #setup: OrchestrationProcessorSetup;
  readonly #settle: Settle;
  readonly #versions: VersionGate;
  readonly #limits: HistoryLimits;

  constructor(setup: OrchestrationProcessorSetup) {
    this.#setup = setup;
    this.#versions = new VersionGate(setup.versioning);
    this.#limits = new HistoryLimits(setup.history, setup);
    this.#settle = () => setup.settler.settle();
  }

  fetch(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]> {
    return this.#setup.backend.fetchOrchestrations(options);
  }

  process(item: OrchestrationWorkItem): RunTurn | Promise<RunTurn> {
    const input: TurnInput = {
      start: item.start,
      runtimeStatus: item.instance.runtimeStatus,
      messages: item.messages,
      now: item.now,
      redeliveryHorizonMs: this.#setup.redeliveryHorizonMs,
      incarnation: item.instance.incarnation,
      createdAt: item.instance.createdAt,
    };
    // An ended instance is never run, refused or replayed again, whatever still comes for it.
    if (isTerminal(input.runtimeStatus)) return this.#toCommit(item, dropAll(input, "instance-terminal"), undefined);
    const hasBegun = item.lastEventId > 0 || item.rewind !== undefined;
    if (!hasBegun && needsNoCode(input)) return this.#withoutCode(item, input);
    const mismatch = this.#versions.mismatch(item.instance);
    if (mismatch !== undefined && !this.#versions.fails) throw mismatch;
    const refusal = mismatch ?? this.#refusal(item);
    if (item.rewind !== undefined) return this.#rewind(item, item.rewind, input, refusal);
    if (refusal !== undefined) return this.#failed(item, input, refusal);
    const execution = this.#setup.warm.take(item) ?? this.#fresh(item);
    if (execution.lastEventId === item.lastEventId) return this.#run(item, input, execution);
    return this.#replay(item, execution).then((difference) =>
      difference === undefined ? this.#run(item, input, execution) : this.#failed(item, input, difference),
    );
  }

  /** A turn of an instance that has not begun, and does not begin in it: any worker can do that. */
  async #withoutCode(item: OrchestrationWorkItem, input: TurnInput): Promise<RunTurn> {
    const result = await runTurn(this.#fresh(item), input, this.#settle);
    assert(!(result instanceof NonDeterminismError), "where no code is run, there is nothing to repeat");
    return this.#toCommit(item, result, undefined);
  }

  /** The turn of a failed instance that is to go on: what stands of its history, and what follows from there. */
  async #rewind(
    item: OrchestrationWorkItem,
    order: RewindOrder,
    input: TurnInput,
    refusal: Error | undefined,
  ): Promise<RunTurn> {
    const history = await this.#setup.backend.readHistory(item.lock);
    const begin = (start: ExecutionStart): Execution => this.#fresh(item, start);
    const plan = refusal ?? (await planRewind(history, { start: item.start, order }, begin, this.#settle));
    if (plan instanceof Error) return this.#rewindRefused(item, input, plan, refusedRewind(history, item.start, order));
    const execution = begin(plan.start);
    const difference = await recall(execution, plan.history, this.#settle);
    const rewound = { ...input, start: plan.start, rewound: plan.turn };
    const ran = difference ?? (await runTurn(execution, rewound, this.#settle));
    const result = ran instanceof Error ? ran : (this.#limits.refusal(execution) ?? ran);
    if (result instanceof Error)
      return this.#rewindRefused(item, input, result, refusedRewind(history, item.start, order));
    return this.#toCommit(item, result, execution, plan);
  }

  #rewindRefused(item: OrchestrationWorkItem, input: TurnInput, error: Error, plan: RewindPlan): RunTurn {
    const { instanceId, lastUpdatedAt } = item.instance;
    this.#setup.logger.error({ instanceId, error }, "An orchestration could not be rewound.");
    const { history } = plan;
    const position = { history, lastEventId: history.length, lastTurnTime: lastUpdatedAt };
    const turn = { ...input, start: plan.start, rewound: plan.turn };
    return this.#toCommit(item, failedTurn(position, turn, toFailureDetails(error)), undefined, plan);
  }

  #run(item: OrchestrationWorkItem, input: TurnInput, execution: Execution): RunTurn | Promise<RunTurn> {
    const result = runTurn(execution, input, this.#settle);
    return result instanceof Promise
      ? result.then((settled) => this.#toRunTurn(item, input, settled, execution))
      : this.#toRunTurn(item, input, result, execution);
  }

  #toRunTurn(
    item: OrchestrationWorkItem,
    input: TurnInput,
    result: TurnResult | NonDeterminismError,
    execution: Execution,
  ): RunTurn | Promise<RunTurn> {
    if (result instanceof NonDeterminismError) return this.#failed(item, input, result);
    const refusal = this.#limits.refusal(execution);
    if (refusal !== undefined) return this.#failed(item, input, refusal);
    return this.#toCommit(item, result, execution);
  }

  complete(turn: RunTurn): Promise<void> {
    return this.#setup.backend.completeOrchestration(turn.commit);
  }

  completed({ execution, result, incarnation }: RunTurn): void {
    const { telemetry, warm } = this.#setup;
    telemetry.count("turns.committed", 1);
    for (const { reason } of result.dropped) telemetry.count("messages.dropped", 1, { reason });
    if (execution === undefined) return;
    this.#limits.committed(execution, result.events);
    if (execution.end === undefined) warm.put(incarnation, execution);
  }

  abandon(item: OrchestrationWorkItem, delayMs: number, reason: unknown): Promise<void> {
    if (reason instanceof VersionMismatchError) {
      const leftMs = this.#versions.leave(item.instance.instanceId);
      return this.#setup.backend.abandonOrchestration({ lock: item.lock, delayMs: leftMs, isUncounted: true });
    }
    return this.#setup.backend.abandonOrchestration({ lock: item.lock, delayMs });
  }

  renew(lock: Lock, leaseMs: number): Promise<void> {
    return this.#setup.backend.renewOrchestration(lock, leaseMs);
  }

  /** Why the instance cannot run at all. */
  #refusal(item: OrchestrationWorkItem): Error | undefined {
    const { name, instanceId } = item.instance;
    if (item.deliveryCount > this.#setup.maxDeliveryCount) {
      this.#setup.telemetry.count("items.poisoned", 1, { kind: this.kind });
      return new PoisonMessageError(
        `The instance "${instanceId}" was handed to workers ${item.deliveryCount - 1} times without finishing a turn.`,
        { hint: "Its orchestrator, or a message to it, crashes or blocks the worker. See the workers' logs." },
      );
    }
    if (this.#setup.registry.orchestrator(name) !== undefined) return undefined;
    return new OrchestratorNotRegisteredError(`No orchestrator "${name}" is registered with this worker.`, {
      hint: `Registered are: ${this.#setup.registry.names("orchestrator").join(", ") || "none"}.`,
    });
  }

  #fresh(item: OrchestrationWorkItem, start: ExecutionStart = item.start): Execution {
    const { registry, settler, logger, payloads, determinismGuard } = this.#setup;
    const { instanceId, name } = item.instance;
    const { executionId, seed } = start.event;
    const handler = registry.orchestrator(name)?.handler ?? missing;
    const setup: ExecutionSetup = {
      instanceId,
      executionId,
      seed,
      defaultVersion: this.#setup.versioning.defaultVersion,
      handler,
      payloads,
      log: (level, message, fields) => {
        logger[level]({ ...fields, instanceId, orchestrator: name }, message);
      },
      run: (owner, step) => settler.run(owner, step),
      onLate: (error) => {
        this.#wakeUp(execution, error);
      },
    };
    const execution = determinismGuard ? guardedExecution(setup) : new Execution(setup);
    return execution;
  }

  async #replay(item: OrchestrationWorkItem, execution: Execution): Promise<NonDeterminismError | undefined> {
    const { telemetry, backend } = this.#setup;
    telemetry.count("turns.replayed", 1);
    return recall(execution, await backend.readHistory(item.lock), this.#settle);
  }

  /**
   * Code that went on after its turn would be found out at the instance's next turn; a message that answers
   * nothing brings that turn about, so that the instance does not seem to wait.
   */
  #wakeUp(execution: Execution, error: NonDeterminismError): void {
    const { instanceId, executionId } = execution.setup;
    const messageId = `${executionId}:late:${execution.lastEventId}`;
    const body = { type: "TimerFired", taskId: 0, fireAt: 0 } as const;
    this.#setup.logger.error({ instanceId, error }, "An orchestrator is not deterministic.");
    this.#setup.backend.sendMessage({ messageId, instanceId, executionId, body }).catch((sendError: unknown) => {
      if (!(sendError instanceof StorageError)) return;
      this.#setup.logger.warn({ instanceId, error: sendError }, "The instance fails at its next turn.");
    });
  }

  async #failed(item: OrchestrationWorkItem, input: TurnInput, error: Error): Promise<RunTurn> {
    const { instanceId, lastUpdatedAt } = item.instance;
    const { lastEventId, lock } = item;
    this.#setup.logger.error({ instanceId, error }, "An orchestration was failed by the engine.");
    // Its history tells what it leaves behind, such as locks.
    const history = lastEventId === 0 ? [] : await this.#setup.backend.readHistory(lock);
    const instance = { history, lastEventId, lastTurnTime: lastUpdatedAt };
    return this.#toCommit(item, failedTurn(instance, input, toFailureDetails(error)), undefined);
  }

  #toCommit(
    item: OrchestrationWorkItem,
    result: TurnResult,
    execution: Execution | undefined,
    plan?: RewindPlan,
  ): RunTurn {
    const { lastUpdatedAt, incarnation } = item.instance;
    const status: Mutable<StatusUpdate> = {
      runtimeStatus: result.runtimeStatus,
      lastUpdatedAt: result.time ?? lastUpdatedAt,
    };
    // A turn that recorded nothing changes nothing that a client can see.
    const { output, failure } = result.time === undefined ? item.instance : result;
    const customStatus = result.customStatus ?? item.instance.customStatus;
    if (output !== undefined) status.output = output;
    if (failure !== undefined) status.failure = failure;
    if (customStatus !== undefined) status.customStatus = customStatus;
    const commit: Mutable<TurnCommit> = {
      // A lock is used for one turn, so it names the request.
      requestId: `${item.lock.key}#${item.lock.token}`,
      lock: item.lock,
      consumed: result.consumed,
      events: result.events,
      activities: result.activities,
      timers: result.timers,
      messages: result.messages,
      starts: result.starts,
      cancelledTimers: result.cancelledTimers,
      status,
    };
    if (result.next !== undefined) commit.next = result.next;
    if (plan !== undefined) commit.rewritten = { start: plan.start, history: plan.history };
    if (result.rewinds !== undefined) commit.rewinds = result.rewinds;
    return { commit, result, incarnation, execution };
  }
}

/** Stands in for code that is not there, where none is run. */
function missing(): never {
  throw new InvariantError("Only registered orchestrators are run.");
}
