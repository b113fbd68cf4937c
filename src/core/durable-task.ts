/**
 * The implementation of tasks: leaves that the execution settles, and combinations that settle with them.
 *
 * Invariant: settling is synchronous and happens once; a combination settles within the settling of the child
 * that decides it. Native promises are made only for those who `await`, so a failure that nobody looks at
 * disturbs nobody. Used by the core alone.
 */
import { assert } from "./assert.ts";
import { InvalidArgumentError, TaskCancelledError } from "./errors.ts";
import type { Task } from "./task.ts";

const BRAND = Symbol.for("dacapo.task");

/** True for tasks, those of another copy of this module included. */
export function isTask(value: unknown): value is DurableTask {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** Told when somebody begins to `await` a pending task, and when that task settles. */
export interface AwaitObserver {
  awaitBegan(): void;
  awaitEnded(): void;
}

interface NativePromise {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class DurableTask<T = unknown> implements Task<T, unknown> {
  readonly [BRAND] = true;
  readonly observer: AwaitObserver;
  #state: "pending" | "completed" | "failed" = "pending";
  #value: T | undefined = undefined;
  #failure: Error | (() => Error) | undefined = undefined;
  #parents: ((child: DurableTask) => void)[] | undefined = undefined;
  #native: NativePromise | undefined = undefined;

  constructor(observer: AwaitObserver) {
    this.observer = observer;
  }

  get isCompleted(): boolean {
    return this.#state !== "pending";
  }

  get isComplete(): boolean {
    return this.isCompleted;
  }

  get isFailed(): boolean {
    return this.#state === "failed";
  }

  get isFaulted(): boolean {
    return this.isFailed;
  }

  get result(): T {
    return this.#state === "pending" ? (undefined as T) : this.getResult();
  }

  getResult(): T {
    if (this.#error !== undefined) throw this.#error;
    if (this.#state === "pending") {
      throw new InvalidArgumentError("The task is still pending, so it has no result.", {
        hint: "Wait for it with yield* or await, or check isCompleted first.",
      });
    }
    return this.#value as T;
  }

  getException(): Error | undefined {
    return this.#error;
  }

  /** What `await` gives: the result, unless the result must not be unwrapped. */
  awaited(): unknown {
    return this.#value;
  }

  complete(value: T): void {
    assert(this.#state === "pending", "a task settles once");
    this.#state = "completed";
    this.#value = value;
    this.#settled();
  }

  /** `error` may be a function that makes it: most tasks that were cancelled are never asked for theirs. */
  fail(error: Error | (() => Error)): void {
    assert(this.#state === "pending", "a task settles once");
    this.#state = "failed";
    this.#failure = error;
    this.#settled();
  }

  get #error(): Error | undefined {
    if (typeof this.#failure === "function") this.#failure = this.#failure();
    return this.#failure;
  }

  /** Calls `parent` when this task settles, after those that asked before. */
  notify(parent: (child: DurableTask) => void): void {
    assert(this.#state === "pending", "only a pending task notifies");
    (this.#parents ??= []).push(parent);
  }

  #settled(): void {
    const native = this.#native;
    if (native !== undefined) {
      this.observer.awaitEnded();
      const error = this.#error;
      if (error === undefined) native.resolve(this.awaited());
      else native.reject(error);
    }
    const parents = this.#parents;
    this.#parents = undefined;
    if (parents !== undefined) for (const parent of parents) parent(this);
  }

  then<R1 = unknown, R2 = never>(
    onCompleted?: ((value: unknown) => R1 | PromiseLike<R1>) | null,
    onFailed?: ((error: Error) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    if (this.#state === "completed") return Promise.resolve(this.awaited()).then(onCompleted, onFailed);
    if (this.#state === "failed") return Promise.reject(this.#error as Error).then(onCompleted, onFailed);
    if (this.#native === undefined) {
      this.#native = nativePromise();
      this.observer.awaitBegan();
    }
    return this.#native.promise.then(onCompleted, onFailed);
  }

  [Symbol.iterator](): Iterator<Task, T, unknown> {
    let asked = false;
    return {
      next: (answer) => {
        if (asked) return { done: true, value: answer as T };
        asked = true;
        return { done: false, value: this as unknown as Task };
      },
      // Without this, `yield*` would turn the task's own error into a TypeError about iterators.
      throw: (error: unknown) => {
        throw error;
      },
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<never, T, unknown> {
    return {
      next: async () => {
        await this.then();
        // Inside an object, a winning task is not unwrapped.
        return { done: true, value: this.getResult() };
      },
    };
  }
}

function nativePromise(): NativePromise {
  let resolve: NativePromise["resolve"] | undefined;
  let reject: NativePromise["reject"] | undefined;
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  assert(resolve !== undefined && reject !== undefined, "a promise hands out its functions at once");
  return { promise, resolve, reject };
}

/** Completes with all results, or fails once all have settled. */
export class WhenAllTask extends DurableTask<unknown[]> {
  #pending = 0;
  readonly #children: readonly DurableTask[];

  constructor(children: readonly DurableTask[]) {
    super(children.find((child) => !child.isCompleted)?.observer ?? UNOBSERVED);
    this.#children = children;
    for (const child of children) {
      if (child.isCompleted) continue;
      this.#pending += 1;
      child.notify(() => {
        this.#pending -= 1;
        if (this.#pending === 0) this.#finish();
      });
    }
    if (this.#pending === 0) this.#finish();
  }

  #finish(): void {
    const errors = this.#children.map((child) => child.getException()).filter((error) => error !== undefined);
    const [first] = errors;
    if (first === undefined) this.complete(this.#children.map((child) => child.getResult()));
    else if (errors.length === 1) this.fail(first);
    else this.fail(new AggregateError(errors, `${errors.length} of ${this.#children.length} tasks failed.`));
  }
}

/** A task of no children is complete from the start, so nobody ever waits on it. */
const UNOBSERVED: AwaitObserver = { awaitBegan: () => undefined, awaitEnded: () => undefined };

/** What `await whenAny([...])` gives. A class of its own, so that a driver can tell it from user data. */
export class Winner {
  readonly index: number;
  readonly task: DurableTask;

  constructor(index: number, task: DurableTask) {
    this.index = index;
    this.task = task;
  }
}

/** Completes with the first child that settles, however it settles. */
export class WhenAnyTask extends DurableTask<DurableTask> {
  readonly #children: readonly DurableTask[];

  constructor(children: readonly DurableTask[]) {
    const [first] = children;
    assert(first !== undefined, "whenAny has a task");
    super(first.observer);
    this.#children = children;
    const winner = children.find((child) => child.isCompleted);
    if (winner !== undefined) {
      this.complete(winner);
      return;
    }
    for (const child of children) {
      child.notify(() => {
        if (!this.isCompleted) this.complete(child);
      });
    }
  }

  override awaited(): unknown {
    const winner = this.getResult();
    return new Winner(this.#children.indexOf(winner), winner);
  }
}

/** A durable timer; `onCancel` tells the execution. */
export class DurableTimer extends DurableTask<undefined> {
  readonly #fireAtMs: number;
  readonly #onCancel: () => void;
  #cancelled = false;

  constructor(observer: AwaitObserver, fireAtMs: number, onCancel: () => void) {
    super(observer);
    this.#fireAtMs = fireAtMs;
    this.#onCancel = onCancel;
  }

  get fireAt(): Date {
    return new Date(this.#fireAtMs);
  }

  get isCancelled(): boolean {
    return this.#cancelled;
  }

  cancel(): void {
    if (this.isCompleted) return;
    // First: outside a turn it throws, and the timer stays as it is.
    this.#onCancel();
    this.#cancelled = true;
    this.fail(cancelled);
  }
}

function cancelled(): Error {
  return new TaskCancelledError("The timer was cancelled, so it never fires.", {
    hint: "Do not wait for a timer after cancelling it.",
  });
}
