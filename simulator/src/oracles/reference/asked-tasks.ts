/**
 * What an execution asked for and is not answered yet, as the reference interpreter (O1) has it, and what it decided.
 *
 * Invariant: a task id is taken by each decision that is answered, in the order of the decisions; only what asked for an
 * answer of that kind gets it. Used by the reference's context and its parts.
 */
import type { AnswerEvent } from "dacapo";

/** Something of the programming model that the reference does not know. */
export class UnknownToReferenceError extends Error {}

export type AskedKind = "activity" | "timer" | "sub-orchestration" | "entity call" | "lock";

const ANSWERED: Readonly<Record<AnswerEvent["type"], AskedKind>> = {
  TaskCompleted: "activity",
  TaskFailed: "activity",
  TimerFired: "timer",
  SubOrchestrationInstanceCompleted: "sub-orchestration",
  SubOrchestrationInstanceFailed: "sub-orchestration",
  EntityOperationCompleted: "entity call",
  EntityOperationFailed: "entity call",
  EntityLockGranted: "lock",
};

interface Asked {
  readonly kind: AskedKind;
  readonly settle: (answer: AnswerEvent) => void;
}

export class AskedTasks {
  /** The turn's time, in milliseconds since the epoch. */
  time = 0;
  /** What was decided since the turn began, each as a text. */
  decisions: string[] = [];
  /** True once the code asked for something that the reference does not know, whatever it made of that. */
  isBeyond = false;
  #last = 0;
  readonly #open = new Map<number, Asked>();

  /** @throws UnknownToReferenceError always: nothing can be said of the execution any more. */
  leave(what: string): never {
    this.isBeyond = true;
    throw new UnknownToReferenceError(what);
  }

  decide(decision: string): void {
    this.decisions.push(decision);
  }

  /** Takes the next task id and waits for its answer. */
  ask(kind: AskedKind, decision: (taskId: number) => string, settle: (answer: AnswerEvent) => void): number {
    const taskId = ++this.#last;
    this.#open.set(taskId, { kind, settle });
    this.decisions.push(decision(taskId));
    return taskId;
  }

  forget(taskId: number): void {
    this.#open.delete(taskId);
  }

  awaits({ taskId, type }: AnswerEvent): boolean {
    return this.#open.get(taskId)?.kind === ANSWERED[type];
  }

  settle(answer: AnswerEvent): void {
    const asked = this.#open.get(answer.taskId);
    this.#open.delete(answer.taskId);
    asked?.settle(answer);
  }
}
