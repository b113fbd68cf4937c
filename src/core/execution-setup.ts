/**
 * What an execution is made of: given by whoever makes executions.
 */
import type { RunWatched } from "./coroutine.ts";
import type { Payloads } from "./data-converter.ts";
import type { OrchestratorHandler } from "./definitions.ts";
import type { CoreLog } from "./execution-scope.ts";
import type { NonDeterminismError } from "./nondeterminism.ts";

/** What an execution is made of. */
export interface ExecutionSetup {
  readonly instanceId: string;
  readonly executionId: string;
  /** What ids are computed from: the execution id, unless given. */
  readonly seed?: string | undefined;
  /** The version of sub-orchestrations that are started without one. */
  readonly defaultVersion?: string | undefined;
  readonly handler: OrchestratorHandler;
  readonly payloads: Payloads;
  readonly log: CoreLog;
  /** Runs a piece of the user's code as part of this execution (see the `Settler` port). */
  readonly run: <T>(owner: object, step: () => T) => T;
  /** Runs the user's code, wherever it runs synchronously, so that somebody can watch it. */
  readonly watch?: RunWatched | undefined;
  /** Told when the function does something after a turn in which it should have waited. */
  readonly onLate?: ((error: NonDeterminismError) => void) | undefined;
}
