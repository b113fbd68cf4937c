/**
 * What an entity is: a name, and code that runs one operation at a time on a state of its own.
 *
 * Invariant: the name, in lower case, is part of the ids of all entities of the kind.
 */
import { EntityInstanceId } from "../core/entity-instance-id.ts";
import type { EntityReference } from "../core/entity-reference.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { EntityContext } from "../ports/entity-context.ts";
import { TaskEntity } from "./task-entity.ts";

/** Runs the operation that the context names; what it returns is the operation's result. */
export type EntityHandler = (context: EntityContext) => unknown;

/** An entity: made by {@link entity}, called and signalled by others, given to `TaskHub.open({ register })`. */
export interface EntityDefinition<Operations = unknown, State = unknown> extends EntityReference<Operations, State> {
  readonly handler: EntityHandler;
}

/** The operations of an entity class: its own public methods, and `delete`. */
export type ClassOperations<E> = E extends { readonly delete: unknown } ? Methods<E> : Methods<E> & { delete(): void };

type Methods<E> = {
  readonly [K in keyof E as K extends "run" ? never : E[K] extends (...args: never[]) => unknown ? K : never]: E[K];
};

/** The state of an entity class. */
export type ClassState<E> = E extends TaskEntity<infer State> ? State : unknown;

/**
 * Defines an entity as a function, most often a switch on `ctx.operationName`. The type parameters say what operations
 * there are, and what the state is; without them, operations are untyped.
 *
 * @example
 * const counter = entity<{ add(n: number): number; get(): number }>("counter", (ctx) => {
 *   const value = ctx.getState(0);
 *   switch (ctx.operationName) {
 *     case "add":
 *       ctx.setState(value + ctx.getInput<number>());
 *       return ctx.getState(0);
 *     default:
 *       return value;
 *   }
 * });
 */
export function entity<Operations = unknown, State = unknown>(
  name: string,
  handler: EntityHandler,
): EntityDefinition<Operations, State>;
/**
 * Defines an entity as a class: its public methods are its operations.
 *
 * @throws InvalidArgumentError when the name is blank or has an `@`, or it is no class that extends `TaskEntity`.
 * @example
 * class Counter extends TaskEntity<number> {
 *   protected override initializeState() { return 0; }
 *   add(n: number) { this.state += n; return this.state; }
 *   get() { return this.state; }
 * }
 * const counter = entity("counter", Counter);
 */
export function entity<E extends TaskEntity<unknown>>(
  name: string,
  entityClass: new () => E,
): EntityDefinition<ClassOperations<E>, ClassState<E>>;
export function entity(name: string, code: EntityHandler | (new () => TaskEntity<unknown>)): EntityDefinition {
  // The name has to make ids.
  new EntityInstanceId(name, "key");
  if (isEntityClass(code)) return { kind: "entity", name, handler: (context) => runClass(code, context) };
  if (typeof code === "function") return { kind: "entity", name, handler: code };
  throw new InvalidArgumentError(`The entity "${name}" has no code.`, {
    hint: 'Write entity("name", (ctx) => { ... }), or entity("name", Class) with a class that extends TaskEntity.',
  });
}

function isEntityClass(code: unknown): code is new () => TaskEntity<unknown> {
  if (typeof code !== "function") return false;
  if (code.prototype instanceof TaskEntity) return true;
  if (!/^class\b/.test(Function.prototype.toString.call(code))) return false;
  throw new InvalidArgumentError(`The class ${code.name} is no entity: it does not extend TaskEntity.`, {
    hint: "Write class Counter extends TaskEntity<number> { ... }.",
  });
}

function runClass(entityClass: new () => TaskEntity<unknown>, context: EntityContext): unknown {
  return new entityClass().run({
    name: context.operationName,
    context,
    state: context,
    hasInput: context.hasInput,
    getInput: () => context.getInput(),
  });
}
