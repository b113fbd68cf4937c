/**
 * Entities as classes: their public methods are their operations. Behaves as durabletask-js's class of this name.
 *
 * Invariant: an object of the class lives for one operation; whatever outlasts it is in `state`. Its own methods, and
 * those of classes between it and `TaskEntity`, are operations, except `run` and `initializeState`; what is inherited
 * from `Object` is none.
 */
import { UnknownOperationError } from "../core/errors.ts";
import type { EntityContext } from "../ports/entity-context.ts";

/** An entity's state while one operation runs. */
export type TaskEntityState = Pick<EntityContext, "hasState" | "getState" | "setState">;

/** The operation that an entity is asked for. */
export interface TaskEntityOperation {
  readonly name: string;
  readonly context: EntityContext;
  readonly state: TaskEntityState;
  readonly hasInput: boolean;
  getInput<T = unknown>(): T;
}

/**
 * The base of entity classes. Write operations as public methods with at most one parameter, the input; a method that
 * is none is private by `#`, because TypeScript's `private` is not known at run time.
 *
 * @example
 * class Counter extends TaskEntity<number> {
 *   protected override initializeState() { return 0; }
 *   add(n: number) { this.state += n; return this.state; }
 *   get() { return this.state; }
 * }
 * const counter = entity("counter", Counter);
 */
export abstract class TaskEntity<TState> {
  /** What is kept between operations. Setting it to `null` or `undefined` deletes the entity. */
  declare protected state: TState;
  declare protected context: EntityContext;

  /** The state of an entity that has none. An empty object unless overridden. */
  protected initializeState(): TState {
    return {} as TState;
  }

  /** Runs one operation: the method of that name, in any case, or the implicit `delete`. */
  run(operation: TaskEntityOperation): unknown {
    this.context = operation.context;
    this.state = operation.state.getState<TState>() ?? this.initializeState();
    const result = this.#dispatch(operation);
    if (!isThenable(result)) {
      operation.state.setState(this.state);
      return result;
    }
    return Promise.resolve(result).then((value) => {
      operation.state.setState(this.state);
      return value;
    });
  }

  #dispatch(operation: TaskEntityOperation): unknown {
    const name = operationNamed(this, operation.name);
    if (name !== undefined) {
      const method = Reflect.get(this, name) as (input?: unknown) => unknown;
      return operation.hasInput ? method.call(this, operation.getInput()) : method.call(this);
    }
    if (operation.name.toLowerCase() === "delete") {
      this.state = undefined as TState;
      return undefined;
    }
    const known = [...new Set([...operationsOf(this).values(), ...ownFunctions(this), "delete"])];
    throw new UnknownOperationError(
      `The entity ${operation.context.id.toString()} has no operation "${operation.name}".`,
      { hint: `Its operations are: ${known.join(", ")}.` },
    );
  }
}

const NO_OPERATIONS: readonly string[] = ["constructor", "run", "initializeState", "state", "context"];

/** The operations of classes, by name and by name in lower case. */
const OPERATIONS = new WeakMap<object, ReadonlyMap<string, string>>();

function operationNamed(entity: object, name: string): string | undefined {
  const operations = operationsOf(entity);
  const found = operations.get(name) ?? operations.get(name.toLowerCase());
  if (found !== undefined) return found;
  return ownFunctions(entity).find((own) => own.toLowerCase() === name.toLowerCase());
}

/** A property that holds a function, such as an arrow function, is called as a method is. */
function ownFunctions(entity: object): readonly string[] {
  return Object.keys(entity).filter(
    (name) => !NO_OPERATIONS.includes(name) && typeof Reflect.get(entity, name) === "function",
  );
}

function operationsOf(entity: object): ReadonlyMap<string, string> {
  const prototype = Reflect.getPrototypeOf(entity);
  const known = prototype === null ? undefined : OPERATIONS.get(prototype);
  if (known !== undefined || prototype === null) return known ?? new Map<string, string>();
  const operations = new Map<string, string>();
  const byLowerCase = new Map<string, string>();
  for (let at = prototype; at !== TaskEntity.prototype; at = Reflect.getPrototypeOf(at) ?? TaskEntity.prototype) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (NO_OPERATIONS.includes(name) || typeof Object.getOwnPropertyDescriptor(at, name)?.value !== "function")
        continue;
      operations.set(name, name);
      if (!byLowerCase.has(name.toLowerCase())) byLowerCase.set(name.toLowerCase(), name);
    }
  }
  for (const [lower, name] of byLowerCase) if (!operations.has(lower)) operations.set(lower, name);
  OPERATIONS.set(prototype, operations);
  return operations;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
