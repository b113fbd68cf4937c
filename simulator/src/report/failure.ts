/**
 * How a run can fail, and the name by which two failures count as the same.
 *
 * Invariant: the id depends on what was violated and not on how, so that shrinking and replaying keep to one
 * failure while its details change.
 */

export type Failure =
  /** A built-in oracle found a broken promise of the engine. */
  | { readonly kind: "oracle"; readonly oracle: string; readonly message: string }
  /** A property of the scenario does not hold. */
  | {
      readonly kind: "property";
      readonly mode: "always" | "eventually" | "client";
      readonly property: string;
      readonly message: string;
      /** The error that the property or the client threw. */
      readonly error?: string;
    }
  /** The engine itself says that it has a bug. */
  | { readonly kind: "engine"; readonly message: string }
  /** The same choices made two different runs. */
  | { readonly kind: "determinism"; readonly message: string };

/** Names the failure in tokens: the same for every way in which one thing is violated. */
export function failureId(failure: Failure): string {
  switch (failure.kind) {
    case "oracle":
      return `oracle ${failure.oracle}`;
    case "property":
      return `${failure.mode} ${failure.property}`;
    case "engine":
      return "engine invariant";
    case "determinism":
      return "determinism";
  }
}

/** The words for a failure that {@link failureId} named, with a property in quotes: it may be a sentence of its own. */
export function describeFailureId(id: string): string {
  const [kind = "", property = ""] = id.split(/ (.*)/s);
  if (kind === "client") return property;
  return kind === "always" || kind === "eventually" ? `${kind} "${property}"` : id;
}

/** The failure's name in results: an oracle's id, or a property. */
export function nameFailure(failure: Failure): { readonly oracle: string } | { readonly property: string } {
  switch (failure.kind) {
    case "oracle":
      return { oracle: failure.oracle };
    case "property":
      return { property: failure.property };
    case "engine":
    case "determinism":
      return { oracle: failure.kind };
  }
}
