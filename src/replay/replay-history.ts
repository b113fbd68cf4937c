/**
 * Replays a recorded history against an orchestrator, outside any hub: to check that changed code still agrees
 * with the histories of running instances, and to look into what an orchestration decided.
 *
 * Invariant: runs no activity, sends nothing, writes nothing.
 */
import { assert } from "../core/assert.ts";
import type { DataConverter } from "../core/data-converter.ts";
import { checkDataConverter, Payloads } from "../core/data-converter.ts";
import type { OrchestratorDefinition } from "../core/definitions.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { ExecutionSetup } from "../core/execution.ts";
import { Execution } from "../core/execution.ts";
import type { OpenTask } from "../core/execution-scope.ts";
import type { FailureDetails } from "../core/failure.ts";
import type { DecisionEvent, EventBody, EventRaised, HistoryEvent } from "../core/history.ts";
import type { NonDeterminismError } from "../core/nondeterminism.ts";
import { PAYLOAD_BYTES_MAX } from "../core/limits.ts";
import { utf8Length } from "../core/payload.ts";
import { recall } from "../core/recall.ts";
import type { RuntimeStatus } from "../core/status.ts";
import { attachDeterminismGuard } from "../runtime/determinism-guard.ts";
import { guardedExecution } from "../runtime/guarded-execution.ts";
import { systemSettler } from "../runtime/system.ts";
import { checkHistory } from "./check-history.ts";

/** One turn as it was replayed. */
export interface ReplayedTurn {
  /** The turn's `currentUtcDateTime`, in milliseconds since the epoch. */
  readonly time: number;
  /** What the code decided, in order. */
  readonly decisions: readonly EventBody<DecisionEvent>[];
}

/** What a replay found. */
export type ReplayResult =
  | {
      readonly ok: true;
      readonly turns: readonly ReplayedTurn[];
      readonly runtimeStatus: RuntimeStatus;
      /** A text of the data converter, as is `customStatus`. */
      readonly output?: string;
      readonly failure?: FailureDetails;
      readonly customStatus?: string;
      /** What the orchestration waits for at the end of the history. */
      readonly openTasks: readonly OpenTask[];
      /** The external events of the history that the code has not taken, oldest first. */
      readonly unprocessedEvents: readonly EventBody<EventRaised>[];
      /** External events that wait for others which their sender, an orchestration, had sent before. */
      readonly earlyEvents: readonly EventBody<EventRaised>[];
      /** Present when the execution ends by continue-as-new. */
      readonly continuedAsNew?: {
        /** A text of the data converter. */
        readonly input?: string;
        /** Whether the next execution gets the unprocessed events. */
        readonly preservesUnprocessedEvents: boolean;
      };
    }
  | {
      readonly ok: false;
      /** The first difference between the history and the code. */
      readonly error: NonDeterminismError;
      /** The turns before it. */
      readonly turns: readonly ReplayedTurn[];
    };

export interface ReplayOptions {
  /** The task hub's `dataConverter`: what wrote the payloads of the history. JSON unless given. */
  readonly dataConverter?: DataConverter;
  /**
   * The task hub's `payloadBytesMax`, for code that catches `PayloadTooLargeError`. Unless given, the default of
   * task hubs, or the largest payload of the history where that is larger.
   */
  readonly payloadBytesMax?: number;
  /** Compares inputs, fire times, outputs and failures too. False unless given. */
  readonly strict?: boolean;
  /**
   * Refuses calls that no replay can repeat, such as `Date.now()`, as a task hub with this option does: the replay
   * then ends with a `NonDeterministicCallError` that names the line. False unless given.
   */
  readonly determinismGuard?: boolean;
}

/**
 * Replays a history, as `client.getOrchestrationHistory()` gives it or as its JSON text, turn by turn, and compares
 * as a task hub does: the decisions of each turn by type and name, their number and order, and how the execution
 * ended. Not compared are inputs, the lengths of timers and outputs, so that they may be changed while instances
 * run; `strict` compares those as well, fire times to the millisecond. Custom statuses, the names of awaited events
 * and stack traces are never compared.
 *
 * A history may end within a turn, as one that was cut does: that turn is then held to have decided no more than
 * the history says, so code that decided more in it is reported.
 *
 * @param orchestrator the definition; or `{ handler }` alone, to replay the history of an orchestrator of another name.
 * @throws InvalidHistoryError when it is no history.
 * @throws InvalidArgumentError when it was given no orchestrator, or the history is that of another one.
 * @example
 * const result = await replayHistory(approvePurchase, JSON.parse(await readFile("history.json", "utf8")));
 * if (!result.ok) throw result.error;
 */
export async function replayHistory(
  orchestrator: Pick<OrchestratorDefinition, "handler"> & Partial<Pick<OrchestratorDefinition, "name">>,
  history: readonly HistoryEvent[] | string,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  checkOrchestrator(orchestrator);
  const converter = checkDataConverter(options.dataConverter);
  const events = checkHistory(history, converter);
  const started = events.find((event) => event.type === "ExecutionStarted");
  assert(started !== undefined, "a checked history has a start");
  checkSameName(orchestrator.name, started.name);
  const setup: ExecutionSetup = {
    instanceId: started.instanceId,
    executionId: started.executionId,
    seed: started.seed,
    handler: orchestrator.handler,
    payloads: new Payloads(options.payloadBytesMax ?? Math.max(PAYLOAD_BYTES_MAX, largestPayload(events)), converter),
    log: () => undefined,
    run: (owner, step) => systemSettler.run(owner, step),
  };
  const { strict = false, determinismGuard = false } = options;
  const execution = determinismGuard ? guardedExecution(setup) : new Execution(setup);
  const turns: ReplayedTurn[] = [];
  const detach = determinismGuard ? attachDeterminismGuard() : undefined;
  const error = await recall(execution, events, () => systemSettler.settle(), {
    onTurn: (turn, { decisions }) => turns.push({ time: turn.time, decisions }),
    isStrict: strict,
  }).finally(detach);
  if (error !== undefined) return { ok: false, error, turns };
  const { end, customStatus } = execution;
  return {
    ok: true,
    turns,
    ...statusOf(execution),
    ...(customStatus === undefined ? {} : { customStatus }),
    openTasks: end === undefined ? execution.openTasks : [],
    unprocessedEvents: execution.unprocessedEvents,
    earlyEvents: execution.earlyEvents,
    ...(end?.kind === "continued" ? { continuedAsNew: continuation(end) } : {}),
  };
}

function continuation(end: Extract<Execution["end"], { readonly kind: "continued" }>) {
  const { input, preserve } = end;
  return { ...(input === undefined ? {} : { input }), preservesUnprocessedEvents: preserve };
}

/** A definition may be missing at run time, as in a circular import, or be that of an activity. */
function checkOrchestrator(orchestrator: unknown): void {
  const definition = orchestrator as { readonly kind?: unknown; readonly handler?: unknown } | undefined | null;
  const isActivity = definition?.kind !== undefined && definition.kind !== "orchestrator";
  if (typeof definition?.handler === "function" && !isActivity) return;
  throw new InvalidArgumentError("replayHistory() was given no orchestrator.", {
    hint: "Pass what orchestrator(name, fn) returned, then the history.",
  });
}

function checkSameName(name: string | undefined, recorded: string): void {
  if (name === undefined || name === recorded) return;
  throw new InvalidArgumentError(`The history is one of orchestrator "${recorded}", not of "${name}".`, {
    hint: "Pass the definition of that name; or, to replay it on this code all the same, { handler } alone.",
  });
}

/** The size, in bytes, of the largest payload in the history. */
function largestPayload(events: readonly HistoryEvent[]): number {
  return events.reduce((largest, event) => {
    const texts = [
      "input" in event ? event.input : undefined,
      "result" in event ? event.result : undefined,
      "output" in event ? event.output : undefined,
    ];
    return Math.max(largest, ...texts.map((text) => (text === undefined ? 0 : utf8Length(text))));
  }, 0);
}

function statusOf({ end, isSuspended }: Execution): {
  readonly runtimeStatus: RuntimeStatus;
  readonly output?: string;
  readonly failure?: FailureDetails;
} {
  switch (end?.kind) {
    case undefined:
    case "continued":
      return { runtimeStatus: isSuspended && end === undefined ? "Suspended" : "Running" };
    case "failed":
      return { runtimeStatus: "Failed", failure: end.failure };
    case "completed":
      return { runtimeStatus: "Completed", ...(end.output === undefined ? {} : { output: end.output }) };
    case "terminated":
      return { runtimeStatus: "Terminated", ...(end.output === undefined ? {} : { output: end.output }) };
  }
}
