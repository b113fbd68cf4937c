/**
 * The code of an orchestrator while the reference interpreter (O1) runs it: a generator, an async function, an async
 * generator, or a function that only returns something.
 *
 * Invariant: a generator goes on as soon as what it waits for has settled; promises carry the others on by themselves,
 * and `isAsync` says that whoever shows the code something lets them settle. It shares no code with the engine's.
 */
import type { ReferenceTask } from "./reference-task.ts";

/** What the code waits for; combinations are the engine's own, of the reference's tasks. */
type Waits = Pick<ReferenceTask, "isCompleted" | "getException" | "getResult" | "awaited">;

export type End = { readonly returned: unknown } | { readonly thrown: unknown };

export class ReferenceCode {
  end: End | undefined = undefined;
  /** True when promises may carry the code on. */
  isAsync = false;
  /** True once the code did something of which the reference knows nothing. */
  isBeyond = false;
  #generator: Generator<unknown, unknown, unknown> | undefined = undefined;
  #waitsFor: Waits | undefined = undefined;
  #isReturning = false;

  /** Calls the orchestrator's function, and runs it until it waits. */
  begin(call: () => unknown): void {
    this.#step(() => {
      const returned = call();
      if (isTask(returned)) return { done: true, value: returned };
      const promise = isAsyncGenerator(returned) ? driven(returned) : returned;
      if (isGenerator(returned)) {
        this.#generator = returned;
        return returned.next();
      }
      if (!isThenable(promise)) return { done: true, value: returned };
      this.#follow(promise);
      return undefined;
    });
    this.goOn();
  }

  /** Runs the code as long as what it waits for has settled. */
  goOn(): void {
    while (this.end === undefined && this.#waitsFor?.isCompleted === true) {
      const task = this.#waitsFor;
      this.#waitsFor = undefined;
      const error = task.getException();
      const generator = this.#generator;
      if (this.#isReturning || generator === undefined) {
        this.end = error === undefined ? { returned: task.awaited() } : { thrown: error };
      } else this.#step(() => (error === undefined ? generator.next(task.getResult()) : generator.throw(error)));
    }
  }

  #step(step: () => IteratorResult<unknown, unknown> | undefined): void {
    let result: IteratorResult<unknown, unknown> | undefined;
    try {
      result = step();
    } catch (error) {
      this.end = { thrown: error };
      return;
    }
    if (result === undefined) return;
    const { value, done } = result;
    if (isTask(value)) {
      this.#waitsFor = value;
      this.#isReturning = done === true;
    } else if (done === true) this.end = { returned: value };
    else this.isBeyond = true;
  }

  #follow(promise: PromiseLike<unknown>): void {
    this.isAsync = true;
    void Promise.resolve(promise).then(
      (returned) => {
        this.end ??= { returned };
      },
      (thrown: unknown) => {
        this.end ??= { thrown };
      },
    );
  }
}

/** In an async generator, `yield x` has awaited `x` in the language; the winner of `whenAny` is the winning task. */
async function driven(generator: AsyncGenerator<unknown, unknown, unknown>): Promise<unknown> {
  let answer: unknown = undefined;
  for (;;) {
    const { done, value } = await generator.next(answer);
    if (done === true) return value;
    answer = isWinner(value) ? value.task : value;
  }
}

function isWinner(value: unknown): value is { readonly task: unknown } {
  return typeof value === "object" && value !== null && "index" in value && "task" in value && isTask(value.task);
}

function isTask(value: unknown): value is Waits {
  return typeof value === "object" && value !== null && Symbol.for("dacapo.task") in value;
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return typeof value === "object" && value !== null && "throw" in value && Symbol.iterator in value;
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, unknown> {
  return typeof value === "object" && value !== null && "throw" in value && Symbol.asyncIterator in value;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
