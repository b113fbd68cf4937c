/**
 * The two ways to combine tasks, typed over the tuple of their arguments and nested at will.
 *
 * Invariant: combining decides nothing durable; it only waits, so it leaves no trace in the history.
 */
import type { DurableTask } from "./durable-task.ts";
import { isTask, WhenAllTask, WhenAnyTask } from "./durable-task.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { Task, TaskResult, WhenAnyWinner } from "./task.ts";

/**
 * Waits for all tasks, whatever becomes of them; gives their results in order. When one failed, throws its
 * error; when several failed, an `AggregateError` of theirs. Of no tasks, completes at once.
 *
 * @example
 * const [stock, price] = yield* whenAll([ctx.callActivity(reserve, item), ctx.callActivity(quote, item)]);
 */
export function whenAll<const K extends readonly Task<unknown, unknown>[]>(
  tasks: K,
): Task<{ -readonly [I in keyof K]: TaskResult<K[I]> }> {
  return new WhenAllTask(checked(tasks, "whenAll")) as unknown as Task<{ -readonly [I in keyof K]: TaskResult<K[I]> }>;
}

/**
 * Waits for the first task to settle; of several that have settled already, the first in the list wins. The
 * others go on. `yield*` gives the winning task itself, `await` gives `{ index, task }`.
 *
 * @throws InvalidArgumentError when there are no tasks to wait for.
 * @example
 * const deadline = ctx.createTimer({ hours: 72 });
 * const winner = yield* whenAny([ctx.waitForExternalEvent<boolean>("Approval"), deadline]);
 * if (winner === deadline) return "too late";
 */
export function whenAny<const K extends readonly Task<unknown, unknown>[]>(
  tasks: K,
): Task<K[number], WhenAnyWinner<K>> {
  const list = checked(tasks, "whenAny");
  if (list.length === 0) {
    throw new InvalidArgumentError("whenAny([]) would wait for ever.", { hint: "Give it at least one task." });
  }
  return new WhenAnyTask(list) as unknown as Task<K[number], WhenAnyWinner<K>>;
}

function checked(tasks: readonly unknown[], caller: string): DurableTask[] {
  if (!Array.isArray(tasks)) {
    throw new InvalidArgumentError(`${caller} takes an array of tasks.`, { hint: `Write ${caller}([a, b]).` });
  }
  return tasks.map((task: unknown, index) => {
    if (isTask(task)) return task;
    throw new InvalidArgumentError(`${caller} was given something that is not a durable task at index ${index}.`, {
      hint: "Only tasks from the orchestration context, whenAll and whenAny can be waited for.",
    });
  });
}
