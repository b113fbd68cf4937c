/**
 * Runs an orchestrator by the reference interpreter: its history says what was answered and in which order, the code and
 * the programming model say what follows.
 *
 * Invariant: given those answers, each turn must have decided what it recorded, and the execution must have ended as it
 * did. Generators and functions without promises are run, synchronously; of others, and of what the reference does not
 * know, nothing is said.
 */
import type { HistoryEvent, OrchestratorHandler } from "dacapo";
import { EventOrder } from "./event-order.ts";
import { headOf } from "./recorded-errors.ts";
import { ReferenceContext, UnknownToReferenceError } from "./reference-context.ts";
import type { ReferenceTask } from "./reference-task.ts";

/** What is wrong with an execution, as the end of a sentence about it. */
export function problemWithExecution(
  handler: OrchestratorHandler,
  history: readonly HistoryEvent[],
): string | undefined {
  const started = history.find((event) => event.type === "ExecutionStarted");
  if (started === undefined || PROMISES.has(handler.constructor.name)) return undefined;
  const run = new OrchestrationRun(handler, started);
  for (const [index, turn] of turnsOf(history).entries()) {
    const problem = run.turn(turn);
    if (run.isBeyond) return undefined;
    if (problem !== undefined) return `turn ${index + 1} ${problem}`;
  }
  return undefined;
}

const PROMISES: ReadonlySet<string> = new Set(["AsyncFunction", "AsyncGeneratorFunction"]);

/** Failures that the engine gives where the code had no part, or did what no reference need know. */
const ENGINE_FAILURES: ReadonlySet<string | undefined> = new Set([
  ...[
    "POISON_MESSAGE",
    "ORCHESTRATOR_NOT_REGISTERED",
    "VERSION_MISMATCH",
    "NON_DETERMINISM",
    "INVALID_ARGUMENT",
    "INVALID_YIELD",
  ],
  ...["PAYLOAD_TOO_LARGE", "PAYLOAD_NOT_SERIALIZABLE"],
]);

type Waits = Pick<ReferenceTask, "isCompleted" | "getException" | "getResult" | "awaited">;
type End = { readonly returned: unknown } | { readonly thrown: unknown };

class OrchestrationRun {
  /** True once the execution did something of which the reference knows nothing. */
  isBeyond = false;
  readonly #handler: OrchestratorHandler;
  readonly #input: string | undefined;
  readonly #context: ReferenceContext;
  readonly #order: EventOrder;
  #generator: Generator<unknown, unknown, unknown> | undefined;
  #waitsFor: Waits | undefined;
  #isReturning = false;
  #end: End | undefined;

  constructor(handler: OrchestratorHandler, started: Extract<HistoryEvent, { readonly type: "ExecutionStarted" }>) {
    this.#handler = handler;
    this.#input = started.input;
    this.#context = new ReferenceContext(started);
    this.#order = new EventOrder(started);
  }

  turn(events: readonly HistoryEvent[]): string | undefined {
    if (events.some(isBeyondReference)) {
      this.isBeyond = true;
      return undefined;
    }
    const context = this.#context;
    context.time = events[0]?.timestamp ?? 0;
    context.decisions = [];
    const recorded: string[] = [];
    let end: string | undefined;
    for (const event of events) {
      switch (event.type) {
        case "OrchestratorStarted":
        case "OrchestratorCompleted":
          break;
        case "ExecutionStarted":
          this.#begin();
          break;
        case "TaskCompleted":
        case "TaskFailed":
        case "TimerFired": {
          const problem = this.#end === undefined ? context.feed(event) : undefined;
          if (problem !== undefined) return `was fed ${problem}`;
          this.#goOn();
          break;
        }
        case "EventRaised":
          for (const due of this.#order.arrive(event)) {
            if (this.#end === undefined) context.feed(due);
            this.#goOn();
          }
          break;
        case "TaskScheduled":
          recorded.push(
            `activity ${event.taskId} "${event.name}" with ${event.input ?? "nothing"}, attempt ${event.attempt}`,
          );
          break;
        case "TimerCreated":
          recorded.push(`timer ${event.taskId} for ${event.fireAt}`);
          break;
        case "ExecutionCompleted":
          end =
            event.failure === undefined
              ? `an end with ${event.output ?? "nothing"}`
              : `a failure with ${event.failure.errorType}: ${event.failure.errorMessage}`;
          break;
        case "ContinueAsNew":
          end = `a new execution with ${event.input ?? "nothing"}`;
          break;
        default:
          break;
      }
    }
    return differenceOf([...recorded, ...(end === undefined ? [] : [end])], [...context.decisions, ...this.#endText()]);
  }

  #begin(): void {
    this.#step(() => {
      const returned: unknown = this.#handler(this.#context.surface as never, parsed(this.#input) as never);
      if (isGenerator(returned)) {
        this.#generator = returned;
        return returned.next();
      }
      return { done: true, value: returned };
    });
    this.#goOn();
  }

  /** Runs the code as long as what it waits for has settled. */
  #goOn(): void {
    while (this.#end === undefined && this.#waitsFor?.isCompleted === true) {
      const task = this.#waitsFor;
      this.#waitsFor = undefined;
      const error = task.getException();
      const generator = this.#generator;
      if (this.#isReturning || generator === undefined) {
        this.#end = error === undefined ? { returned: task.awaited() } : { thrown: error };
      } else this.#step(() => (error === undefined ? generator.next(task.getResult()) : generator.throw(error)));
    }
  }

  #step(step: () => IteratorResult<unknown, unknown>): void {
    let result: IteratorResult<unknown, unknown>;
    try {
      result = step();
    } catch (error) {
      if (error instanceof UnknownToReferenceError) this.isBeyond = true;
      this.#end = { thrown: error };
      return;
    }
    const { value, done } = result;
    if (isTask(value)) {
      this.#waitsFor = value;
      this.#isReturning = done === true;
    } else if (done === true) {
      this.#end = { returned: value };
      if (isThenable(value)) this.#leave(value);
    } else this.isBeyond = true;
  }

  /** A promise: whatever becomes of it disturbs nobody. */
  #leave(promise: PromiseLike<unknown>): void {
    this.isBeyond = true;
    promise.then(
      () => undefined,
      () => undefined,
    );
  }

  #endText(): readonly string[] {
    if (this.#end === undefined) return [];
    const { continuation } = this.#context;
    if ("thrown" in this.#end) return [`a failure with ${headOf(this.#end.thrown)}`];
    if (continuation !== undefined) return [`a new execution with ${continuation.input ?? "nothing"}`];
    return [`an end with ${(JSON.stringify(this.#end.returned) as string | undefined) ?? "nothing"}`];
  }
}

/** Events that the reference gives no meaning to, and ends in which the code had no part. */
function isBeyondReference(event: HistoryEvent): boolean {
  return !KNOWN.has(event.type) || (event.type === "ExecutionCompleted" && ENGINE_FAILURES.has(event.failure?.code));
}

const KNOWN: ReadonlySet<HistoryEvent["type"]> = new Set([
  ...(["OrchestratorStarted", "OrchestratorCompleted", "ExecutionStarted", "TaskCompleted", "TaskFailed"] as const),
  ...(["TimerFired", "EventRaised", "TaskScheduled", "TimerCreated", "ExecutionCompleted", "ContinueAsNew"] as const),
]);

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

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function isTask(value: unknown): value is Waits {
  return typeof value === "object" && value !== null && Symbol.for("dacapo.task") in value;
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return typeof value === "object" && value !== null && "throw" in value && Symbol.iterator in value;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
