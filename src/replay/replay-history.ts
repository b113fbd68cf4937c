/**
 * Replays a recorded history against an orchestrator, outside any hub: to check that changed code still agrees
 * with the histories of running instances, and to look into what an orchestration decided.
 *
 * Invariant: runs no activity, sends nothing, writes nothing.
 */
import { assert } from "../core/assert.ts";
import type { OrchestratorDefinition } from "../core/definitions.ts";
import { Execution } from "../core/execution.ts";
import type { OpenTask } from "../core/execution-scope.ts";
import type { FailureDetails } from "../core/failure.ts";
import type { DecisionEvent, EventBody, HistoryEvent } from "../core/history.ts";
import type { NonDeterminismError } from "../core/nondeterminism.ts";
import { PAYLOAD_BYTES_MAX } from "../core/limits.ts";
import { utf8Length } from "../core/payload.ts";
import { recall } from "../core/recall.ts";
import type { RuntimeStatus } from "../core/status.ts";
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
      /** JSON text, as is `customStatus`. */
      readonly output?: string;
      readonly failure?: FailureDetails;
      readonly customStatus?: string;
      /** What the orchestration waits for at the end of the history. */
      readonly openTasks: readonly OpenTask[];
    }
  | {
      readonly ok: false;
      /** The first difference between the history and the code. */
      readonly error: NonDeterminismError;
      /** The turns before it. */
      readonly turns: readonly ReplayedTurn[];
    };

export interface ReplayOptions {
  /**
   * The task hub's `payloadBytesMax`, for code that catches `PayloadTooLargeError`. Unless given, the default of
   * task hubs, or the largest payload of the history where that is larger.
   */
  readonly payloadBytesMax?: number;
}

/**
 * Replays a history, as `client.getOrchestrationHistory()` gives it or as its JSON text, turn by turn.
 *
 * @throws InvalidHistoryError when it is no history.
 * @example
 * const result = await replayHistory(approvePurchase, JSON.parse(await readFile("history.json", "utf8")));
 * if (!result.ok) throw result.error;
 */
export async function replayHistory(
  orchestrator: Pick<OrchestratorDefinition, "handler">,
  history: readonly HistoryEvent[] | string,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const events = checkHistory(history);
  const started = events.find((event) => event.type === "ExecutionStarted");
  assert(started !== undefined, "a checked history has a start");
  const execution = new Execution({
    instanceId: started.instanceId,
    executionId: started.executionId,
    handler: orchestrator.handler,
    payloadBytesMax: options.payloadBytesMax ?? Math.max(PAYLOAD_BYTES_MAX, largestPayload(events)),
    log: () => undefined,
    run: (owner, step) => systemSettler.run(owner, step),
  });
  const turns: ReplayedTurn[] = [];
  const error = await recall(
    execution,
    events,
    () => systemSettler.settle(),
    (turn, { decisions }) => turns.push({ time: turn.time, decisions }),
  );
  if (error !== undefined) return { ok: false, error, turns };
  const { end, customStatus } = execution;
  return {
    ok: true,
    turns,
    ...statusOf(end),
    ...(customStatus === undefined ? {} : { customStatus }),
    openTasks: end === undefined ? execution.openTasks : [],
  };
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

function statusOf(end: Execution["end"]): {
  readonly runtimeStatus: RuntimeStatus;
  readonly output?: string;
  readonly failure?: FailureDetails;
} {
  switch (end?.kind) {
    case undefined:
    case "continued":
      return { runtimeStatus: "Running" };
    case "failed":
      return { runtimeStatus: "Failed", failure: end.failure };
    case "completed":
      return { runtimeStatus: "Completed", ...(end.output === undefined ? {} : { output: end.output }) };
    case "terminated":
      return { runtimeStatus: "Terminated", ...(end.output === undefined ? {} : { output: end.output }) };
  }
}
