/**
 * A task of the reference interpreter.
 *
 * Invariant: it settles once. It has what `whenAll` and `whenAny` of the engine ask of a task, so that the user's code,
 * which imports them, can combine it; it shares no code with the engine's own tasks.
 */

/** By this the engine knows a task, that of another copy of itself included. */
const TASK: unique symbol = Symbol.for("dacapo.task") as never;

type Outcome = { readonly value: unknown } | { error: Error | (() => Error) };

export class ReferenceTask {
  readonly [TASK] = true;
  /** Told by combinations when somebody begins to wait; of no use here. */
  readonly observer = { awaitBegan: () => undefined, awaitEnded: () => undefined };
  #outcome: Outcome | undefined = undefined;
  /** Who awaits the task itself; then the combinations that it is part of. */
  #awaiting: (() => void)[] = [];
  #waiters: (() => void)[] = [];

  get isCompleted(): boolean {
    return this.#outcome !== undefined;
  }

  get isComplete(): boolean {
    return this.isCompleted;
  }

  get isFailed(): boolean {
    return this.#outcome !== undefined && "error" in this.#outcome;
  }

  get isFaulted(): boolean {
    return this.isFailed;
  }

  get result(): unknown {
    return this.isCompleted ? this.getResult() : undefined;
  }

  getResult(): unknown {
    if (this.#outcome === undefined) throw new Error("the task is pending");
    if ("value" in this.#outcome) return this.#outcome.value;
    throw this.getException() ?? new Error("a failed task has an error");
  }

  getException(): Error | undefined {
    const outcome = this.#outcome;
    if (outcome === undefined || "value" in outcome) return undefined;
    if (typeof outcome.error === "function") outcome.error = outcome.error();
    return outcome.error;
  }

  /** What a function that returns the task returns. */
  awaited(): unknown {
    return this.result;
  }

  complete(value: unknown): void {
    this.#settle({ value });
  }

  /** `error` may be made when somebody asks for it: most cancelled timers are forgotten. */
  fail(error: Error | (() => Error)): void {
    this.#settle({ error });
  }

  notify(waiter: (task: this) => void): void {
    this.#waiters.push(() => {
      waiter(this);
    });
  }

  /** A native promise of the task; made anew for each who asks, and only then. */
  then<A, B>(onCompleted?: ((value: unknown) => A) | null, onFailed?: ((error: unknown) => B) | null): Promise<A | B> {
    return new Promise<unknown>((resolve, reject) => {
      const settle = (): void => {
        const error = this.getException();
        if (error === undefined) resolve(this.result);
        else reject(error);
      };
      if (this.isCompleted) settle();
      else this.#awaiting.push(settle);
    }).then(onCompleted, onFailed);
  }

  *[Symbol.iterator](): Generator<this, unknown, unknown> {
    return yield this;
  }

  [Symbol.asyncIterator](): AsyncIterator<never, unknown, unknown> {
    const next = async (): Promise<IteratorReturnResult<unknown>> => {
      await this.then();
      return { done: true, value: this.getResult() };
    };
    return { next };
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome;
    const told = [...this.#awaiting, ...this.#waiters];
    this.#awaiting = [];
    this.#waiters = [];
    for (const waiter of told) waiter();
  }
}

/** A timer that the user's code may cancel. */
export class ReferenceTimer extends ReferenceTask {
  isCancelled = false;
  readonly fireAtMs: number;
  readonly #onCancel: () => void;
  readonly #error: () => Error;

  constructor(fireAtMs: number, onCancel: () => void, error: () => Error) {
    super();
    this.fireAtMs = fireAtMs;
    this.#onCancel = onCancel;
    this.#error = error;
  }

  get fireAt(): Date {
    return new Date(this.fireAtMs);
  }

  cancel(): void {
    if (this.isCompleted) return;
    this.isCancelled = true;
    this.#onCancel();
    this.fail(this.#error);
  }
}
