/**
 * O2: an activity's result is in the history only if the activity gave it.
 *
 * Invariant: what a history records as the answer to a call was given by a run of that very call; a logical call has
 * one idempotency key of its own, one name, one input and at most one success; nothing runs that no committed turn
 * asked for, or that was not handed to the worker. Activities run at least once, so runs are never counted against
 * the engine, only answers are. It reads what went through the ports, and keeps a ledger of its own.
 */
import type { ActivityWork, FailureDetails, HistoryEvent } from "dacapo/backend";
import type { ActivityRun, PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Oracle, Violation } from "./oracle.ts";

const ID = "O2";

/** Failures that the engine gives in place of an activity that it could not run, or whose result it could not keep. */
const ENGINE_FAILURES: ReadonlySet<string | undefined> = new Set([
  "POISON_MESSAGE",
  "ACTIVITY_NOT_REGISTERED",
  "PAYLOAD_TOO_LARGE",
  "PAYLOAD_NOT_SERIALIZABLE",
]);

export function effectsOracle(): Oracle {
  const calls = new CallReader();
  const ledger = new EffectLedger();
  const take = (call: PortCall): readonly Violation[] => ledger.take(call);
  return {
    id: ID,
    title: "a recorded result is one that a run of that very activity gave, once for each call",
    observe: ({ committed }) => calls.judge(committed.calls, take),
  };
}

type Scheduled = Extract<HistoryEvent, { readonly type: "TaskScheduled" }>;
type Answered = Extract<HistoryEvent, { readonly type: "TaskCompleted" | "TaskFailed" }>;

/** One logical call: all its tries share a key. */
interface LogicalCall {
  readonly executionId: string;
  readonly name: string;
  readonly input: string | undefined;
  attempt: number;
  state: "open" | "failed" | "failed for good" | "succeeded";
}

/** One task: one try of a logical call. */
interface Task {
  readonly instanceId: string;
  readonly event: Scheduled;
  readonly call: LogicalCall;
  readonly runs: ActivityRun[];
  /** How often it was handed to each worker, and how often it began there. */
  readonly handouts: Map<string, { fetched: number; begun: number }>;
  isAnswered: boolean;
}

class EffectLedger {
  readonly #tasks = new Map<string, Task>();
  readonly #calls = new Map<string, LogicalCall>();

  /** Enters a call of a port. Says what is wrong with it. */
  take(call: PortCall): readonly Violation[] {
    switch (call.type) {
      case "turn": {
        if (call.before === undefined || call.refusedWith !== undefined || call.firstDoneAt !== undefined) return [];
        const { instanceId, executionId } = { instanceId: call.commit.lock.key, ...call.before };
        const { rewritten, events } = call.commit;
        const current = rewritten?.start.event.executionId ?? executionId;
        if (rewritten !== undefined) this.#rewind(instanceId, { former: executionId, current }, rewritten.history);
        return violations(instanceId, this.#enterTurn(instanceId, current, events));
      }
      case "fetch":
        return "work" in call.item
          ? violations(call.item.work.instanceId, this.#handOut(call.item.work, call.options.workerId))
          : [];
      case "run":
        return violations(call.run.instanceId, this.#begin(call.run));
      case "answer":
        if (call.work === undefined || call.refusedWith !== undefined || call.firstDoneAt !== undefined) return [];
        return violations(call.work.instanceId, this.#answer(call.work, call.commit.message));
      default:
        return [];
    }
  }

  #enterTurn(instanceId: string, executionId: string, events: readonly HistoryEvent[]): string | undefined {
    let problem: string | undefined;
    for (const event of events) {
      if (event.type === "TaskScheduled") problem ??= this.#schedule(instanceId, executionId, event);
      else if (event.type === "TaskCompleted" || event.type === "TaskFailed")
        problem ??= this.#record(instanceId, executionId, event);
    }
    return problem;
  }

  /** What stands of a rewound execution is entered anew, under its new id; what does not has not been called. */
  #rewind(
    instanceId: string,
    { former, current }: { readonly former: string; readonly current: string },
    history: readonly HistoryEvent[],
  ): void {
    for (const [key, { executionId }] of this.#calls) if (executionId === former) this.#calls.delete(key);
    for (const event of history) {
      // What was recorded was judged when it was; what is fed again was given to the former execution.
      void this.#enterTurn(instanceId, current, [event]);
      if (event.type !== "TaskScheduled") continue;
      const { taskId } = event;
      const runs = this.#tasks.get(keyOf({ executionId: former, taskId }))?.runs ?? [];
      this.#tasks.get(keyOf({ executionId: current, taskId }))?.runs.push(...runs);
    }
  }

  #schedule(instanceId: string, executionId: string, event: Scheduled): string | undefined {
    const { name, input, attempt, idempotencyKey, taskId } = event;
    const what = `activity "${name}" of "${instanceId}" (task ${taskId})`;
    const known = this.#calls.get(idempotencyKey);
    const call = known ?? { executionId, name, input, attempt, state: "open" };
    this.#calls.set(idempotencyKey, call);
    const task = { instanceId, event, call, runs: [], handouts: new Map(), isAnswered: false };
    this.#tasks.set(keyOf({ executionId, taskId }), task);
    if (attempt === 1) {
      if (known === undefined) return undefined;
      return `${what} has the idempotency key of another call, of activity "${known.name}": ${idempotencyKey}`;
    }
    if (known === undefined || known.executionId !== executionId) {
      return `${what} is attempt ${attempt} of a call, but its idempotency key is new: ${idempotencyKey}`;
    }
    if (known.name !== name || known.input !== input) {
      return `${what} retries activity "${known.name}" with input ${show(known.input)} under its idempotency key, but with input ${show(input)}`;
    }
    if (known.state !== "failed") return `${what} is tried again, although its call ${STATES[known.state]}`;
    if (attempt !== known.attempt + 1) return `${what} is attempt ${attempt}, and the one before was ${known.attempt}`;
    known.attempt = attempt;
    known.state = "open";
    return undefined;
  }

  /** A history records an answer. */
  #record(instanceId: string, executionId: string, event: Answered): string | undefined {
    const task = this.#tasks.get(keyOf({ executionId, taskId: event.taskId }));
    // What answers nothing is the business of O5.
    if (task === undefined) return undefined;
    const { call } = task;
    const wasDone = call.state === "succeeded";
    if (event.type === "TaskCompleted") call.state = "succeeded";
    else if (!wasDone) call.state = event.failure.isNonRetriable === true ? "failed for good" : "failed";
    if (wasDone) {
      return `the call of activity "${call.name}" by "${instanceId}" was recorded as done, and is answered once more`;
    }
    return problemWithAnswer(task, event, "the history records");
  }

  #handOut(work: ActivityWork, worker: string): string | undefined {
    const task = this.#tasks.get(keyOf(work));
    const what = `activity "${work.name}" of "${work.instanceId}" (task ${work.taskId})`;
    if (task === undefined) return `${what} was handed to ${worker}, but no committed turn asked for it`;
    const counts = task.handouts.get(worker) ?? { fetched: 0, begun: 0 };
    task.handouts.set(worker, counts);
    counts.fetched += 1;
    if (task.isAnswered) return `${what} was handed to ${worker} after its result had been recorded`;
    return differenceFrom(task, work, `${what} was handed to ${worker}`);
  }

  #begin(run: ActivityRun): string | undefined {
    const task = this.#tasks.get(keyOf(run));
    const what = `activity "${run.name}" of "${run.instanceId}" (task ${run.taskId})`;
    if (task === undefined) return `${what} runs on ${run.worker}, but no committed turn asked for it`;
    task.runs.push(run);
    const counts = task.handouts.get(run.worker);
    if (counts === undefined || counts.begun >= counts.fetched) {
      return `${what} began on ${run.worker} more often than it was handed to that worker`;
    }
    counts.begun += 1;
    return differenceFrom(task, run, `${what} runs on ${run.worker}`);
  }

  /** A worker's answer took effect. */
  #answer(work: ActivityWork, { executionId, body }: AnswerMessage): string | undefined {
    const task = this.#tasks.get(keyOf(work));
    if (task === undefined || (body.type !== "TaskCompleted" && body.type !== "TaskFailed")) return undefined;
    const what = `activity "${work.name}" of "${work.instanceId}" (task ${work.taskId})`;
    task.isAnswered = true;
    if (executionId !== work.executionId || body.taskId !== work.taskId) {
      return `the result of ${what} was sent as the answer to another call (task ${body.taskId})`;
    }
    return problemWithAnswer(task, body, "a worker reports");
  }
}

type AnswerMessage = Extract<PortCall, { readonly type: "answer" }>["commit"]["message"];

const STATES = {
  open: "is not answered yet",
  "failed for good": "failed for good",
  succeeded: "was recorded as done",
} as const;

/** What is wrong with an answer to this task: no run of it gave that. */
function problemWithAnswer(
  { instanceId, event, runs }: Task,
  answer: { readonly type: string; readonly result?: string; readonly failure?: FailureDetails },
  who: string,
): string | undefined {
  const what = `activity "${event.name}" of "${instanceId}" (task ${event.taskId})`;
  const { failure } = answer;
  if (failure === undefined) {
    if (runs.some(({ end }) => end?.kind === "returned" && end.result === answer.result)) return undefined;
    return `${who} ${show(answer.result)} as the result of ${what}, but ${whatRunsGave(runs)}`;
  }
  if (ENGINE_FAILURES.has(failure.code)) return undefined;
  const isOurs = runs.some(({ end }) => end?.kind === "threw" && gave(end, failure));
  if (isOurs) return undefined;
  const said = `${failure.errorType}: ${failure.errorMessage}`;
  return `${who} that ${what} failed with ${said}, but ${whatRunsGave(runs)}`;
}

/** Errors that are none, or whose name is none, are not compared. */
function gave(
  { errorType, errorMessage }: { readonly errorType?: string; readonly errorMessage?: string },
  failure: FailureDetails,
): boolean {
  if (errorType === undefined || errorMessage === undefined) return true;
  return errorType === failure.errorType && errorMessage === failure.errorMessage;
}

function whatRunsGave(runs: readonly ActivityRun[]): string {
  if (runs.length === 0) return "it never ran";
  const ends = runs.map(({ worker, end }) => {
    if (end === undefined) return `it has not ended on ${worker}`;
    return end.kind === "returned"
      ? `it returned ${show(end.result)} on ${worker}`
      : `it threw ${end.errorType ?? "something"}: ${end.errorMessage ?? ""} on ${worker}`;
  });
  return ends.join(" and ");
}

type Call = Pick<ActivityRun, "name" | "attempt" | "idempotencyKey" | "input">;

/** What is not as the turn that asked for it said. */
function differenceFrom({ event }: Task, call: Partial<Call>, what: string): string | undefined {
  if (call.name !== event.name) return `${what}, but the workflow asked for activity "${event.name}"`;
  if (call.input !== event.input) {
    return `${what} with the input ${show(call.input)}, but the workflow gave it ${show(event.input)}`;
  }
  if (call.idempotencyKey !== event.idempotencyKey || call.attempt !== event.attempt) {
    return `${what} as attempt ${call.attempt} under the idempotency key ${call.idempotencyKey}, but it is attempt ${event.attempt} of the call ${event.idempotencyKey}`;
  }
  return undefined;
}

/** Names a task on its own terms, not on those of the engine. */
function keyOf({ executionId, taskId }: { readonly executionId: string; readonly taskId: number }): string {
  return `${executionId} ${taskId}`;
}

const SHOWN = 80;

/** A payload, cut when it is long. */
function show(text: string | undefined): string {
  if (text === undefined) return "nothing";
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

function violations(instanceId: string, message: string | undefined): readonly Violation[] {
  return message === undefined ? [] : [{ oracle: ID, instanceId, message }];
}
