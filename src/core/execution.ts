/**
 * One execution of an orchestrator in memory: the suspended function, its open tasks, and what it decided.
 *
 * The same object serves first execution, replay and warm continuation: it is fed history events, one at a
 * time, and asked for the decisions of the turn. It has no clock and makes no choice of its own.
 *
 * Invariant: its state is a function of the orchestrator's code and of the events fed so far. It is used by
 * `turn.ts` and `replay.ts` alone; after a turn that was not committed it must be dropped.
 */
import { ActivityCalls } from "./activity-calls.ts";
import { AnsweredCalls, kindAnsweredBy } from "./answered-calls.ts";
import { Arrivals } from "./arrivals.ts";
import { assert } from "./assert.ts";
import { Chance } from "./chance.ts";
import type { ContinueAsNewOptions } from "./context.ts";
import { CriticalSections } from "./critical-sections.ts";
import type { Coroutine } from "./coroutine.ts";
import { beginCoroutine, isGeneratorFunction } from "./coroutine.ts";
import type { Payloads } from "./data-converter.ts";
import { uuidV5 } from "./determinism.ts";
import { EntityCalls } from "./entity-calls.ts";
import { InvariantError } from "./errors.ts";
import type { ExecutionEnd, TurnDecisions } from "./execution-end.ts";
import { endDecision } from "./execution-end.ts";
import { ExecutionContext } from "./execution-context.ts";
import type { ExecutionSetup } from "./execution-setup.ts";
export type { ExecutionSetup } from "./execution-setup.ts";
import type { ContextScope, CoreLog, OpenTask } from "./execution-scope.ts";
import { ExternalEvents } from "./external-events.ts";
import type { FailureDetails } from "./failure.ts";
import { toFailureDetails } from "./failure.ts";
import type { AnswerEvent, DecisionEvent, EventBody, EventRaised, ExecutionStarted, IncomingEvent } from "./history.ts";
import { foreignWait, lateCode } from "./late-code.ts";
import { NonDeterminismError, type Thrown } from "./nondeterminism.ts";
import { takePlaces } from "./sent-places.ts";
import type { StreamPosition } from "./streams.ts";
import { OutboundStreams } from "./streams.ts";
import type { OpenChild, SubOrchestrationScope } from "./sub-orchestration-calls.ts";
import { SubOrchestrationCalls } from "./sub-orchestration-calls.ts";

export type { ExecutionEnd, TurnDecisions } from "./execution-end.ts";
export { present } from "./present.ts";

export class Execution implements SubOrchestrationScope, ContextScope {
  readonly setup: ExecutionSetup;
  readonly calls: ActivityCalls;
  /** What other instances answer. */
  readonly answers = new AnsweredCalls();
  readonly sections = new CriticalSections();
  // Most executions have no children.
  #subOrchestrations: SubOrchestrationCalls | undefined = undefined;

  /** The time of the current turn, in milliseconds since the epoch. */
  time = 0;
  isReplaying = false;
  started: EventBody<ExecutionStarted> | undefined = undefined;
  customStatus: string | undefined = undefined;
  /** What ended the code, where an error did. */
  thrown: Thrown | undefined = undefined;
  /** Set once the code was caught at something that replay cannot repeat. */
  violation: NonDeterminismError | undefined = undefined;
  /** The places of operations that a rewind asked for anew, by task id. */
  resent: ReadonlyMap<number, StreamPosition> | undefined = undefined;
  /** The id of the last event of the history that this state is computed from. */
  lastEventId = 0;

  // Most executions get no external message, so these are made when first needed.
  #externalEvents: ExternalEvents | undefined = undefined;
  #seen: Map<string, number> | undefined = undefined;
  #coroutine: Coroutine | undefined = undefined;
  #end: ExecutionEnd | undefined = undefined;
  #continuation: { readonly input: string | undefined; readonly preserve: boolean } | undefined = undefined;
  #inTurn = false;
  #arrivals: Arrivals | undefined = undefined;
  #sent: OutboundStreams | undefined = undefined;
  #entities: EntityCalls | undefined = undefined;
  #chance: Chance | undefined = undefined;
  #decisions: EventBody<DecisionEvent>[] = [];
  #customStatusChanged = false;
  #lastTaskId = 0;
  /** A bug of the engine that came up inside a native promise, where nobody would hear of it. */
  #bug: InvariantError | undefined = undefined;
  /** How many pending tasks native code awaits. */
  #awaits = 0;

  constructor(setup: ExecutionSetup) {
    this.setup = setup;
    this.calls = new ActivityCalls(this);
  }

  get end(): ExecutionEnd | undefined {
    return this.#end;
  }

  /** True when each fed event must settle before the next. */
  get isAsync(): boolean {
    return this.#coroutine?.isAsync ?? false;
  }

  // ——— the turn, driven by turn.ts and replay.ts ———

  beginTurn(time: number, isReplaying: boolean): void {
    assert(!this.#inTurn, "turns of one execution do not overlap");
    assert(time >= this.time, "durable time never goes back");
    this.#inTurn = true;
    this.time = time;
    this.isReplaying = isReplaying;
    this.#sent?.beginTurn();
  }

  /**
   * Feeds one event and runs the code until it waits. When `isAsync`, the caller then lets promises settle and
   * calls `settled()`.
   */
  feed(event: EventBody<IncomingEvent>): void {
    assert(this.#inTurn, "events are fed within a turn");
    assert(this.#end === undefined, "an ended execution is fed nothing");
    switch (event.type) {
      case "ExecutionTerminated":
        this.#noteSeen(event.messageId, this.time);
        this.#end = { kind: "terminated", output: event.output };
        return;
      case "ExecutionSuspended":
      case "ExecutionResumed":
        this.#noteSeen(event.messageId, this.time);
        this.arrivals.add(event);
        break;
      case "ExecutionRewound":
        this.#noteSeen(event.messageId, this.time);
        this.resent = new Map(takePlaces(this.sent, event, this.time));
        return;
      case "EventRaised":
        this.#noteSeen(event.messageId, this.time);
        if (this.#arrivals === undefined && event.position === undefined) this.#deliver(event);
        else this.arrivals.add(event);
        break;
      default:
        if (this.#arrivals === undefined) this.#deliver(event);
        else this.#arrivals.add(event);
    }
    this.goOn();
  }

  /**
   * Shows the code the next of what was fed before and is its turn only now. To be called after each feeding, and the
   * settling that follows it, until it gives false: there is nothing.
   */
  goOn(): boolean {
    if (this.#end !== undefined) return false;
    const event = this.#arrivals?.next();
    if (event === undefined) return false;
    // A task may be cancelled by code that saw another of the held answers first.
    if (!("taskId" in event) || this.#isOpen(event)) this.#deliver(event);
    return true;
  }

  /** Records a start whose code begins with the resumption. */
  holdStart(event: EventBody<ExecutionStarted>): void {
    this.noteStart(event);
    this.arrivals.isSuspended = true;
    this.arrivals.add(event);
  }

  /** Records a start whose code never runs, because the same turn terminates it. */
  noteStart(event: EventBody<ExecutionStarted>): void {
    this.started = event;
    this.customStatus = event.customStatus;
    for (const { messageId, seenAt } of event.seenMessages ?? []) this.#noteSeen(messageId, seenAt);
  }

  /** Records that the engine ended the instance; its code does not run. */
  failByEngine(failure: FailureDetails): void {
    this.#end = { kind: "failed", failure };
  }

  /** To be called when the promises of the last fed event have settled: finds code that waits for nothing durable. */
  settled(): void {
    if (this.#bug !== undefined) throw this.#bug;
    if (this.#end !== undefined || this.#awaits > 0 || this.violation !== undefined) return;
    this.violation = foreignWait(this.setup.instanceId, this.lastEventId + 1);
  }

  /**
   * Records that the code was caught at something that replay cannot repeat; the instance fails with it, whatever
   * the code does next.
   * @returns false when nothing hangs on the code any more: it has ended, or has failed for this already.
   */
  caught(error: NonDeterminismError): boolean {
    if (this.#end !== undefined || (this.violation !== undefined && !this.#inTurn)) return false;
    if (this.violation === undefined) {
      this.violation = error;
      if (!this.#inTurn) this.setup.onLate?.(error);
    }
    return true;
  }

  /** Ends the turn and gives what was decided in it. */
  endTurn(): TurnDecisions {
    assert(this.#inTurn, "a turn ends once");
    this.#inTurn = false;
    const decisions = this.#decisions;
    if (this.#end !== undefined) this.#entities?.end();
    if (this.#end !== undefined) decisions.push(endDecision(this.#end, this));
    const taken: TurnDecisions = {
      decisions,
      cancelledTimers: this.calls.takeCancelled(),
      customStatus: this.#customStatusChanged ? this.customStatus : undefined,
    };
    this.#decisions = [];
    this.#customStatusChanged = false;
    return taken;
  }

  /** The execution that follows this one: a function of this one's id, so a repeated turn names it again. */
  get nextExecutionId(): string {
    return uuidV5(`${this.setup.executionId}:next`);
  }

  get openTasks(): readonly OpenTask[] {
    const events = this.#externalEvents?.awaited.map((name) => ({ kind: "event" as const, name }));
    return [...this.calls.open, ...this.answers.open, ...(events ?? [])];
  }

  /** External events that nobody waited for, oldest first. */
  get unprocessedEvents(): readonly EventBody<EventRaised>[] {
    return [...(this.#externalEvents?.unprocessed ?? []), ...(this.#arrivals?.ready ?? [])];
  }

  /** Events that wait for others which the same sender sent before. */
  get earlyEvents(): readonly EventBody<EventRaised>[] {
    return this.#arrivals?.early ?? [];
  }

  /** Ids of external messages that were consumed, and when. */
  get seen(): ReadonlyMap<string, number> {
    return this.#seen ?? new Map();
  }

  hasSeen(messageId: string): boolean {
    return this.#seen?.has(messageId) ?? false;
  }

  /** The sub-orchestrations that have not answered yet. */
  get children(): readonly OpenChild[] {
    return this.#subOrchestrations?.children ?? [];
  }

  /** What came and the code has not seen; made when first needed. */
  get arrivals(): Arrivals {
    return (this.#arrivals ??= new Arrivals(this.started?.received));
  }

  get isSuspended(): boolean {
    return this.#arrivals?.isSuspended ?? false;
  }

  /** True when the answer to a task has come, and the code has not seen it. */
  holdsAnswer(taskId: number): boolean {
    return this.#arrivals?.holdsAnswer(taskId) ?? false;
  }

  /** The streams of what this execution sends to others; made when first needed. */
  get sent(): OutboundStreams {
    return (this.#sent ??= new OutboundStreams(this.executionId, this.started?.sent));
  }

  // ——— what the context and the calls ask for ———

  get entities(): EntityCalls {
    return (this.#entities ??= new EntityCalls(this));
  }

  /** Names this execution in what is computed from its id, before and after a rewind alike. */
  get executionId(): string {
    return this.setup.seed ?? this.setup.executionId;
  }

  get defaultVersion(): string | undefined {
    return this.setup.defaultVersion;
  }

  get payloads(): Payloads {
    return this.setup.payloads;
  }

  get log(): CoreLog {
    return this.setup.log;
  }

  assertInTurn(call: string): void {
    if (this.#inTurn) return;
    throw this.#late(`ctx.${call}()`);
  }

  nextTaskId(): number {
    return ++this.#lastTaskId;
  }

  decide(decision: EventBody<DecisionEvent>): void {
    this.#decisions.push(decision);
  }

  runUserCode<T>(step: () => T): T {
    const { run, watch } = this.setup;
    return run(this, watch === undefined ? step : () => watch(step));
  }

  /** Made when first needed, as what follows is. */
  get events(): ExternalEvents {
    return (this.#externalEvents ??= new ExternalEvents(this, this.payloads));
  }

  get chance(): Chance {
    return (this.#chance ??= new Chance(`${this.setup.instanceId}:${this.executionId}`));
  }

  get subOrchestrations(): SubOrchestrationCalls {
    return (this.#subOrchestrations ??= new SubOrchestrationCalls(this));
  }

  continueAsNew(input: unknown, options: ContinueAsNewOptions): void {
    this.sections.assertMayContinueAsNew();
    this.#continuation = {
      input: this.payloads.write(input, "input of continueAsNew"),
      preserve: options.preserveUnprocessedEvents ?? true,
    };
  }

  setCustomStatus(status: unknown): void {
    this.customStatus = this.payloads.writeCustomStatus(status);
    this.#customStatusChanged = true;
  }

  awaitBegan(): void {
    if (!this.#inTurn && this.isAsync) this.#late("await");
    this.#awaits += 1;
  }

  awaitEnded(): void {
    this.#awaits -= 1;
  }

  // ——— inside ———

  #isOpen(answer: EventBody<AnswerEvent>): boolean {
    switch (answer.type) {
      case "TaskCompleted":
      case "TaskFailed":
        return this.calls.isOpen(answer.taskId, "activity");
      case "TimerFired":
        return this.calls.isOpen(answer.taskId, "timer");
      default:
        return this.answers.isOpen(answer.taskId, kindAnsweredBy(answer.type));
    }
  }

  /** Shows the code an event. */
  #deliver(event: EventBody<ExecutionStarted | AnswerEvent | EventRaised>): void {
    switch (event.type) {
      case "ExecutionStarted":
        this.#start(event);
        return;
      case "TaskCompleted":
      case "TaskFailed":
        this.calls.settle(event);
        break;
      case "TimerFired":
        this.calls.fire(event.taskId);
        break;
      case "EventRaised":
        this.events.deliver(event);
        break;
      default:
        this.answers.settle(event);
    }
    this.#coroutine?.resume();
  }

  #noteSeen(messageId: string, seenAt: number): void {
    (this.#seen ??= new Map()).set(messageId, seenAt);
  }

  #start(event: EventBody<ExecutionStarted>): void {
    this.noteStart(event);
    const context = new ExecutionContext(this, event);
    const { handler, run, watch } = this.setup;
    const input = `input of orchestrator "${event.name}"`;
    const call = (): unknown => handler(context, this.payloads.read(event.input, input) as never);
    const end = {
      completed: (value: unknown) => {
        this.#completed(value);
      },
      failed: (error: unknown) => {
        this.#failed(error);
      },
    };
    const begin = (): Coroutine => beginCoroutine(watch === undefined ? call() : watch(call), end, watch);
    try {
      // A generator makes no promises that would have to be attributed.
      this.#coroutine = isGeneratorFunction(handler) ? begin() : run(this, begin);
    } catch (error) {
      this.#failed(error);
    }
  }

  #completed(value: unknown): void {
    if (!this.#inTurn) {
      this.#late("return");
      return;
    }
    if (this.#end !== undefined) return;
    if (this.#continuation !== undefined) {
      this.#end = { kind: "continued", ...this.#continuation };
      return;
    }
    try {
      const output = this.payloads.write(value, `output of orchestrator "${this.started?.name ?? ""}"`);
      this.#end = { kind: "completed", output };
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof InvariantError) {
      this.#bug = error;
      throw error;
    }
    if (error instanceof NonDeterminismError) this.violation ??= error;
    if (!this.#inTurn) {
      this.#late("throw");
      return;
    }
    if (this.#end !== undefined) return;
    const failure = toFailureDetails(error);
    this.thrown = { error, failure };
    this.#end = { kind: "failed", failure };
  }

  /** The code went on by itself after its turn: something not durable woke it. */
  #late(what: string): NonDeterminismError {
    const error = this.lateError(`${what} outside a turn`);
    if (this.violation === undefined && this.#end === undefined) {
      this.violation = error;
      this.setup.onLate?.(error);
    }
    return error;
  }

  lateError(what: string): NonDeterminismError {
    return lateCode(this.setup.instanceId, this.lastEventId + 1, what);
  }
}
