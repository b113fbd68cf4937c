/**
 * The open tasks of an execution that one message of another instance settles: sub-orchestrations, calls of entities,
 * requests for locks.
 *
 * Invariant: a task id is open from the decision that made it until the one event that answers it. Activities and
 * timers, which may be followed by retries, have `activity-calls.ts`.
 */
import { assert } from "./assert.ts";
import type { OpenTask } from "./execution-scope.ts";
import type { AnswerEvent, EventBody, TaskCompleted, TaskFailed, TimerFired } from "./history.ts";

/** Answers that settle a task of this kind. */
export type OneAnswer = Exclude<EventBody<AnswerEvent>, EventBody<TaskCompleted | TaskFailed | TimerFired>>;

export type AnsweredKind = "sub-orchestration" | "entity-call" | "entity-lock";

interface Open {
  readonly kind: AnsweredKind;
  /** What is waited for, for people. */
  readonly name: string;
  readonly settle: (answer: OneAnswer) => void;
}

/** The kind of task that an answer settles. */
export function kindAnsweredBy(answer: OneAnswer["type"]): AnsweredKind {
  switch (answer) {
    case "SubOrchestrationInstanceCompleted":
    case "SubOrchestrationInstanceFailed":
      return "sub-orchestration";
    case "EntityOperationCompleted":
    case "EntityOperationFailed":
      return "entity-call";
    case "EntityLockGranted":
      return "entity-lock";
  }
}

export class AnsweredCalls {
  readonly #open = new Map<number, Open>();

  isOpen(taskId: number, kind: AnsweredKind): boolean {
    return this.#open.get(taskId)?.kind === kind;
  }

  get open(): readonly OpenTask[] {
    return [...this.#open].map(([taskId, { kind, name }]) => ({ kind, name, taskId }));
  }

  /** Begins to wait. `settle` is called once, with an answer of that kind. */
  expect(taskId: number, open: Open): void {
    this.#open.set(taskId, open);
  }

  settle(answer: OneAnswer): void {
    const open = this.#open.get(answer.taskId);
    assert(open?.kind === kindAnsweredBy(answer.type), "only open tasks are answered, by what they wait for");
    this.#open.delete(answer.taskId);
    open.settle(answer);
  }
}
