/**
 * O14: work is bounded. Nothing goes round in circles, and nothing grows by itself.
 *
 * Invariant: the same work is not handed out again and again without a result, least of all where nothing disturbs it;
 * turns that change nothing do not follow one another; no message is passed over for ever by messages that came after
 * it; a history grows only by what an orchestrator is fed, and what is kept of streams only by what comes
 * (`bounded-memory.ts`). That what begins also comes to rest is the business of O11.
 */
import type { ActivityWorkItem, HistoryEvent, OrchestrationWorkItem, TurnCommit } from "dacapo/backend";
import type { InstanceBefore, PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Circumstances } from "./all-oracles.ts";
import { BoundedMemory } from "./bounded-memory.ts";
import type { Oracle, Violation } from "./oracle.ts";
import { VersionRules } from "./version-rules.ts";

const ID = "O14";

/** So many times the same work, without a result: far more than all faults of a run together can bring about. */
const HANDOUTS_MAX = 100;

/** So many times the same work, without a result and without a fault that could explain why there is none. */
const UNDISTURBED_HANDOUTS_MAX = 12;

/** So many times at one and the same time to workers that are to leave it to others. */
const LEFT_AT_ONCE_MAX = 20;

/** So many turns of an instance, one after the other, that neither take a message nor record anything. */
const IDLE_TURNS_MAX = 20;

/** So many turns that leave a message where it is, although they take one that stood behind it. */
const PASSED_OVER_MAX = 20;

/** The history of an execution that goes on has at most so many events, unless the hub says otherwise. */
const HISTORY_EVENTS_MAX = 100_000;

type Knows = Pick<Circumstances, "versioning" | "maxDeliveryCount" | "historyEventsMax">;

export function boundedWorkOracle(knows: Knows = {}): Oracle {
  const { versioning = [], maxDeliveryCount, historyEventsMax = HISTORY_EVENTS_MAX } = knows;
  const calls = new CallReader();
  const treadmill = new Treadmill(new VersionRules(versioning));
  const queues = new PassedOver();
  const memory = new BoundedMemory(maxDeliveryCount);
  const take = (call: PortCall): readonly Violation[] => {
    if (call.type === "turn" && call.refusedWith === undefined && call.firstDoneAt === undefined) {
      const { commit, before } = call;
      const problem =
        problemWithGrowth(commit.events) ??
        problemWithLength(commit, before, historyEventsMax) ??
        memory.take(commit, before) ??
        queues.take(commit, before) ??
        treadmill.takeTurn(commit);
      return problem === undefined ? NOTHING : violation(commit.lock.key, `instance "${commit.lock.key}" ${problem}`);
    }
    return treadmill.take(call);
  };
  return {
    id: ID,
    title: "work is bounded: nothing goes round in circles, and no history grows by itself",
    observe: ({ committed }) => calls.judge(committed.calls, take),
  };
}

/** What is recorded although nothing happened, as the end of a sentence about the instance. */
function problemWithGrowth(events: readonly HistoryEvent[]): string | undefined {
  const happened = events.some(({ type }) => type !== "OrchestratorStarted" && type !== "OrchestratorCompleted");
  return happened || events.length === 0 ? undefined : "recorded a turn in which nothing happened";
}

/** A history beyond the hub's limit, of an execution that goes on. */
function problemWithLength(
  { status, next, rewritten, events }: TurnCommit,
  before: InstanceBefore | undefined,
  eventsMax: number,
): string | undefined {
  const goesOn = next === undefined && (status.runtimeStatus === "Running" || status.runtimeStatus === "Suspended");
  const length = (rewritten?.history.length ?? before?.historyLength ?? 0) + events.length;
  if (!goesOn || events.length === 0 || length <= eventsMax) return undefined;
  return `goes on with a history of ${length} events, and the limit is ${eventsMax}`;
}

/** How often work was handed out since something came of it. */
interface Handouts {
  total: number;
  /** Since a fault last hit it, or whoever had it. */
  undisturbed: number;
  worker: string;
}

/** Counts what goes round in circles. */
class Treadmill {
  readonly #handouts = new Map<string, Handouts>();
  readonly #idleTurns = new Map<string, number>();
  readonly #rules: VersionRules;
  /** When work was last handed to a worker that leaves it to others, by key, and how often at that time. */
  readonly #left = new Map<string, { readonly now: number; readonly times: number }>();

  constructor(rules: VersionRules) {
    this.#rules = rules;
  }

  /** A turn was committed. Says what goes round, as the end of a sentence about the instance. */
  takeTurn({ lock: { key }, events, consumed, next }: TurnCommit): string | undefined {
    this.#handouts.delete(key);
    if (events.length > 0 || consumed.length > 0 || next !== undefined) {
      this.#idleTurns.delete(key);
      return undefined;
    }
    const count = (this.#idleTurns.get(key) ?? 0) + 1;
    this.#idleTurns.set(key, count);
    return count === IDLE_TURNS_MAX ? `has had ${IDLE_TURNS_MAX} turns in a row that changed nothing` : undefined;
  }

  take(call: PortCall): readonly Violation[] {
    switch (call.type) {
      case "fetch":
        if (this.#rules.isToLeave(call)) return this.#leave(call);
        return this.#handOut(call.item, call.options.workerId);
      case "answer":
        if (call.refusedWith === undefined) this.#handouts.delete(call.commit.lock.key);
        return NOTHING;
      case "disturbance":
        this.#disturb(call);
        return NOTHING;
      default:
        return NOTHING;
    }
  }

  /** A worker gives back what it is to leave to others as often as it gets it, and lets them have time to take it. */
  #leave({ item: { lock }, now }: Extract<PortCall, { readonly type: "fetch" }>): readonly Violation[] {
    const last = this.#left.get(lock.key);
    const times = last?.now === now ? last.times + 1 : 1;
    this.#left.set(lock.key, { now, times });
    if (times !== LEFT_AT_ONCE_MAX) return NOTHING;
    const message = `instance "${lock.key}" was handed out ${times} times in a row, at once, to workers that leave it to others`;
    return violation(lock.key, message);
  }

  #handOut(item: OrchestrationWorkItem | ActivityWorkItem, worker: string): readonly Violation[] {
    const { key } = item.lock;
    const { total = 0, undisturbed = 0 } = this.#handouts.get(key) ?? {};
    const counts = { total: total + 1, undisturbed: undisturbed + 1, worker };
    this.#handouts.set(key, counts);
    if (counts.total !== HANDOUTS_MAX && counts.undisturbed !== UNDISTURBED_HANDOUTS_MAX) return NOTHING;
    const instanceId = "work" in item ? item.work.instanceId : key;
    const what = "work" in item ? `activity "${item.work.name}" of instance "${instanceId}"` : `instance "${key}"`;
    const inVain = "and nothing ever comes of it";
    const message =
      counts.total === HANDOUTS_MAX
        ? `${what} was handed out ${HANDOUTS_MAX} times, ${inVain}`
        : `${what} was handed out ${counts.undisturbed} times in a row with nothing in its way, ${inVain}`;
    return violation(instanceId, message);
  }

  #disturb({ workers, keys }: Extract<PortCall, { readonly type: "disturbance" }>): void {
    for (const [key, counts] of this.#handouts) {
      const isHit = workers === "all" || workers.includes(counts.worker) || keys.includes(key);
      if (isHit) counts.undisturbed = 0;
    }
  }
}

/** Counts how often messages are left where they are. */
class PassedOver {
  readonly #counts = new Map<string, number>();

  take(commit: TurnCommit, before: InstanceBefore | undefined): string | undefined {
    const { consumed, next, lock } = commit;
    // At continue-as-new what was not fed is left to the next execution, in whatever order it stands.
    if (before === undefined || next !== undefined || consumed.length === before.batch.length) return undefined;
    const taken = new Set(consumed);
    const last = before.batch.findLastIndex(({ messageId }) => taken.has(messageId));
    for (const { messageId, body } of before.batch.slice(0, Math.max(last, 0))) {
      if (taken.has(messageId)) continue;
      const name = `${lock.key} ${messageId}`;
      const count = (this.#counts.get(name) ?? 0) + 1;
      this.#counts.set(name, count);
      if (count === PASSED_OVER_MAX)
        return `has left a message (${body.type}) in its queue in ${count} turns that took later ones`;
    }
    return undefined;
  }
}

const NOTHING: readonly Violation[] = [];

function violation(instanceId: string, message: string): readonly Violation[] {
  return [{ oracle: ID, instanceId, message }];
}
