/**
 * The `Task` that an orchestrator waits on, as users see it.
 *
 * One type serves all four shapes of orchestrators: it is iterable for `yield*` and thenable for `await`.
 * Invariant: a task settles once, only while its orchestration runs a turn, and in the order of the history.
 */

/** The type that `JSON.parse` gives: a value that nobody has typed. Plain `yield` gives one. */
export type Untyped = ReturnType<JSON["parse"]>;

/**
 * Something durable that will settle: an activity, a timer, an external event, or a combination.
 *
 * `T` is what `yield*` gives, `A` what `await` gives. They differ for `whenAny` alone, because `await` would
 * unwrap the winning task, which is itself thenable.
 */
export interface Task<T = unknown, A = T> {
  /** True once the task has completed or failed. */
  readonly isCompleted: boolean;
  /** The same as `isCompleted`. */
  readonly isComplete: boolean;
  /** True once the task has failed. */
  readonly isFailed: boolean;
  /** The same as `isFailed`. */
  readonly isFaulted: boolean;
  /** The result of a completed task; throws the error of a failed one; `undefined` while it is pending. */
  readonly result: T;
  /**
   * The result of a completed task.
   * @throws the task's error when it failed; InvalidArgumentError while it is pending.
   */
  getResult(): T;
  /** The error of a failed task, else `undefined`. */
  getException(): Error | undefined;
  /** Waits in generator style: `const receipt = yield* ctx.callActivity(chargeCard, order)`. */
  [Symbol.iterator](): Iterator<Task, T, Untyped>;
  /** Waits in an async generator with `yield*`. */
  [Symbol.asyncIterator](): AsyncIterator<never, T, Untyped>;
  /** Waits in async style: `const receipt = await ctx.callActivity(chargeCard, order)`. */
  then<R1 = A, R2 = never>(
    onCompleted?: ((value: A) => R1 | PromiseLike<R1>) | null,
    onFailed?: ((error: Error) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2>;
}

/** A durable timer. */
export interface TimerTask extends Task<undefined> {
  /** When the timer fires. */
  readonly fireAt: Date;
  readonly isCancelled: boolean;
  /** Cancels a pending timer: it never fires, and waiting for it throws `TaskCancelledError`. */
  cancel(): void;
}

/** What a task gives to `yield*`. */
export type TaskResult<K> = K extends Task<infer T, infer _A> ? T : never;

/** What `await whenAny([...])` gives: which task won, and the task, as a union over the tuple. */
export type WhenAnyWinner<K extends readonly Task<unknown, unknown>[]> = {
  [I in keyof K]: { readonly index: IndexOf<I>; readonly task: K[I] };
}[number];

/** The number behind a tuple's key. An array that is no tuple has `number`. */
type IndexOf<I> = I extends `${infer N extends number}` ? N : number;
