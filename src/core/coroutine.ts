/**
 * Drives a user's function, whatever its shape, from one wait to the next.
 *
 * Invariant: a generator runs only inside `resume`, synchronously. Async code runs only between `begin` and the
 * settling that the caller waits for; if it is not finished then, it waits for a durable task or it is at
 * fault. Dropping a coroutine never runs the function's `finally` blocks.
 */
import { DurableTask, isTask, Winner } from "./durable-task.ts";
import { InvalidYieldError } from "./errors.ts";

/** How a function ended. */
export interface CoroutineEnd {
  readonly completed: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** Runs a piece of the user's code, and gives or throws what it does. */
export type RunWatched = <T>(step: () => T) => T;

export interface Coroutine {
  /** True when native promises may carry the function on, so that each step has to settle. */
  readonly isAsync: boolean;
  /** Goes on after a task has settled. Does nothing when the function does not wait for a settled task. */
  resume(): void;
}

/**
 * Takes the returned value of an orchestrator function that was just called, and goes on to its first wait.
 * @param watch runs each synchronous piece of a generator, where somebody watches.
 */
export function beginCoroutine(returned: unknown, end: CoroutineEnd, watch?: RunWatched): Coroutine {
  if (isTask(returned)) return new ReturnedTask(returned, end);
  if (isAsyncGenerator(returned)) {
    void driveAsyncGenerator(returned).then(end.completed, end.failed);
    return NATIVE;
  }
  if (isGenerator(returned)) return new GeneratorCoroutine(returned, end, watch);
  if (isThenable(returned)) {
    Promise.resolve(returned).then(end.completed, end.failed);
    return NATIVE;
  }
  end.completed(returned);
  return FINISHED;
}

/** Native promises carry the function on by themselves. */
const NATIVE: Coroutine = { isAsync: true, resume: () => undefined };

const FINISHED: Coroutine = { isAsync: false, resume: () => undefined };

/** A function that returned a task is treated as if it had waited for it. */
class ReturnedTask implements Coroutine {
  readonly isAsync = false;
  readonly #task: DurableTask;
  readonly #end: CoroutineEnd;
  #ended = false;

  constructor(task: DurableTask, end: CoroutineEnd) {
    this.#task = task;
    this.#end = end;
    this.resume();
  }

  resume(): void {
    if (this.#ended || !this.#task.isCompleted) return;
    this.#ended = true;
    const error = this.#task.getException();
    if (error === undefined) this.#end.completed(this.#task.awaited());
    else this.#end.failed(error);
  }
}

class GeneratorCoroutine implements Coroutine {
  readonly isAsync = false;
  readonly #generator: Generator<unknown, unknown, unknown>;
  readonly #end: CoroutineEnd;
  readonly #watch: RunWatched | undefined;
  /** What the function waits for; after it returned a task, that task. */
  #awaited: DurableTask | undefined = undefined;
  #returned = false;

  constructor(generator: Generator<unknown, unknown, unknown>, end: CoroutineEnd, watch: RunWatched | undefined) {
    this.#generator = generator;
    this.#end = end;
    this.#watch = watch;
    this.#advance(() => generator.next());
    this.resume();
  }

  resume(): void {
    while (this.#awaited?.isCompleted === true) {
      const task = this.#awaited;
      this.#awaited = undefined;
      const error = task.getException();
      if (this.#returned) this.#finish(task, error);
      else if (error === undefined) this.#advance(() => this.#generator.next(task.getResult()));
      else this.#advance(() => this.#generator.throw(error));
    }
  }

  #finish(task: DurableTask, error: Error | undefined): void {
    if (error === undefined) this.#end.completed(task.awaited());
    else this.#end.failed(error);
  }

  /** Runs the generator to its next wait on a pending task, or to its end. */
  #advance(step: () => IteratorResult<unknown, unknown>): void {
    let next = step;
    for (;;) {
      let result: IteratorResult<unknown, unknown>;
      try {
        result = this.#watch === undefined ? next() : this.#watch(next);
      } catch (error) {
        this.#end.failed(error);
        return;
      }
      const { value } = result;
      if (isTask(value)) {
        this.#awaited = value;
        this.#returned = result.done === true;
        return;
      }
      if (result.done === true) {
        this.#end.completed(value);
        return;
      }
      const error = invalidYield(value);
      next = () => this.#generator.throw(error);
    }
  }
}

/**
 * In an async generator, `yield x` has already awaited `x` in the language, so every yielded value is handed
 * straight back; the winner of `whenAny` as the winning task itself.
 */
async function driveAsyncGenerator(generator: AsyncGenerator<unknown, unknown, unknown>): Promise<unknown> {
  let answer: unknown = undefined;
  for (;;) {
    const result = await generator.next(answer);
    if (result.done === true) return result.value;
    answer = result.value instanceof Winner ? result.value.task : result.value;
  }
}

function invalidYield(value: unknown): InvalidYieldError {
  // The code is told; what becomes of its promise, which nobody waits for, must not end the process as well.
  if (isThenable(value)) void Promise.resolve(value).then(undefined, () => undefined);
  const what = isThenable(value) ? "a native promise" : isGenerator(value) ? "a generator" : describe(value);
  const hint = isThenable(value)
    ? "A generator cannot wait for promises: do the work in an activity and yield* its task."
    : isGenerator(value)
      ? "Call a generator helper with yield*, not with yield."
      : "Only durable tasks can be yielded, such as yield* ctx.callActivity(...).";
  return new InvalidYieldError(`The orchestrator yielded ${what}, which is not a durable task.`, { hint });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array (use whenAll or whenAny)";
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? `the ${typeof value} ${JSON.stringify(value)}`
    : `a value of type ${typeof value}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return hasMethod(value, "then");
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return hasMethod(value, "next") && hasMethod(value, "throw") && hasMethod(value, Symbol.iterator);
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, unknown> {
  return hasMethod(value, "next") && hasMethod(value, "throw") && hasMethod(value, Symbol.asyncIterator);
}

function hasMethod(value: unknown, name: string | symbol): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Record<string | symbol, unknown>)[name] === "function"
  );
}

/** True for what makes a generator when it is called, which makes no promises that would have to be attributed. */
export function isGeneratorFunction(code: unknown): boolean {
  return Object.prototype.toString.call(code) === "[object GeneratorFunction]";
}
