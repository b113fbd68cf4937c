/**
 * The definitions that a hub knows, by kind and name.
 *
 * Invariant: one definition per kind and name; names are case-sensitive, except those of entities; those that begin with
 * `dacapo.` are ours.
 */
import type { OrchestratorDefinition } from "../core/definitions.ts";
import { RegistrationError } from "../core/errors.ts";
import type { ActivityDefinition } from "./activity-definition.ts";
import type { EntityDefinition } from "./entity-definition.ts";

/** What `TaskHub.open({ register })` takes. */
export type Definition = OrchestratorDefinition | ActivityDefinition | EntityDefinition;

const RESERVED_PREFIX = "dacapo.";

export class Registry {
  readonly #orchestrators = new Map<string, OrchestratorDefinition>();
  readonly #activities = new Map<string, ActivityDefinition>();
  readonly #builtIn = new Map<string, ActivityDefinition>();
  /** By their names in lower case. */
  readonly #entities = new Map<string, EntityDefinition>();

  /**
   * @param builtIn the engine's own activities; their names begin with `dacapo.`, which no other may.
   * @throws RegistrationError when one is no definition, or two have the same kind and name, or one a name of ours.
   */
  constructor(definitions: readonly Definition[], builtIn: readonly ActivityDefinition[] = []) {
    for (const definition of builtIn) this.#builtIn.set(definition.name, definition);
    for (const [index, definition] of definitions.entries()) {
      if (!isDefinition(definition)) {
        throw new RegistrationError(`The entry ${index} of "register" is not a definition.`, {
          hint: "Register what orchestrator(), activity() and entity() return, not the bare function or class.",
        });
      }
      if (definition.name.startsWith(RESERVED_PREFIX)) {
        throw new RegistrationError(`The name "${definition.name}" (${definition.kind}) is reserved.`, {
          hint: `Names that begin with "${RESERVED_PREFIX}" are the engine's own: rename it.`,
        });
      }
      const known = this.#known(definition.kind) as Map<string, Definition>;
      const name = definition.kind === "entity" ? definition.name.toLowerCase() : definition.name;
      const other = known.get(name);
      if (other !== undefined && other !== definition) throw taken(definition, other);
      known.set(name, definition);
    }
  }

  orchestrator(name: string): OrchestratorDefinition | undefined {
    return this.#orchestrators.get(name);
  }

  activity(name: string): ActivityDefinition | undefined {
    return this.#activities.get(name) ?? this.#builtIn.get(name);
  }

  /** @param name in lower case, as in ids. */
  entity(name: string): EntityDefinition | undefined {
    return this.#entities.get(name);
  }

  /** All names of a kind that were registered, for messages. */
  names(kind: Definition["kind"]): readonly string[] {
    return [...this.#known(kind).values()].map(({ name }) => name);
  }

  #known(kind: Definition["kind"]): ReadonlyMap<string, Definition> {
    switch (kind) {
      case "orchestrator":
        return this.#orchestrators;
      case "activity":
        return this.#activities;
      case "entity":
        return this.#entities;
    }
  }
}

function taken({ kind, name }: Definition, other: Definition): RegistrationError {
  const names =
    name === other.name ? `the name "${name}"` : `names that differ only in case, "${other.name}" and "${name}"`;
  return new RegistrationError(`Two definitions have ${names} (${kind}).`, {
    hint: "Histories and ids record names, so each name must mean one definition: rename one of them.",
  });
}

const KINDS: readonly unknown[] = ["orchestrator", "activity", "entity"] satisfies Definition["kind"][];

/** True for what orchestrator(), activity() and entity() return. */
export function isDefinition(value: unknown): value is Definition {
  if (typeof value !== "object" || value === null) return false;
  const { kind, name, handler } = value as Record<string, unknown>;
  return KINDS.includes(kind) && typeof name === "string" && typeof handler === "function";
}
