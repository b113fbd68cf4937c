/**
 * Rewinding a failed execution: which part of its history stands, what is fed to the code once more, and which
 * failures are taken back so that what they answered is asked for anew.
 *
 * Of the last turn, in which the execution failed, what came in is fed again and what was decided is decided again.
 * Of the turns before it, all stands but the failures that the end rests on: those without which the code still makes
 * every recorded decision. So all failures of a `whenAll` are taken back, and the last try of a call that was retried;
 * a failure that the code caught and acted upon stands, for what it did then stands too.
 *
 * Invariant: pure; the history that stands replays to the point from which the execution goes on, under another
 * execution id, by which late answers to the one that failed are told apart. Called by the orchestration processor.
 */
import { uuidV5 } from "./determinism.ts";
import type { Execution } from "./execution.ts";
import type {
  DecisionEvent,
  EventBody,
  ExecutionRewound,
  ExecutionStarted,
  HistoryEvent,
  IncomingEvent,
  SentPlace,
} from "./history.ts";
import { placed } from "./history.ts";
import type { ExecutionStart, RewindOrder } from "./messages.ts";
import { compareDecisions, type NonDeterminismError } from "./nondeterminism.ts";
import { feedAll, recall, recordedTurns } from "./recall.ts";
import type { RecordedTurn, Settle } from "./recall.ts";
import { RewindNotPossibleError } from "./errors.ts";
import { fromFailureDetails } from "./failure.ts";
import { placesOf, streamsAfter } from "./sent-places.ts";

/** What becomes of the history of an execution that failed. */
export interface RewindPlan {
  /** How the execution begins under its new id. */
  readonly start: ExecutionStart;
  /** The turns that stand. */
  readonly history: readonly HistoryEvent[];
  readonly turn: RewoundTurn;
}

/** What the turn that goes on is fed before its messages, and what it takes over. */
export interface RewoundTurn {
  readonly event: EventBody<ExecutionRewound>;
  readonly refed: readonly EventBody<IncomingEvent>[];
  /** The decisions that stand; those whose tasks are open are carried out anew. */
  readonly decisions: readonly EventBody<DecisionEvent>[];
  /** What was decided in the turn that failed: kept where the engine ends the execution again at once. */
  readonly failed: readonly EventBody<DecisionEvent>[];
}

type Failure = Extract<
  IncomingEvent,
  { readonly type: "TaskFailed" | "SubOrchestrationInstanceFailed" | "EntityOperationFailed" }
>;

/** What a rewind starts from: the recorded turns, the last of which ended the execution. */
interface Recorded {
  readonly turns: readonly RecordedTurn[];
  readonly last: RecordedTurn;
  readonly start: ExecutionStart;
  readonly order: RewindOrder;
  readonly previousExecutionId: string;
}

function read(history: readonly HistoryEvent[], start: ExecutionStart, order: RewindOrder): Recorded {
  const turns = [...recordedTurns(history)];
  const last = turns.pop() ?? { time: 0, incoming: [], decisions: [], endEventId: 0 };
  return { turns, last, order, start: startAgain(start, order, last), previousExecutionId: start.event.executionId };
}

/** What was to be carried over, and was not fed before the first turn failed, is still to come. */
function startAgain(
  { event, carriedEvents, suspended }: ExecutionStart,
  order: RewindOrder,
  last: RecordedTurn,
): ExecutionStart {
  const isFirst = last.incoming[0]?.type === "ExecutionStarted";
  const fed = new Set(last.incoming.map((incoming) => ("messageId" in incoming ? incoming.messageId : "")));
  return {
    event: {
      ...event,
      executionId: uuidV5(`${event.executionId}:rewound:${order.requestId}`),
      seed: event.seed ?? event.executionId,
    },
    carriedEvents: isFirst ? carriedEvents.filter(({ messageId }) => !fed.has(messageId)) : [],
    ...(isFirst && suspended !== undefined && !fed.has(suspended.messageId) ? { suspended } : {}),
  };
}

/**
 * Plans a rewind. `begin` makes a fresh execution of the code from a start.
 * @returns the plan; or why there is none: the code does not agree with what stands, or locks were lost.
 */
export async function planRewind(
  history: readonly HistoryEvent[],
  instance: { readonly start: ExecutionStart; readonly order: RewindOrder },
  begin: (start: ExecutionStart) => Execution,
  settle: Settle,
): Promise<RewindPlan | NonDeterminismError | RewindNotPossibleError> {
  const recorded = read(history, instance.start, instance.order);
  const { start, last } = recorded;
  const lost = whatIsLost(recorded);
  if (lost !== undefined) return new RewindNotPossibleError(start.event.instanceId, lost, failureOf(last));
  const whole = begin(start);
  const difference = await recall(whole, standing(recorded, new Set()), settle);
  if (difference !== undefined) return difference;
  // Code that was mended may decide otherwise in the last turn, which is decided anew in any case.
  const isLastComparable = (await feedLast(whole, last, new Set(), settle)) === "agrees";
  let isRepeated = isLastComparable;
  const agreesWithout = async (removed: ReadonlySet<IncomingEvent>): Promise<boolean> => {
    const execution = begin(start);
    if ((await recall(execution, standing(recorded, removed), settle)) !== undefined) return false;
    const outcome = await feedLast(execution, last, removed, settle);
    if (outcome !== "agrees" && (outcome !== "differs" || isLastComparable)) return false;
    isRepeated = outcome === "agrees";
    return true;
  };
  const removed = await largestRemovable(candidates(recorded), agreesWithout);
  return planned(recorded, removed, isRepeated ? [] : placesOf(last.decisions));
}

/** The plan of a rewind that ends at once, because the engine cannot run the code: nothing is taken back. */
export function refusedRewind(history: readonly HistoryEvent[], start: ExecutionStart, order: RewindOrder): RewindPlan {
  const plan = planned(read(history, start, order), new Set());
  return { ...plan, turn: { ...plan.turn, event: { ...plan.turn.event, isRefused: true } } };
}

function planned(recorded: Recorded, removed: ReadonlySet<IncomingEvent>, sent: readonly SentPlace[] = []): RewindPlan {
  const { turns, last, start, order, previousExecutionId } = recorded;
  const resent = turns.flatMap(({ decisions }) => decisions.filter((one) => one.type === "EntityOperationCalled"));
  const refused = new Set([...removed].flatMap((one) => (one.type === "EntityOperationFailed" ? [one.taskId] : [])));
  const operations = resent.filter(({ taskId }) => refused.has(taskId));
  const event: EventBody<ExecutionRewound> = {
    type: "ExecutionRewound",
    messageId: order.requestId,
    previousExecutionId,
    ...(order.reason === undefined ? {} : { reason: order.reason }),
    ...(operations.length === 0 ? {} : { resent: operations.map(({ taskId, entityId }) => ({ taskId, entityId })) }),
    ...(sent.length === 0 || turns.length === 0 ? {} : { sent }),
  };
  const refed = last.incoming
    .filter((one) => !removed.has(one) && one.type !== "ExecutionStarted" && one.type !== "ExecutionRewound")
    .map((one) => bodyOf(one) as EventBody<IncomingEvent>);
  const decisions = turns.flatMap((turn) => turn.decisions.map((one) => bodyOf(one) as EventBody<DecisionEvent>));
  const suspended = start.suspended === undefined ? [] : [start.suspended];
  return {
    start: { event: turns.length === 0 ? startAfter(start.event, sent) : start.event, carriedEvents: [] },
    history: standing(recorded, removed),
    turn: {
      event,
      refed: [...suspended, ...refed, ...start.carriedEvents],
      decisions,
      failed: last.decisions.filter(isOfTurn).map((one) => bodyOf(one) as EventBody<DecisionEvent>),
    },
  };
}

/** Code that begins again is fed its start before all else, so that is what says which places are taken. */
function startAfter(event: ExecutionStart["event"], places: readonly SentPlace[]): ExecutionStart["event"] {
  return places.length === 0 ? event : { ...event, sent: streamsAfter(event.sent, places) };
}

/** The failures that may be taken back, the latest first: but not those of tries that another try followed. */
function candidates({ turns, last }: Recorded): readonly Failure[] {
  const all = [...turns, last];
  const calls = new Map<number, string>();
  const lastTry = new Map<string, number>();
  for (const decision of all.flatMap(({ decisions }) => decisions)) {
    if (decision.type !== "TaskScheduled") continue;
    calls.set(decision.taskId, decision.idempotencyKey);
    lastTry.set(decision.idempotencyKey, decision.taskId);
  }
  return all
    .flatMap(({ incoming }) => incoming.filter(isFailure))
    .filter(({ taskId }) => {
      const call = calls.get(taskId);
      return call === undefined || lastTry.get(call) === taskId;
    })
    .reverse();
}

function isFailure(event: IncomingEvent): event is Failure {
  const { type } = event;
  return type === "TaskFailed" || type === "SubOrchestrationInstanceFailed" || type === "EntityOperationFailed";
}

/**
 * The failures that can all be taken back together, found by halves: a few replays where most go or few stay. The
 * latest are tried first.
 */
async function largestRemovable(
  failures: readonly Failure[],
  agreesWithout: (removed: ReadonlySet<IncomingEvent>) => Promise<boolean>,
): Promise<ReadonlySet<IncomingEvent>> {
  let removed: ReadonlySet<IncomingEvent> = new Set();
  const take = async (some: readonly Failure[]): Promise<void> => {
    if (some.length === 0) return;
    const more = new Set([...removed, ...some]);
    if (await agreesWithout(more)) {
      removed = more;
      return;
    }
    if (some.length === 1) return;
    const half = some.length >> 1;
    await take(some.slice(0, half));
    await take(some.slice(half));
  };
  await take(failures);
  return removed;
}

/** The turns before the last without what is taken back, as a history under the new execution id. */
function standing({ turns, start }: Recorded, removed: ReadonlySet<IncomingEvent>): readonly HistoryEvent[] {
  const history: HistoryEvent[] = [];
  for (const { time, incoming, decisions } of turns) {
    const left = incoming.filter((one) => !removed.has(one));
    if (left.length === 0 && decisions.length === 0 && incoming.length > 0) continue;
    const add = (body: EventBody): void => {
      history.push(placed(body, history.length + 1, time));
    };
    add({ type: "OrchestratorStarted" });
    for (const one of left) add(one.type === "ExecutionStarted" ? startEventOf(one, start) : bodyOf(one));
    for (const one of decisions) add(bodyOf(one));
    add({ type: "OrchestratorCompleted" });
  }
  return history;
}

function startEventOf(recorded: ExecutionStarted, { event }: ExecutionStart): EventBody<ExecutionStarted> {
  const { eventId: _, timestamp: __, ...body } = recorded;
  const { executionId, seed, parent } = event;
  return {
    ...body,
    executionId,
    ...(seed === undefined ? {} : { seed }),
    ...(parent === undefined ? {} : { parent }),
  };
}

function bodyOf(event: HistoryEvent): EventBody {
  const { eventId: _, timestamp: __, ...body } = event;
  return body;
}

/** Feeds what stands of the last turn, and compares what is decided with what was, up to the end. */
async function feedLast(
  execution: Execution,
  last: RecordedTurn,
  removed: ReadonlySet<IncomingEvent>,
  settle: Settle,
): Promise<"agrees" | "differs" | "impossible"> {
  if (execution.end !== undefined) return "impossible";
  execution.beginTurn(last.time, true);
  const left = last.incoming.filter((one) => !removed.has(one));
  const unexpected = await feedAll(execution, left, settle);
  const decided = execution.endTurn().decisions.filter(isOfCode);
  if (unexpected !== undefined || execution.violation !== undefined) return "differs";
  const recorded = last.decisions.filter(isOfCode);
  const difference = compareDecisions({
    instanceId: execution.setup.instanceId,
    recorded,
    decided: decided.slice(0, recorded.length),
    endEventId: last.endEventId,
  });
  return difference === undefined ? "agrees" : "differs";
}

/** False for the end of the execution, and for the unlocks that come with it. */
function isOfCode(decision: EventBody<DecisionEvent>): boolean {
  return isOfTurn(decision) && decision.type !== "EntityUnlockSent";
}

/** False for the end of the execution. */
function isOfTurn({ type }: EventBody<DecisionEvent>): boolean {
  return type !== "ExecutionCompleted";
}

/** What the execution failed with, before rewinds that were refused. */
function failureOf({ decisions }: RecordedTurn): Error | undefined {
  const end = decisions.at(-1);
  const failure = end?.type === "ExecutionCompleted" ? end.failure : undefined;
  const first = failure?.code === "REWIND_NOT_POSSIBLE" ? failure.innerFailure : failure;
  return first === undefined ? undefined : fromFailureDetails(first);
}

/**
 * Locks were given back when the execution failed, so what it read under them may be true no more. Answers of entities
 * to it are gone, and to ask again could apply an operation twice. Where it had either, no going on could be right;
 * why, as a sentence about the instance.
 */
function whatIsLost({ turns, last }: Recorded): string | undefined {
  const open = new Map<number | string, string>();
  const endsOfLast = last.decisions.filter(({ type }) => type !== "EntityUnlockSent");
  const standing = turns.flatMap(({ incoming, decisions }) => [...incoming, ...decisions]);
  for (const event of [...standing, ...last.incoming, ...endsOfLast]) {
    switch (event.type) {
      case "EntityOperationCalled":
        open.set(event.taskId, `it had not got the answer of ${event.entityId} to "${event.operation}"`);
        break;
      case "EntityOperationCompleted":
      case "EntityOperationFailed":
        open.delete(event.taskId);
        break;
      case "EntityLockRequested":
        open.set(event.criticalSectionId, `it had asked for the locks of ${event.lockSet.join(", ")}`);
        break;
      case "EntityLockGranted": {
        const asked = open.get(event.criticalSectionId);
        if (asked !== undefined) open.set(event.criticalSectionId, asked.replace("had asked for", "held"));
        break;
      }
      case "EntityUnlockSent":
        open.delete(event.criticalSectionId);
        break;
      default:
    }
  }
  const [why] = open.values();
  return why;
}
