/**
 * What an orchestrator needs to know of an activity: its name and its types, not its function.
 */

/** Names an activity with its types. The engine's `activity()` makes one that also holds the function. */
export interface ActivityReference<I = never, O = unknown, N extends string = string> {
  readonly kind: "activity";
  readonly name: N;
  /** Carries the types; never there at run time. */
  readonly types?: (input: I) => O;
}
