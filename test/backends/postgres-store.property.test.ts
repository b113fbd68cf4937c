/**
 * The hub in PostgreSQL is the memory store in a database: whatever two handles of it are asked, in any order and at one time,
 * both say and keep the same. A handle goes by what it knows of rows (`images.ts`), and the other changes them meanwhile.
 */
import fc from "fast-check";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import type { ActivityWork } from "../../src/core/messages.ts";
import type {
  ActivityWorkItem,
  CreateInstanceRequest,
  Lock,
  OrchestrationWorkItem,
  TurnCommit,
} from "../../src/ports/backend.ts";
import { answerTo, startOf } from "../../src/testing/stage.ts";
import { Dice } from "./dice.ts";
import type { Pair } from "./lockstep.ts";
import { serverOfFile } from "./server-of-file.ts";
import { TurnMaker } from "./turn-maker.ts";
import { orderOf, outcomeOf, TwoHandles, type Both } from "./two-handles.ts";

const server = serverOfFile();
let pool: pg.Pool;

beforeAll(() => {
  pool = server.newPool(12);
});

const MOVES = ["create", "send", "turn", "answer", "abandon", "abandonActivity", "renewActivity", "purge"] as const;
type Move = (typeof MOVES)[number];

const WEIGHTS: Readonly<Record<Move, number>> = {
  ...{ create: 2, send: 2, turn: 8, answer: 8, abandon: 1, abandonActivity: 1, renewActivity: 1, purge: 1 },
};

const rolls = fc.array(fc.nat(59), { maxLength: 30, size: "max" });
const move = fc.oneof(...MOVES.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.constant(name) })));

const often = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

/** What one handle is asked at one time, after a pause; an early step is an answer whose turn is run before it is durable. */
const group = fc.record({
  handle: fc.nat(1),
  steps: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
  isEarly: fc.boolean(),
  turns: often,
  activities: often,
  moves: fc.array(fc.tuple(move, rolls), { maxLength: 4, size: "max" }),
  early: rolls,
});

const games = fc.array(group, { minLength: 1, maxLength: 60, size: "max" });

type Group = typeof group extends fc.Arbitrary<infer T> ? T : never;

class Player {
  readonly #hub: TwoHandles;
  readonly #maker: TurnMaker;
  #count = 0;

  constructor(hub: TwoHandles) {
    this.#hub = hub;
    this.#maker = new TurnMaker(hub.memory);
  }

  async play({ handle, steps, isEarly, turns, activities, moves, early }: Group): Promise<void> {
    await this.#hub.advance(steps);
    const calls = moves.flatMap(([name, dice]) => this.#call(name, new Dice(dice), handle) ?? []);
    await this.#hub.together(handle, calls, { turns, activities });
    if (isEarly) await this.#early(handle, new Dice(early));
  }

  #call(move: Move, dice: Dice, handle: number): Both | undefined {
    const { memory, now, activities } = this.#hub;
    // A turn is committed where it was handed out: a lock that is void there may be another's elsewhere.
    const turns = this.#hub.turns[handle] ?? [];
    switch (move) {
      case "create": {
        const request = this.#creation(dice);
        return both(
          move,
          (backend) => backend.createInstance(request),
          () => memory.createInstance(request, now),
        );
      }
      case "send": {
        const message = this.#maker.message(dice, now);
        return both(
          move,
          (backend) => backend.sendMessage(message),
          () => void memory.sendMessage(message, now),
        );
      }
      case "purge": {
        const request = { requestId: this.#id(), instanceId: this.#maker.instanceId(dice) };
        return both(
          move,
          (backend) => backend.purgeInstance(request),
          () => memory.purgeInstance(request, now),
        );
      }
      case "turn": {
        const item = this.#held(turns, dice);
        if (item === undefined) return undefined;
        const commit = dice.roll(4) < 3 ? this.#plain(item) : this.#maker.turn(item, dice, now);
        return both(
          move,
          (backend) => backend.completeOrchestration(commit.other),
          () => memory.completeOrchestration(commit.memory, now),
        );
      }
      case "abandon": {
        const item = this.#held(turns, dice);
        if (item === undefined) return undefined;
        const delayMs = 5 * dice.roll(3);
        return both(
          move,
          (backend) => backend.abandonOrchestration({ lock: item.other.lock, delayMs }),
          () => memory.abandonOrchestration({ lock: item.memory.lock, delayMs }, now),
        );
      }
      default: {
        const item = this.#held(activities, dice);
        if (item === undefined) return undefined;
        const [own, other] = [item.memory.lock, item.other.lock];
        if (move === "answer") {
          const answer = { requestId: this.#id(), message: answerTo(item.memory.work) };
          return both(
            move,
            (backend) => backend.completeActivity({ ...answer, lock: other }),
            () => memory.completeActivity({ ...answer, lock: own }, now),
          );
        }
        if (move === "renewActivity") {
          return both(
            move,
            (backend) => backend.renewActivity(other, 22),
            () => memory.renewActivity(own, 22, now),
          );
        }
        return both(
          move,
          (backend) => backend.abandonActivity({ lock: other, delayMs: 0 }),
          () => memory.abandonActivity({ lock: own, delayMs: 0 }, now),
        );
      }
    }
  }

  /** An activity is answered while a worker fetches, and what that hands out is committed as soon as it is there. */
  async #early(index: number, dice: Dice): Promise<void> {
    const { memory, now, activities } = this.#hub;
    const item = this.#held(activities, dice);
    if (item === undefined) return;
    const handle = this.#hub.handle(index);
    const message = answerTo(item.memory.work);
    if (dice.roll(2) === 1) await this.#disturb(index + 1, message.instanceId);
    const requestId = this.#id();
    const fetched = handle.fetchOrchestrations(orderOf(index));
    const answered = outcomeOf(() => handle.completeActivity({ requestId, lock: item.other.lock, message }));
    const found = await fetched;
    const woken = found.find(({ instance }) => instance.instanceId === message.instanceId);
    const simple = woken === undefined ? undefined : plainTurn(woken, this.#id());
    const turned = simple === undefined ? undefined : outcomeOf(() => handle.completeOrchestration(simple));
    this.#hub.agree({ what: "early answer" }, await answered, () =>
      memory.completeActivity({ requestId, lock: item.memory.lock, message }, now),
    );
    if (simple === undefined || turned === undefined) {
      await this.#hub.takeTurns(index, found);
      return;
    }
    // A lock whose transaction had to be made again was never given.
    const outcome = await turned;
    const isVoid = "code" in outcome;
    this.#hub.count(`early turn: ${isVoid ? "void" : "done"}`);
    const others = found.filter((one) => one !== woken);
    await this.#hub.takeTurns(index, others);
    if (isVoid) return;
    const lock = this.#hub.lockTurn(woken);
    this.#hub.agree({ what: "early commit" }, outcome, () => memory.completeOrchestration({ ...simple, lock }, now));
  }

  #plain({ memory, other }: Pair<OrchestrationWorkItem>): Pair<TurnCommit> {
    const commit = plainTurn(memory, this.#id());
    return { memory: commit, other: { ...commit, lock: other.lock } };
  }

  /** Another handle changes the instance, of which nobody tells the one that goes by what it knows. */
  async #disturb(index: number, instanceId: string): Promise<void> {
    const message = { messageId: this.#id(), instanceId, body: { type: "EventRaised", name: "Event" } } as const;
    const sent = await outcomeOf(() => this.#hub.handle(index).sendMessage(message));
    this.#hub.agree({ what: "disturb" }, sent, () => void this.#hub.memory.sendMessage(message, this.#hub.now));
  }

  #creation(dice: Dice): CreateInstanceRequest {
    const id = this.#id();
    const instanceId = this.#maker.instanceId(dice);
    const start = startOf(instanceId, `execution-${id}`);
    const replaceStatuses = dice.roll(3) === 0 ? (["Running", "Completed"] as const) : [];
    return { requestId: id, instanceId, incarnation: id, start, replaceStatuses };
  }

  /** What somebody holds still, as a rule. */
  #held<Item extends { readonly lock: { readonly key: string; readonly token: number } }>(
    pairs: readonly Pair<Item>[],
    dice: Dice,
  ): Pair<Item> | undefined {
    if (dice.roll(8) === 7) return pairs.at(-1 - dice.roll(5));
    const tokens = new Map(this.#hub.memory.locks().map(({ key, token }) => [key, token]));
    const held = pairs.filter(({ memory: { lock } }) => tokens.get(lock.key) === lock.token);
    return held[dice.roll(Math.max(held.length, 1))];
  }

  #id(): string {
    return `request-${++this.#count}`;
  }
}

function both(what: string, postgres: Both["postgres"], memory: Both["memory"]): Both {
  return { what, postgres, memory };
}

/** A turn that consumes what it was given, and goes on with another activity. */
function plainTurn(item: OrchestrationWorkItem, requestId: string): TurnCommit {
  const { instance, lock, messages, lastEventId, now } = item;
  const { instanceId, executionId } = instance;
  const isEntity = instance.kind === "entity";
  const bodies = isEntity ? [] : ([{ type: "OrchestratorStarted" }, { type: "OrchestratorCompleted" }] as const);
  const activity = {
    instanceId,
    executionId,
    taskId: lastEventId + 1_000,
    name: "next",
    attempt: 1,
    idempotencyKey: requestId,
  };
  return {
    ...{ requestId, lock, consumed: messages.map(({ messageId }) => messageId), timers: [], messages: [], starts: [] },
    events: (item.rewind === undefined ? bodies : []).map((body, i) => ({
      ...body,
      eventId: lastEventId + 1 + i,
      timestamp: now,
    })),
    activities: isEntity ? [] : [activity],
    cancelledTimers: [],
    status: { runtimeStatus: "Running", lastUpdatedAt: now },
    ...(isEntity ? { entity: { waiting: [], held: [], received: [], sent: [], lastOperationAt: now } } : {}),
  };
}

/** Whatever the games have to contain, so that they are worth something. */
const PLAYED = [
  ...[
    "create: done",
    "create: INSTANCE_ALREADY_EXISTS",
    "send: done",
    "turn: done",
    "turn: LEASE_LOST",
    "answer: done",
  ],
  ...["answer: LEASE_LOST", "early answer: done", "early commit: done", "early turn: done", "early turn: void"],
  ...["step: done", "step: refused"],
];

describe("the hub in PostgreSQL", () => {
  it("does not take an answer from a handle that had the activity, once another has it", async () => {
    const hub = new TwoHandles(pool, new Map());
    await hub.open();
    const group = { handle: 0, steps: 0, isEarly: false, turns: true, activities: true, early: [] };
    const player = new Player(hub);
    await player.play({ ...group, moves: [["create", []]] });
    await player.play({ ...group, moves: [["turn", []]] });
    const first = hub.activities[0]?.other;
    await hub.advanceServer(20);
    const [second] = await hub.handle(1).fetchActivities(orderOf(1));
    const answered = async (index: number, item: ActivityWorkItem | undefined): Promise<unknown> => {
      const [lock, message] = [item?.lock as Lock, answerTo(item?.work as ActivityWork)];
      return outcomeOf(() => hub.handle(index).completeActivity({ requestId: `${index}`, lock, message }));
    };
    expect(await answered(0, first)).toEqual({ code: "LEASE_LOST" });
    expect(await answered(1, second)).toEqual({ value: undefined });
    await hub.close();
  });

  it("dates what it does no more than a second back, although its own clock may stand still", async () => {
    const hub = new TwoHandles(pool, new Map());
    await hub.open();
    const handle = hub.handle(0);
    const start = startOf("a", "execution");
    const names = { requestId: "request", instanceId: "a", incarnation: "life" };
    await handle.createInstance({ ...names, start, replaceStatuses: [] });
    const [item] = await handle.fetchOrchestrations({ ...orderOf(0), leaseMs: 60_000 });
    await hub.advanceServer(400);
    const committed = handle.completeOrchestration(plainTurn(item as OrchestrationWorkItem, "turn"));
    const [activity] = await handle.fetchActivities(orderOf(0));
    await committed;
    expect(activity?.now).toBe(await handle.now?.());
    await hub.close();
  });

  it("says and keeps what the memory store does, whatever two handles are asked", async () => {
    const counts = new Map<string, number>();
    const property = fc.asyncProperty(games, async (groups) => {
      const hub = new TwoHandles(pool, counts);
      await hub.open();
      try {
        const player = new Player(hub);
        for (const group of groups) {
          await player.play(group);
          await hub.compare();
        }
        await hub.drain();
      } finally {
        await hub.close();
      }
    });
    await fc.assert(property, { seed: 1, numRuns: 40, endOnFailure: true });
    for (const what of PLAYED) expect(counts.get(what) ?? 0, what).toBeGreaterThan(1);
  }, 300_000);
});
