/**
 * What callers need to know of an entity: its name and the types of its operations, not its code; and how a call, a
 * signal or a read says which entity it means.
 *
 * Invariant: (definition, key, ...) and (`EntityInstanceId`, ...) mean the same everywhere. Used by the contexts of
 * orchestrators and entities, and by the client.
 */
import type { InputArguments } from "./context.ts";
import { EntityInstanceId } from "./entity-instance-id.ts";
import { InvalidArgumentError } from "./errors.ts";
import { checkName } from "./names.ts";

/** Names an entity with its types. The engine's `entity()` makes one that also holds the code. */
export interface EntityReference<Operations = unknown, State = unknown> {
  readonly kind: "entity";
  readonly name: string;
  /** Carries the types; never there at run time. */
  readonly types?: { readonly operations: Operations; readonly state: State };
}

/** The names of an entity's operations; any text where they are not known. */
export type OperationName<Operations> = unknown extends Operations
  ? string
  : { [K in keyof Operations]: Operations[K] extends (...args: never[]) => unknown ? K : never }[keyof Operations] &
      string;

type OperationOf<Operations, K> = K extends keyof Operations ? Operations[K] : (input?: unknown) => unknown;

/** What an operation takes; `undefined` where it takes nothing. */
export type OperationInput<Operations, K> =
  OperationOf<Operations, K> extends (...args: infer P) => unknown ? (P extends readonly [] ? undefined : P[0]) : never;

/** What an operation gives, once it is awaited. */
export type OperationResult<Operations, K> =
  OperationOf<Operations, K> extends (...args: never[]) => infer R ? Awaited<R> : never;

/** What follows the operation's name in a call or a signal: the input, which may be left out where it may be
 * undefined, and the options. */
export type OperationArguments<Operations, K, Options> = InputArguments<OperationInput<Operations, K>, Options>;

/** An operation of one entity, as a call or a signal asks for it. */
export interface OperationRequest {
  readonly id: EntityInstanceId;
  readonly operation: string;
  readonly input: unknown;
  /** Whatever was given after the input; the caller checks it. */
  readonly options: unknown;
}

/**
 * Reads the arguments (definition, key, operation, input, options) or (id, operation, input, options).
 * @param method names the called method in errors, such as `signalEntity`.
 * @throws InvalidArgumentError when they name no entity or no operation.
 */
export function operationRequest(
  entity: EntityReference | EntityInstanceId,
  rest: readonly unknown[],
  method: string,
): OperationRequest {
  const isDefinition = isEntityReference(entity);
  const id = entityIdOf(entity, isDefinition ? rest[0] : undefined, method);
  const [operation, input, options] = isDefinition ? rest.slice(1) : rest;
  checkName(operation as string, "operation");
  return { id, operation: operation as string, input, options };
}

/**
 * The entity that (definition, key) or (id) means.
 * @throws InvalidArgumentError when it means none.
 */
export function entityIdOf(entity: EntityReference | EntityInstanceId, key: unknown, method: string): EntityInstanceId {
  if (isEntityReference(entity)) return new EntityInstanceId(entity.name, key as string);
  if (entity instanceof EntityInstanceId) return entity;
  // An id of another copy of the package is one too; a definition may be undefined, as in a circular import.
  const { name, key: itsKey } = (entity ?? {}) as { readonly name?: unknown; readonly key?: unknown };
  if (typeof name === "string" && typeof itsKey === "string") return new EntityInstanceId(name, itsKey);
  throw new InvalidArgumentError(`${method}() was given no entity.`, {
    hint: "Pass what entity(name, ...) returned and a key, or a new EntityInstanceId(name, key).",
  });
}

function isEntityReference(value: unknown): value is EntityReference {
  return typeof value === "object" && value !== null && (value as { readonly kind?: unknown }).kind === "entity";
}
