/**
 * Runs an orchestrator by the reference interpreter: its history says what was answered and in which order, the code and
 * the programming model say what follows.
 *
 * Invariant: given those answers, each turn must have decided what it recorded, and the execution must have ended as it
 * did. Of ends in which the code had no part, and of what the reference does not know, nothing is said.
 */
import type { AnswerEvent, HistoryEvent, OrchestratorHandler } from "dacapo";
import type { EventBody, InstanceMessage } from "dacapo/backend";
import { JSON_TEXTS } from "../../scenario/payload-texts.ts";
import { endText, failureText, recordedDecision } from "./decision-texts.ts";
import { failureOf } from "./recorded-errors.ts";
import type { Visible } from "./reference-arrivals.ts";
import { ReferenceArrivals } from "./reference-arrivals.ts";
import { ReferenceCode } from "./reference-code.ts";
import { ReferenceContext, type ReferenceHub } from "./reference-context.ts";
import { settled } from "./settled.ts";

type Started = Extract<HistoryEvent, { readonly type: "ExecutionStarted" }>;

/**
 * What is wrong with an execution, as the end of a sentence about it.
 * @param hub is what the hub was told; nothing unless given.
 * @param cutOff is what the worker was handed that ended the execution for the length of its history.
 */
export async function problemWithExecution(
  handler: OrchestratorHandler,
  history: readonly HistoryEvent[],
  hub: Partial<ReferenceHub> = {},
  cutOff?: readonly InstanceMessage[],
): Promise<string | undefined> {
  const started = history.find((event) => event.type === "ExecutionStarted");
  if (started === undefined) return undefined;
  const run = new OrchestrationRun(handler, started, {
    defaults: new Set(),
    payloadBytesMax: PAYLOAD_BYTES_MAX,
    historyEventsMax: HISTORY_EVENTS_MAX,
    texts: JSON_TEXTS,
    ...hub,
  });
  for (const [index, turn] of turnsOf(history).entries()) {
    const isCutOff = cutOff !== undefined && turn.some(isTooLong) && !turn.some(isRefusedRewind);
    if (!isCutOff && turn.some(isBeyondReference)) return undefined;
    const problem = await (isCutOff ? run.cutOff(turn, cutOff) : run.turn(turn));
    if (run.isBeyond) return undefined;
    if (problem !== undefined) return `turn ${index + 1} ${problem}`;
  }
  return undefined;
}

/** One payload may take so many bytes unless the hub says otherwise, as its documentation has it. */
const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

/** The history of an execution that goes on may have so many events unless the hub says otherwise, as documented. */
const HISTORY_EVENTS_MAX = 100_000;

const TOO_LONG = "HISTORY_TOO_LONG";

/** The end of an execution by the engine, because its history would have become too long. */
export function isTooLong(event: EventBody): boolean {
  return event.type === "ExecutionCompleted" && event.failure?.code === TOO_LONG;
}

/** Failures that the engine gives where the code had no part, or did what no reference need know. */
const ENGINE_FAILURES: ReadonlySet<string | undefined> = new Set([
  ...["POISON_MESSAGE", "ORCHESTRATOR_NOT_REGISTERED", "NON_DETERMINISM", "INVALID_ARGUMENT", "INVALID_YIELD"],
  ...["PAYLOAD_TOO_LARGE", "PAYLOAD_NOT_SERIALIZABLE", "VERSION_MISMATCH", "REWIND_NOT_POSSIBLE"],
  TOO_LONG,
]);

/** Ends in which the code had no part. */
function isBeyondReference(event: HistoryEvent): boolean {
  if (isRefusedRewind(event)) return true;
  return event.type === "ExecutionCompleted" && ENGINE_FAILURES.has(event.failure?.code);
}

/** A rewind that ended at once: of what it would have taken back, the history says nothing. */
function isRefusedRewind(event: HistoryEvent): boolean {
  return event.type === "ExecutionRewound" && event.isRefused === true;
}

class OrchestrationRun {
  readonly #handler: OrchestratorHandler;
  readonly #executionId: string;
  readonly #defaults: ReadonlySet<string>;
  readonly #historyEventsMax: number;
  readonly #context: ReferenceContext;
  readonly #arrivals: ReferenceArrivals;
  readonly #code = new ReferenceCode();
  /** The tasks that asked for the locks of sections, by the sections' ids. */
  readonly #locks = new Map<string, number>();
  #termination: { readonly output: string | undefined } | undefined = undefined;

  constructor(handler: OrchestratorHandler, started: Started, hub: ReferenceHub) {
    this.#handler = handler;
    this.#defaults = hub.defaults;
    this.#historyEventsMax = hub.historyEventsMax;
    this.#executionId = started.executionId;
    this.#context = new ReferenceContext(started, hub);
    this.#arrivals = new ReferenceArrivals(started);
  }

  /** True once the execution did something of which the reference knows nothing. */
  get isBeyond(): boolean {
    return this.#code.isBeyond || this.#context.asked.isBeyond;
  }

  async turn(events: readonly HistoryEvent[]): Promise<string | undefined> {
    const { asked } = this.#context;
    asked.time = events[0]?.timestamp ?? 0;
    asked.decisions = [];
    const recorded: string[] = [];
    for (const [i, event] of events.entries()) {
      const decision = recordedDecision(event, { locks: this.#locks, defaults: this.#defaults });
      if (decision !== undefined) recorded.push(decision);
      else {
        const problem = this.#arrive(event, events[i + 1]);
        if (problem !== undefined) return `was fed ${problem}`;
        for (let next = this.#next(); next !== undefined; next = this.#next()) {
          this.#show(next);
          if (this.#code.isAsync) await settled();
        }
      }
    }
    if (this.#isOver) this.#context.sections.end();
    return differenceOf(recorded, [...asked.decisions, ...this.#endTexts()]);
  }

  /** The turn that the engine ended: what would have become of it with what the worker was handed. */
  async cutOff(events: readonly HistoryEvent[], batch: readonly InstanceMessage[]): Promise<string | undefined> {
    const fed = this.#fedOf(events, batch);
    await this.turn(fed);
    const how = "was ended by the engine because its history would become too long";
    if (this.#isOver) return `${how}, and by the programming model it ends in this turn by itself`;
    const length = (events[0]?.eventId ?? 1) - 1 + fed.length + this.#context.asked.decisions.length;
    if (length > this.#historyEventsMax) return undefined;
    return `${how}, and it has ${length} events then, of ${this.#historyEventsMax}`;
  }

  /** What is recorded of what came, and the answers, which are not: where it all was handed out, in that order. */
  #fedOf(events: readonly HistoryEvent[], batch: readonly InstanceMessage[]): readonly HistoryEvent[] {
    const circumstances = { locks: new Map(this.#locks), defaults: this.#defaults };
    const came = events.filter((event) => recordedDecision(event, circumstances) === undefined);
    const handedOut = new Map(batch.map(({ messageId }, place) => [messageId, place]));
    const placeOf = (event: HistoryEvent): number | undefined =>
      "messageId" in event ? handedOut.get(event.messageId ?? "") : undefined;
    const timestamp = events[0]?.timestamp ?? 0;
    const answered = new Set<number>();
    const answers = batch.flatMap(({ messageId, executionId, body }): readonly HistoryEvent[] => {
      if (executionId !== this.#executionId || !("taskId" in body) || answered.has(body.taskId)) return [];
      const answer = { eventId: 0, timestamp, messageId, ...body } as AnswerEvent;
      const { asked } = this.#context;
      if (!asked.awaits(answer) || this.#arrivals.holdsAnswer(body.taskId)) return [];
      answered.add(body.taskId);
      return [answer];
    });
    const end = came.filter(({ type }) => type === "OrchestratorCompleted");
    const before = came.filter((event) => placeOf(event) === undefined && !end.includes(event));
    const handed = [...came.filter((event) => placeOf(event) !== undefined), ...answers];
    handed.sort((a, b) => (placeOf(a) ?? 0) - (placeOf(b) ?? 0));
    return [...before, ...handed, ...end];
  }

  get #isOver(): boolean {
    return this.#termination !== undefined || this.#code.end !== undefined;
  }

  /** Takes in what came. Says what nobody had asked for, if so. */
  #arrive(event: HistoryEvent, next: HistoryEvent | undefined): string | undefined {
    switch (event.type) {
      case "ExecutionStarted":
        // One that is ended or held before its first turn records that right after its start.
        if (next?.type === "ExecutionSuspended") this.#arrivals.isSuspended = true;
        if (next?.type !== "ExecutionTerminated") this.#arrivals.add(event);
        return undefined;
      case "ExecutionTerminated":
        this.#termination = { output: event.output };
        return undefined;
      case "ExecutionSuspended":
      case "ExecutionResumed":
        this.#arrivals.isSuspended = event.type === "ExecutionSuspended";
        return undefined;
      case "EventRaised":
        this.#arrivals.add(event);
        return undefined;
      case "OrchestratorStarted":
      case "OrchestratorCompleted":
      case "ExecutionRewound":
        return undefined;
      default:
        return "messageId" in event ? this.#answer(event) : undefined;
    }
  }

  #answer(answer: AnswerEvent): string | undefined {
    const { taskId } = answer;
    if (this.#isOver || !this.#context.asked.awaits(answer) || this.#arrivals.holdsAnswer(taskId))
      return `${answerText(answer)}, which was not asked for`;
    if (answer.type === "EntityLockGranted" && this.#locks.get(answer.criticalSectionId) !== taskId)
      return `${answerText(answer)} for another critical section`;
    this.#arrivals.add(answer);
    return undefined;
  }

  /** What the code may see next. */
  #next(): Visible | undefined {
    return this.#isOver ? undefined : this.#arrivals.next();
  }

  #show(event: Visible): void {
    const { asked } = this.#context;
    if (event.type === "ExecutionStarted")
      this.#code.begin(() => this.#handler(this.#context.surface, this.#context.payloads.read(event.input) as never));
    else if (event.type === "EventRaised") this.#context.raise(event);
    // While the answer was held, the code may have cancelled what it answers.
    else if (asked.awaits(event)) asked.settle(event);
    this.#code.goOn();
  }

  #endTexts(): readonly string[] {
    if (this.#termination !== undefined) return [endText("a termination", this.#termination.output)];
    const { end } = this.#code;
    if (end === undefined) return [];
    const { continuation } = this.#context;
    if ("thrown" in end) return [failureText(failureOf(end.thrown))];
    if (continuation !== undefined) return [endText("a new execution", continuation.input)];
    return [endText("an end", this.#context.payloads.write(end.returned))];
  }
}

/** What came, such as `a result of task 3`. */
function answerText({ type, taskId }: AnswerEvent): string {
  switch (type) {
    case "TaskCompleted":
    case "SubOrchestrationInstanceCompleted":
    case "EntityOperationCompleted":
      return `a result of task ${taskId}`;
    case "TaskFailed":
    case "SubOrchestrationInstanceFailed":
    case "EntityOperationFailed":
      return `a failure of task ${taskId}`;
    case "TimerFired":
      return `the firing of timer ${taskId}`;
    case "EntityLockGranted":
      return `the locks of task ${taskId}`;
  }
}

function differenceOf(recorded: readonly string[], must: readonly string[]): string | undefined {
  for (let i = 0; i < Math.max(recorded.length, must.length); i++) {
    if (recorded[i] === must[i]) continue;
    return `records ${recorded[i] ?? "nothing more"}, and by the programming model it must decide ${must[i] ?? "nothing more"}`;
  }
  return undefined;
}

function turnsOf(history: readonly HistoryEvent[]): readonly (readonly HistoryEvent[])[] {
  const turns: HistoryEvent[][] = [];
  for (const event of history) {
    if (event.type === "OrchestratorStarted") turns.push([]);
    turns.at(-1)?.push(event);
  }
  return turns;
}
