/**
 * Plays whatever clients and workers may do, right or wrong, on two stores in lockstep.
 *
 * Invariant: a move is a function of the dice and of what was played before; dice that run out show 0, the boring choice,
 * so that a failing game shrinks. Every work item that was ever handed out may be used again, long after its lock is over.
 */
import type { SqliteTables } from "../../src/backends/sqlite/sqlite-tables.ts";
import { purgeInstance, createInstance, sendMessage } from "../../src/backends/sql/requests.ts";
import { rewindInstance } from "../../src/backends/sql/reopening.ts";
import { completeTurn } from "../../src/backends/sql/turns.ts";
import * as work from "../../src/backends/sql/work.ts";
import { REDELIVERY_HORIZON_MS } from "../../src/core/limits.ts";
import type { InstanceMessage } from "../../src/core/messages.ts";
import type { RuntimeStatus } from "../../src/core/status.ts";
import type {
  ActivityWorkItem,
  CreateInstanceRequest,
  FetchOptions,
  Lock,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  RewindInstanceRequest,
  TurnCommit,
} from "../../src/ports/backend.ts";
import { answerTo, startOf } from "../../src/testing/stage.ts";
import { Dice } from "./dice.ts";
import type { Lockstep, Pair } from "./lockstep.ts";
import { TurnMaker } from "./turn-maker.ts";

export const MOVES = [
  "create",
  "send",
  "fetch",
  "fetchActivities",
  "turn",
  "answer",
  "abandon",
  "abandonActivity",
  "purge",
  "rewind",
  "renew",
  "renewActivity",
  "readHistory",
  "repeat",
] as const;

export type Move = (typeof MOVES)[number];

const STATUSES: readonly RuntimeStatus[] = ["Completed", "Failed", "Terminated", "Running", "Pending", "Suspended"];
const LEASE_MS = 20;

export class LockstepPlayer {
  readonly #stores: Lockstep;
  readonly #turns: Pair<OrchestrationWorkItem>[] = [];
  readonly #activities: Pair<ActivityWorkItem>[] = [];
  readonly #creations: CreateInstanceRequest[] = [];
  readonly #sent: InstanceMessage[] = [];
  readonly #purges: (readonly [memory: PurgeInstanceRequest, sqlite: PurgeInstanceRequest])[] = [];
  readonly #rewinds: RewindInstanceRequest[] = [];
  readonly #commits: Pair<TurnCommit>[] = [];
  readonly #maker: TurnMaker;
  #count = 0;

  constructor(stores: Lockstep) {
    this.#stores = stores;
    this.#maker = new TurnMaker(stores.memory);
  }

  /** Lets time pass: a little, past the leases, or past the horizon. */
  advance(dice: Dice): void {
    const far = dice.roll(12);
    this.#stores.advance(far === 11 ? REDELIVERY_HORIZON_MS + 1 : far > 7 ? LEASE_MS + 1 : dice.roll(8));
  }

  play(move: Move, dice: Dice, tables: SqliteTables): void {
    switch (move) {
      case "create":
        return this.#create(this.#creation(dice), tables);
      case "send":
        return this.#send(this.#maker.message(dice, this.#stores.now), tables);
      case "fetch":
        this.#turns.push(...this.#stores.fetchOrchestrations(tables, fetching(dice)));
        return;
      case "fetchActivities":
        this.#activities.push(...this.#stores.fetchActivities(tables, fetching(dice)));
        return;
      case "turn": {
        const item = this.#held(this.#turns, dice);
        if (item !== undefined) this.#turn(this.#maker.turn(item, dice, this.#stores.now), tables);
        return;
      }
      case "purge":
        return this.#purge(this.#purging(dice), tables);
      case "rewind":
        return this.#rewind({ requestId: this.#id(), instanceId: this.#failed(dice) }, tables);
      case "repeat":
        return this.#repeat(dice, tables);
      default:
        return this.#work(move, dice, tables);
    }
  }

  /** What workers do with what they hold. */
  #work(
    move: "answer" | "abandon" | "abandonActivity" | "renew" | "renewActivity" | "readHistory",
    dice: Dice,
    tables: SqliteTables,
  ): void {
    const isOfActivity = move === "answer" || move === "abandonActivity" || move === "renewActivity";
    const item = isOfActivity ? this.#held(this.#activities, dice) : this.#held(this.#turns, dice);
    if (item === undefined) return;
    const stores = this.#stores;
    const { memory, sqlite } = stores;
    const [own, other] = [item.memory.lock, item.other.lock];
    const giveBack = { delayMs: dice.roll(10), ...(dice.roll(3) === 1 ? { isUncounted: true as const } : {}) };
    switch (move) {
      case "answer": {
        const activity = (item.memory as ActivityWorkItem).work;
        const answer = { requestId: this.#id(), message: answerTo(activity, `result ${dice.roll(3)}`) };
        return stores.call(
          "answer",
          (now) => memory.completeActivity({ ...answer, lock: own }, now),
          () => tables.run(work.completeActivity(tables, { ...answer, lock: other })),
        );
      }
      case "abandon":
        return stores.call(
          "abandon",
          (now) => memory.abandonOrchestration({ lock: own, ...giveBack }, now),
          () => tables.run(work.abandonOrchestration(tables, { lock: other, ...giveBack })),
        );
      case "abandonActivity":
        return stores.call(
          "abandon activity",
          (now) => memory.abandonActivity({ lock: own, ...giveBack }, now),
          () => tables.run(work.abandonActivity(tables, { lock: other, ...giveBack })),
        );
      case "renew":
        return stores.call(
          "renew",
          (now) => memory.renewOrchestration(own, LEASE_MS, now),
          () => tables.run(work.renewOrchestration(tables, other, LEASE_MS)),
        );
      case "renewActivity":
        return stores.call(
          "renew activity",
          (now) => memory.renewActivity(own, LEASE_MS, now),
          () => tables.run(work.renewActivity(tables, other, LEASE_MS)),
        );
      case "readHistory":
        return stores.call(
          "read history",
          (now) => memory.readHistory(own, now),
          () => sqlite.readHistory(tables, other),
        );
    }
  }

  /** The same request once more, as after an answer that got lost. */
  #repeat(dice: Dice, tables: SqliteTables): void {
    const kind = dice.roll(5);
    const creation = kind === 0 ? recent(this.#creations, dice) : undefined;
    if (creation !== undefined) this.#create(creation, tables);
    const message = kind === 1 ? recent(this.#sent, dice) : undefined;
    if (message !== undefined) this.#send(message, tables);
    const commit = kind === 2 ? recent(this.#commits, dice) : undefined;
    if (commit !== undefined) this.#turn(commit, tables);
    const purging = kind === 3 ? recent(this.#purges, dice) : undefined;
    if (purging !== undefined) this.#purge(purging, tables);
    const rewinding = kind === 4 ? recent(this.#rewinds, dice) : undefined;
    if (rewinding !== undefined) this.#rewind(rewinding, tables);
  }

  #creation(dice: Dice): CreateInstanceRequest {
    const id = this.#id();
    const instanceId = this.#maker.instanceId(dice);
    const replaceStatuses = STATUSES.filter(() => dice.roll(3) === 1);
    const start = startOf(instanceId, `execution-${id}`);
    const event = { ...start.event, ...this.#maker.beginning(dice) };
    const startAt = dice.roll(4) === 1 ? { startAt: this.#stores.now + dice.roll(30) } : {};
    return { requestId: id, instanceId, incarnation: id, start: { ...start, event, ...startAt }, replaceStatuses };
  }

  #purging(dice: Dice): readonly [PurgeInstanceRequest, PurgeInstanceRequest] {
    const instanceId = this.#maker.instanceId(dice);
    const { memory, sqlite } = this.#stores;
    const record = memory.getInstance(instanceId);
    const ifIncarnation = dice.roll(3) === 1 ? { ifIncarnation: dice.roll(4) === 1 ? "x" : record?.incarnation } : {};
    const request = { requestId: this.#id(), instanceId, ...ifIncarnation } as PurgeInstanceRequest;
    if (dice.roll(2) === 0) return [request, request];
    const isOff = dice.roll(4) === 1 ? 1_000_000 : 0;
    return [
      { ...request, ifRevision: (record?.revision ?? 0) + isOff },
      { ...request, ifRevision: (sqlite.getInstance(instanceId)?.revision ?? 0) + isOff },
    ];
  }

  #create(request: CreateInstanceRequest, tables: SqliteTables): void {
    this.#creations.push(request);
    this.#stores.call(
      "create",
      (now) => this.#stores.memory.createInstance(request, now),
      () => tables.run(createInstance(tables, request)),
    );
  }

  #send(message: InstanceMessage, tables: SqliteTables): void {
    this.#sent.push(message);
    this.#stores.call(
      "send",
      (now) => void this.#stores.memory.sendMessage(message, now),
      () => tables.run(sendMessage(tables, message)),
    );
  }

  #turn(commit: Pair<TurnCommit>, tables: SqliteTables): void {
    this.#commits.push(commit);
    for (const part of partsOf(commit.memory)) this.#stores.count(`turn with ${part}`);
    this.#stores.call(
      "turn",
      (now) => this.#stores.memory.completeOrchestration(commit.memory, now),
      () => tables.run(completeTurn(tables, commit.other)),
    );
  }

  #purge(requests: readonly [memory: PurgeInstanceRequest, sqlite: PurgeInstanceRequest], tables: SqliteTables): void {
    this.#purges.push(requests);
    const [own, other] = requests;
    this.#stores.call(
      "purge",
      (now) => this.#stores.memory.purgeInstance(own, now),
      () => tables.run(purgeInstance(tables, other)),
    );
  }

  #rewind(request: RewindInstanceRequest, tables: SqliteTables): void {
    this.#rewinds.push(request);
    this.#stores.call(
      "rewind",
      (now) => this.#stores.memory.rewindInstance(request, now),
      () => tables.run(rewindInstance(tables, request)),
    );
  }

  /** What somebody holds still, as a rule. */
  #held<Item extends { readonly lock: Lock }>(pairs: readonly Pair<Item>[], dice: Dice): Pair<Item> | undefined {
    if (dice.roll(6) === 5) return recent(pairs, dice);
    const tokens = new Map(this.#stores.memory.locks().map(({ key, token }) => [key, token]));
    const held = pairs.filter(({ memory: { lock } }) => tokens.get(lock.key) === lock.token);
    return held[dice.roll(Math.max(held.length, 1))];
  }

  /** An instance that has failed, if there is one. */
  #failed(dice: Dice): string {
    const failed = [...this.#stores.memory.instances()].find(({ record }) => record.runtimeStatus === "Failed");
    return failed === undefined || dice.roll(4) === 3 ? this.#maker.instanceId(dice) : failed.record.instanceId;
  }

  #id(): string {
    return `request-${++this.#count}`;
  }
}

function fetching(dice: Dice): FetchOptions {
  return { workerId: `worker-${dice.roll(2)}`, maxItems: dice.roll(2) === 0 ? 10 : 1, leaseMs: LEASE_MS };
}

/** The last one as a rule. */
function recent<T>(items: readonly T[], dice: Dice): T | undefined {
  return items.at(-1 - dice.roll(5));
}

/** What a turn changes besides its status. */
function partsOf(commit: TurnCommit): readonly string[] {
  return Object.entries(commit).flatMap(([name, part]) => {
    const isThere = Array.isArray(part) ? part.length > 0 : typeof part === "object";
    return isThere ? [name] : [];
  });
}
