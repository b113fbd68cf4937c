/**
 * The definitions that a hub knows, by kind and name.
 *
 * Invariant: one definition per kind and name; names are case-sensitive, and those that begin with `dacapo.` are ours.
 */
import type { OrchestratorDefinition } from "../core/definitions.ts";
import { RegistrationError } from "../core/errors.ts";
import type { ActivityDefinition } from "./activity-definition.ts";

/** What `TaskHub.open({ register })` takes. */
export type Definition = OrchestratorDefinition | ActivityDefinition;

const RESERVED_PREFIX = "dacapo.";

export class Registry {
  readonly #orchestrators = new Map<string, OrchestratorDefinition>();
  readonly #activities = new Map<string, ActivityDefinition>();
  readonly #builtIn = new Map<string, ActivityDefinition>();

  /**
   * @param builtIn the engine's own activities; their names begin with `dacapo.`, which no other may.
   * @throws RegistrationError when one is no definition, or two have the same kind and name, or one a name of ours.
   */
  constructor(definitions: readonly Definition[], builtIn: readonly ActivityDefinition[] = []) {
    for (const definition of builtIn) this.#builtIn.set(definition.name, definition);
    for (const [index, definition] of definitions.entries()) {
      if (!isDefinition(definition)) {
        throw new RegistrationError(`The entry ${index} of "register" is not a definition.`, {
          hint: "Register what orchestrator(name, fn) and activity(name, fn) return, not the bare function.",
        });
      }
      if (definition.name.startsWith(RESERVED_PREFIX)) {
        throw new RegistrationError(`The name "${definition.name}" (${definition.kind}) is reserved.`, {
          hint: `Names that begin with "${RESERVED_PREFIX}" are the engine's own: rename it.`,
        });
      }
      const known: Map<string, Definition> =
        definition.kind === "orchestrator" ? this.#orchestrators : this.#activities;
      const other = known.get(definition.name);
      if (other !== undefined && other !== definition) {
        throw new RegistrationError(`Two definitions have the name "${definition.name}" (${definition.kind}).`, {
          hint: "Histories record names, so each name must mean one function: rename one of them.",
        });
      }
      known.set(definition.name, definition);
    }
  }

  orchestrator(name: string): OrchestratorDefinition | undefined {
    return this.#orchestrators.get(name);
  }

  activity(name: string): ActivityDefinition | undefined {
    return this.#activities.get(name) ?? this.#builtIn.get(name);
  }

  /** All names of a kind that were registered, for messages. */
  names(kind: Definition["kind"]): readonly string[] {
    return [...(kind === "orchestrator" ? this.#orchestrators : this.#activities).keys()];
  }
}

function isDefinition(value: unknown): value is Definition {
  if (typeof value !== "object" || value === null) return false;
  const { kind, name, handler } = value as Record<string, unknown>;
  return (kind === "orchestrator" || kind === "activity") && typeof name === "string" && typeof handler === "function";
}
