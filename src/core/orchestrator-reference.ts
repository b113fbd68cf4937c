/**
 * What a parent needs to know of a sub-orchestration: the orchestrator's name and its types, not its function.
 */

/** Names an orchestrator with its types. `orchestrator()` makes one that also holds the function. */
export interface OrchestratorReference<I = never, O = unknown> {
  readonly kind: "orchestrator";
  readonly name: string;
  /** Carries the types; never there at run time. */
  readonly types?: (input: I) => O;
}
