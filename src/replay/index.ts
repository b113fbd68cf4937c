/**
 * `dacapo/replay`: histories replayed against code, outside any hub.
 */
export { replayHistory, type ReplayedTurn, type ReplayOptions, type ReplayResult } from "./replay-history.ts";
export type { OpenTask } from "../core/execution-scope.ts";
export { type DecisionSummary, NonDeterminismError } from "../core/nondeterminism.ts";
export { NonDeterministicCallError } from "../core/nondeterministic-call.ts";
