/**
 * The sub-orchestrations that an execution started, with their retries.
 *
 * Invariant: each try is a task of its own and, unless the caller gave an id, an instance of its own; a try that was
 * given the id of the try before it takes the place of that one's ended life, and of no other. The user's task settles
 * with the last try. Used by the execution and its context alone.
 */
import type { ActivityCalls } from "./activity-calls.ts";
import type { AnsweredCalls, OneAnswer } from "./answered-calls.ts";
import { assert } from "./assert.ts";
import type { SubOrchestrationOptions } from "./context.ts";
import type { CriticalSections } from "./critical-sections.ts";
import { uuidV5 } from "./determinism.ts";
import { DurableTask } from "./durable-task.ts";
import { isEntityId } from "./entity-instance-id.ts";
import { InvalidArgumentError, SubOrchestrationFailedError } from "./errors.ts";
import type { CallScope } from "./execution-scope.ts";
import type { FailureDetails } from "./failure.ts";
import { fromFailureDetails } from "./failure.ts";
import type { EventBody, SubOrchestrationInstanceCreated } from "./history.ts";
import { answerMessageId } from "./messages.ts";
import type { Mutable } from "./mutable.ts";
import { checkInstanceId, checkName } from "./names.ts";
import { afterFailure } from "./retried-call.ts";
import type { CheckedRetry } from "./retry.ts";

/** One call in the user's code, all its tries together. */
interface LogicalCall {
  readonly task: DurableTask;
  readonly name: string;
  readonly input: string | undefined;
  readonly options: Pick<SubOrchestrationOptions, "instanceId" | "version" | "tags">;
  readonly retry: CheckedRetry | undefined;
  readonly firstAttemptAt: number;
  attempts: number;
  lastTaskId: number;
}

/** A child that runs, as far as its parent knows. */
export interface OpenChild {
  readonly taskId: number;
  readonly instanceId: string;
}

/** What the calls ask of their execution beyond what all calls do. */
export interface SubOrchestrationScope extends CallScope {
  readonly answers: AnsweredCalls;
  readonly sections: CriticalSections;
  readonly calls: Pick<ActivityCalls, "waitUntil">;
  /** The version of children that are started without one. */
  readonly defaultVersion: string | undefined;
}

/** Names the life that a task starts: the same however often the turn is run. It is the child's first execution id too. */
export function childIncarnation(executionId: string, taskId: number): string {
  return uuidV5(`${executionId}:${taskId}:start`);
}

/** The children that have not answered, as a history tells. */
export function openChildren(history: readonly EventBody[]): readonly OpenChild[] {
  const open = new Map<number, OpenChild>();
  for (const event of history) {
    if (event.type === "SubOrchestrationInstanceCreated") {
      const { taskId, instanceId } = event;
      open.set(taskId, { taskId, instanceId });
    } else if (event.type === "SubOrchestrationInstanceCompleted" || event.type === "SubOrchestrationInstanceFailed") {
      open.delete(event.taskId);
    }
  }
  return [...open.values()];
}

export class SubOrchestrationCalls {
  readonly #execution: SubOrchestrationScope;
  readonly #children = new Map<number, string>();

  constructor(execution: SubOrchestrationScope) {
    this.#execution = execution;
  }

  /** The children that have not answered yet. */
  get children(): readonly OpenChild[] {
    return [...this.#children].map(([taskId, instanceId]) => ({ taskId, instanceId }));
  }

  /** The life of a child that has not answered yet, by its instance id. */
  incarnationOf(instanceId: string): string | undefined {
    const child = this.children.findLast((open) => open.instanceId === instanceId);
    return child === undefined ? undefined : childIncarnation(this.#execution.executionId, child.taskId);
  }

  /** @throws InvalidArgumentError when the name or the id is none; LockingRulesViolationError in a critical section; an error of payloads when the input is no data. */
  call(name: string, input: unknown, options: SubOrchestrationOptions, retry: CheckedRetry | undefined): DurableTask {
    checkName(name, "orchestrator");
    const { instanceId } = options;
    if (instanceId !== undefined) checkChildId(instanceId);
    this.#execution.sections.assertMayCallSubOrchestrator();
    const execution = this.#execution;
    const text = execution.payloads.write(input, `input of orchestrator "${name}"`);
    const task = new DurableTask(execution);
    const { time: firstAttemptAt } = execution;
    this.#start({ task, name, input: text, options, retry, firstAttemptAt, attempts: 0, lastTaskId: 0 });
    return task;
  }

  #start(call: LogicalCall): void {
    const { answers, executionId } = this.#execution;
    const { name, input, options } = call;
    const taskId = this.#execution.nextTaskId();
    call.attempts += 1;
    const instanceId = options.instanceId ?? answerMessageId(executionId, taskId);
    const decision: Mutable<EventBody<SubOrchestrationInstanceCreated>> = {
      type: "SubOrchestrationInstanceCreated",
      taskId,
      name,
      instanceId,
      attempt: call.attempts,
    };
    if (input !== undefined) decision.input = input;
    const version = options.version ?? this.#execution.defaultVersion;
    if (version !== undefined) decision.version = version;
    if (options.tags !== undefined) decision.tags = options.tags;
    if (options.instanceId !== undefined && call.attempts > 1) {
      decision.replaces = childIncarnation(executionId, call.lastTaskId);
    }
    call.lastTaskId = taskId;
    this.#children.set(taskId, instanceId);
    answers.expect(taskId, {
      kind: "sub-orchestration",
      name,
      settle: (answer) => {
        this.#settle(call, instanceId, answer);
      },
    });
    this.#execution.decide(decision);
  }

  #settle(call: LogicalCall, instanceId: string, answer: OneAnswer): void {
    this.#children.delete(answer.taskId);
    switch (answer.type) {
      case "SubOrchestrationInstanceCompleted":
        this.#execution.payloads.settle(call.task, answer.result, `result of orchestrator "${call.name}"`);
        return;
      case "SubOrchestrationInstanceFailed":
        this.#failed(call, instanceId, answer.failure);
        return;
      default:
        assert(false, "a sub-orchestration's answer meets a sub-orchestration");
    }
  }

  #failed(call: LogicalCall, instanceId: string, failure: FailureDetails): void {
    const again = (): void => {
      this.#start(call);
    };
    afterFailure(this.#execution, call, failure, {
      again,
      wait: (at) => {
        this.#execution.calls.waitUntil(at, again);
      },
      error: () => {
        const child = { name: call.name, instanceId, taskId: call.lastTaskId };
        return new SubOrchestrationFailedError(child, failure, fromFailureDetails(failure));
      },
    });
  }
}

function checkChildId(instanceId: string): void {
  checkInstanceId(instanceId);
  if (!isEntityId(instanceId)) return;
  throw new InvalidArgumentError(`The instance id of a sub-orchestration is ${JSON.stringify(instanceId)}.`, {
    hint: "Ids that begin with @ are those of entities: choose another.",
  });
}
