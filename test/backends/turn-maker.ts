/**
 * Makes turns, and what they send, from dice: whatever a turn may change, in any mixture.
 *
 * Invariant: a turn keeps the contract of a work item (its events go on where the history ends, an entity's turn gives its
 * data), because a store may take that for granted; everything else is chance. The same id always names the same thing.
 */
import type { MemoryStore } from "../../src/backends/memory/index.ts";
import type { EntityData } from "../../src/core/entity-data.ts";
import type { EventBody, ExecutionStarted } from "../../src/core/history.ts";
import type {
  ActivityWork,
  ChildRewind,
  ExecutionStart,
  InstanceMessage,
  InstanceStart,
} from "../../src/core/messages.ts";
import { isTerminal } from "../../src/core/status.ts";
import type { RuntimeStatus } from "../../src/core/status.ts";
import type { OrchestrationWorkItem, StatusUpdate, TurnCommit } from "../../src/ports/backend.ts";
import { activityOf, startOf, timerOf, turnEvents } from "../../src/testing/stage.ts";
import type { Dice } from "./dice.ts";
import type { Pair } from "./lockstep.ts";

const ORCHESTRATIONS = ["a", "b", "c", "d\u{1F3BC}", "e\uFFFD"] as const;
const ENTITIES = ["@counter@1", "@counter@\uE000"] as const;
const IDS = [...ORCHESTRATIONS, ...ENTITIES];
const STATUSES: readonly RuntimeStatus[] = ["Running", "Completed", "Failed", "Suspended", "Terminated", "Running"];
const BRACKETS: readonly EventBody[] = [{ type: "OrchestratorStarted" }, { type: "OrchestratorCompleted" }];

/** What the parts of one turn are made from. */
interface Making {
  readonly item: OrchestrationWorkItem;
  readonly dice: Dice;
  readonly now: number;
  /** The execution that goes on: another one where the turn rewrites the history. */
  readonly executionId: string;
}

export class TurnMaker {
  readonly #memory: MemoryStore;
  readonly #messages: InstanceMessage[] = [];
  readonly #starts: InstanceStart[] = [];
  #count = 0;

  constructor(memory: MemoryStore) {
    this.#memory = memory;
  }

  /** Of an orchestration as a rule. */
  instanceId(dice: Dice): string {
    return IDS[dice.roll(IDS.length)] ?? "a";
  }

  /** What an execution may begin with. */
  beginning(dice: Dice): Partial<EventBody<ExecutionStarted>> {
    const parent = [...this.#memory.instances()][dice.roll(6)]?.record;
    const isChild = parent !== undefined && dice.roll(2) === 1;
    return {
      ...(isChild ? { parent: { ...parent, instanceId: parent.instanceId, taskId: dice.roll(3) } } : {}),
      ...(dice.roll(3) === 1 ? { input: JSON.stringify(`input ${dice.roll(9)}`) } : {}),
      ...(dice.roll(4) === 1 ? { version: `1.${dice.roll(3)}` } : {}),
      ...(dice.roll(4) === 1 ? { tags: { 'a "tag"\n': `${dice.roll(3)}`, é: "" } } : {}),
    };
  }

  /** To anybody, new or sent before. */
  message(dice: Dice, now: number): InstanceMessage {
    const again = dice.roll(5) === 1 ? this.#messages.at(-1 - dice.roll(5)) : undefined;
    if (again !== undefined) return again;
    const instanceId = this.instanceId(dice);
    const id = this.#next("message");
    const dueTime = dice.roll(4) === 1 ? { dueTime: now + dice.roll(40) - 5 } : {};
    const message: InstanceMessage = instanceId.startsWith("@")
      ? {
          messageId: id,
          instanceId,
          ...dueTime,
          ...(dice.roll(4) === 1 ? {} : { birth: { name: "counter", incarnation: `life-${id}` } }),
          body: { type: "EntityOperationSignaled", operation: "add", input: "1" },
        }
      : { messageId: id, instanceId, ...dueTime, body: { type: "EventRaised", name: "é\u0000\uD800", input: '"x"' } };
    this.#messages.push(message);
    return message;
  }

  turn({ memory: item, other }: Pair<OrchestrationWorkItem>, dice: Dice, now: number): Pair<TurnCommit> {
    const isEntity = item.instance.kind === "entity";
    const commit = isEntity ? this.#entityTurn(item, dice, now) : this.#orchestratorTurn(item, dice, now);
    return { memory: commit, other: { ...commit, lock: other.lock } };
  }

  #entityTurn(item: OrchestrationWorkItem, dice: Dice, now: number): TurnCommit {
    const making = { item, dice, now, executionId: item.instance.executionId };
    const entity: EntityData = {
      ...(dice.roll(2) === 0 ? { state: `${dice.roll(9)}` } : {}),
      waiting: [],
      held: [],
      received: [],
      sent: [],
      lastOperationAt: now,
    };
    const status = { runtimeStatus: "Running", lastUpdatedAt: now } as const;
    return { ...this.#nothing(making), ...this.#sent(making), entity, status };
  }

  #orchestratorTurn(item: OrchestrationWorkItem, dice: Dice, now: number): TurnCommit {
    const rewritten = item.rewind === undefined ? undefined : this.#rewritten(item, dice);
    const executionId = rewritten?.start.event.executionId ?? item.instance.executionId;
    const making = { item, dice, now, executionId };
    const isReset = item.lastEventId === 0 && rewritten === undefined && dice.roll(6) === 5;
    const after = rewritten?.history.length ?? item.lastEventId;
    const events = isReset ? [] : turnEvents({ ...item, lastEventId: after });
    const made = this.#status(dice, now);
    // What has not begun has not ended either.
    const status = isReset && isTerminal(made.runtimeStatus) ? { ...made, runtimeStatus: "Pending" as const } : made;
    const isNext = !isReset && !isTerminal(status.runtimeStatus) && dice.roll(5) === 1;
    const next =
      isReset || isNext ? this.#start(item, isReset ? executionId : this.#next("execution"), making) : undefined;
    return {
      ...this.#nothing(making),
      ...this.#sent(making),
      ...this.#scheduled(making),
      events,
      status,
      ...(rewritten === undefined ? {} : { rewritten }),
      ...(next === undefined ? {} : { next }),
    };
  }

  /** A turn that only takes messages out of the queue. */
  #nothing({ item, dice, now }: Making): TurnCommit {
    const isPart = dice.roll(4) === 1;
    return {
      requestId: this.#next("commit"),
      lock: item.lock,
      consumed: item.messages.filter(() => !isPart || dice.roll(2) === 0).map((message) => message.messageId),
      events: [],
      activities: [],
      timers: [],
      messages: [],
      starts: [],
      cancelledTimers: [],
      status: { runtimeStatus: "Running", lastUpdatedAt: now },
    };
  }

  #rewritten(item: OrchestrationWorkItem, dice: Dice): NonNullable<TurnCommit["rewritten"]> {
    const executionId = this.#next("execution");
    const bodies = Array.from({ length: dice.roll(3) }, () => BRACKETS).flat();
    const history = bodies.map((body, i) => ({ ...body, eventId: i + 1, timestamp: item.now }));
    const { event, ...rest } = item.start;
    return { start: { ...rest, event: { ...event, executionId, seed: event.seed ?? event.executionId } }, history };
  }

  #start(item: OrchestrationWorkItem, executionId: string, { dice, now }: Making): ExecutionStart {
    const { parent } = item.start.event;
    const start = startOf(item.instance.instanceId, executionId);
    const { parent: _other, ...beginning } = this.beginning(dice);
    const event = { ...start.event, ...beginning, ...(parent === undefined ? {} : { parent }) };
    const carriedEvents = dice.roll(3) === 1 ? [{ type: "EventRaised", name: "e", messageId: "m" } as const] : [];
    return { event, carriedEvents, ...(dice.roll(4) === 1 ? { startAt: now + dice.roll(20) } : {}) };
  }

  #status(dice: Dice, now: number): StatusUpdate {
    const failure = { errorType: "Error", errorMessage: "é\u0000", isNonRetriable: true };
    return {
      runtimeStatus: STATUSES[dice.roll(STATUSES.length)] ?? "Running",
      lastUpdatedAt: now,
      ...(dice.roll(3) === 1 ? { output: JSON.stringify(dice.roll(9)) } : {}),
      ...(dice.roll(3) === 1 ? { customStatus: '"half way"' } : {}),
      ...(dice.roll(3) === 1 ? { failure } : {}),
    };
  }

  /** What an orchestration asks of the workers and of time. */
  #scheduled(making: Making): Pick<TurnCommit, "activities" | "timers" | "cancelledTimers"> {
    const { item, dice, now, executionId } = making;
    const queue = this.#memory.queue(item.instance.instanceId).map(({ message }) => message);
    const waiting = queue.filter(({ body }) => body.type === "TimerFired").map(({ messageId }) => messageId);
    const activities: ActivityWork[] = [];
    for (let left = dice.roll(3); left > 0; left--) {
      const { input: _input, ...bare } = { ...activityOf(item, ++this.#count), executionId };
      activities.push(
        dice.roll(3) === 1 ? bare : activityOf({ ...item, instance: { ...item.instance, executionId } }, ++this.#count),
      );
    }
    const timers: InstanceMessage[] = [];
    for (let left = dice.roll(3); left > 0; left--) {
      const instance = { ...item.instance, executionId };
      timers.push(timerOf({ ...item, instance }, now + dice.roll(40) - 5, ++this.#count));
    }
    const own = timers.filter(() => dice.roll(5) === 1).map(({ messageId }) => messageId);
    return { activities, timers, cancelledTimers: [...own, ...waiting.filter(() => dice.roll(3) === 1)] };
  }

  /** What goes to others. */
  #sent(making: Making): Pick<TurnCommit, "messages" | "starts" | "rewinds"> {
    const { dice, now } = making;
    const many = <T>(make: () => T): readonly T[] => Array.from({ length: Math.max(0, dice.roll(5) - 2) }, make);
    const rewinds = many(() => this.#childRewind(making));
    return {
      messages: many(() => this.message(dice, now)),
      starts: many(() => this.#childStart(making)),
      ...(rewinds.length === 0 ? {} : { rewinds }),
    };
  }

  #childStart({ item, dice, executionId }: Making): InstanceStart {
    const again = dice.roll(4) === 1 ? this.#starts.at(-1 - dice.roll(3)) : undefined;
    if (again !== undefined) return again;
    const instanceId = ORCHESTRATIONS[dice.roll(ORCHESTRATIONS.length)] ?? "a";
    const incarnation = this.#next("child");
    const taskId = ++this.#count;
    const { input: _input, parent: _parent, ...beginning } = this.beginning(dice);
    const parent = { instanceId: item.instance.instanceId, executionId, name: "play", taskId };
    const start = startOf(instanceId, incarnation);
    const replaces = dice.roll(3) === 1 ? this.#memory.getInstance(instanceId)?.incarnation : undefined;
    const made: InstanceStart = {
      instanceId,
      incarnation,
      start: { ...start, event: { ...start.event, ...beginning, parent } },
      ...(replaces === undefined ? {} : { replaces }),
      ...(dice.roll(3) === 1 ? {} : { refusal: childFailed(parent) }),
    };
    this.#starts.push(made);
    return made;
  }

  /** Of a child that has such a parent, as a rule. */
  #childRewind({ item, dice, executionId }: Making): ChildRewind {
    const { instanceId } = item.instance;
    const children = [...this.#memory.instances()].filter(({ start }) => start.event.parent?.instanceId === instanceId);
    const child = children[dice.roll(Math.max(children.length, 1))];
    const known = child?.start.event.parent;
    const parent = { instanceId, executionId, name: "play", taskId: known?.taskId ?? 0 };
    return {
      instanceId: child?.record.instanceId ?? this.instanceId(dice),
      incarnation: dice.roll(4) === 1 ? "another" : (child?.record.incarnation ?? "none"),
      parent,
      order: { requestId: this.#next("order"), ...(dice.roll(2) === 1 ? { reason: "mended" } : {}) },
      lost: childFailed(parent),
    };
  }

  #next(what: string): string {
    return `${what}-${++this.#count}`;
  }
}

function childFailed(parent: { readonly instanceId: string; readonly executionId: string; readonly taskId: number }) {
  const { instanceId, executionId, taskId } = parent;
  const failure = { errorType: "Error", errorMessage: "no" };
  const body = { type: "SubOrchestrationInstanceFailed", taskId, failure } as const;
  return { messageId: `${executionId}:${taskId}`, instanceId, executionId, body };
}
