/**
 * Whatever is done to the memory store, in any order: its indices say what a look at all of its data says, and its
 * due-time heap gives its items in order.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminal } from "../../src/core/status.ts";
import { activityId } from "../../src/core/messages.ts";
import { DueHeap } from "../../src/backends/memory/due-heap.ts";
import { MemoryStore } from "../../src/backends/memory/index.ts";
import type { OrchestrationWorkItem, ActivityWorkItem } from "../../src/ports/backend.ts";
import { activityOf, answerTo, startOf, timerOf, turnEvents } from "../../src/testing/stage.ts";

const IDS = ["a", "b", "c"] as const;
const LEASE_MS = 20;

/** Plays random calls, valid or not, and holds on to every work item that it was ever handed. */
class Player {
  readonly store = new MemoryStore();
  readonly #turns: OrchestrationWorkItem[] = [];
  readonly #activities: ActivityWorkItem[] = [];
  #now = 1_000;
  #count = 0;

  get now(): number {
    return this.#now;
  }

  play(move: number, which: number, amount: number): void {
    const { store } = this;
    const instanceId = IDS[which % IDS.length] ?? "a";
    const id = `${++this.#count}`;
    switch (move) {
      case 0: {
        const start = startOf(instanceId, `execution-${id}`, amount % 3 === 0 ? { startAt: this.#now + amount } : {});
        const replaceStatuses = amount % 2 === 0 ? (["Completed", "Running"] as const) : [];
        const request = { requestId: id, instanceId, incarnation: id, start, replaceStatuses };
        return ignoreRefusal(() => store.createInstance(request, this.#now));
      }
      case 1: {
        const dueTime = amount % 2 === 0 ? { dueTime: this.#now + amount } : {};
        const body = { type: "EventRaised", name: "e" } as const;
        const messageId = `message-${amount}`;
        return ignoreRefusal(() => store.sendMessage({ messageId, instanceId, body, ...dueTime }, this.#now));
      }
      case 2:
        this.#turns.push(...store.fetchOrchestrations(this.#fetch(amount), this.#now));
        return;
      case 3:
        this.#activities.push(...store.fetchActivities(this.#fetch(amount), this.#now));
        return;
      case 4:
        return this.#completeTurn(which, amount, id);
      case 5: {
        const item = this.#activities.at(-1 - (which % 3));
        if (item === undefined) return;
        const commit = { requestId: id, lock: item.lock, message: answerTo(item.work) };
        return ignoreRefusal(() => store.completeActivity(commit, this.#now));
      }
      case 6: {
        const lock = this.#turns.at(-1 - (which % 3))?.lock;
        if (lock !== undefined) store.abandonOrchestration({ lock, delayMs: amount % 10 }, this.#now);
        return;
      }
      case 7: {
        const lock = this.#activities.at(-1 - (which % 3))?.lock;
        if (lock !== undefined) store.abandonActivity({ lock, delayMs: amount % 10 }, this.#now);
        return;
      }
      case 8:
        return ignoreRefusal(() => store.purgeInstance({ requestId: id, instanceId }, this.#now));
      case 9: {
        const [entry] = store.queue(instanceId);
        if (entry !== undefined && amount % 2 === 0) store.redeliver(instanceId, entry.message);
        else if (entry !== undefined) store.delay(instanceId, entry.message.messageId, this.#now + amount);
        return;
      }
      case 10:
        store.expireLock(amount % 2 === 0 ? instanceId : (this.#activities.at(-1)?.lock.key ?? "none"));
        return;
      default:
        this.#now += amount;
    }
  }

  #fetch(amount: number): { workerId: string; maxItems: number; leaseMs: number } {
    return { workerId: "w", maxItems: 1 + (amount % 3), leaseMs: LEASE_MS };
  }

  #completeTurn(which: number, amount: number, id: string): void {
    const item = this.#turns.at(-1 - (which % 3));
    if (item === undefined) return;
    const isEnd = amount % 5 === 0;
    const isNext = !isEnd && amount % 5 === 1;
    const taskId = item.lastEventId + 1;
    const commit = {
      requestId: id,
      lock: item.lock,
      consumed: item.messages.slice(amount % 2).map((message) => message.messageId),
      events: turnEvents(item),
      activities: amount % 3 === 0 ? [activityOf(item, taskId)] : [],
      timers: amount % 3 === 1 ? [timerOf(item, this.#now + amount, taskId)] : [],
      messages: [],
      starts: [],
      cancelledTimers: amount % 7 === 0 ? waitingIds(this.store, item) : [],
      status: { runtimeStatus: isEnd ? "Completed" : "Running", lastUpdatedAt: this.#now } as const,
      ...(isNext ? { next: startOf(item.instance.instanceId, `execution-${id}`) } : {}),
    };
    ignoreRefusal(() => this.store.completeOrchestration(commit, this.#now));
  }
}

function waitingIds(store: MemoryStore, item: OrchestrationWorkItem): readonly string[] {
  return store.queue(item.instance.instanceId).map((entry) => entry.message.messageId);
}

/** A call may be refused; a broken invariant may not pass. */
function ignoreRefusal(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (error instanceof Error && error.name === "InvariantError") throw error;
  }
}

/** What a look at all of the data says about the work that is left. */
function look({ store, now }: Player): { pending: number; readyAt: number[] } {
  const readyAt: number[] = [];
  let pending = 0;
  for (const { record, history, start, lock } of store.instances()) {
    const queue = store.queue(record.instanceId);
    const hasStart = history.length === 0 && !isTerminal(record.runtimeStatus);
    pending += queue.length + (hasStart ? 1 : 0);
    const due = queue.map((entry) => entry.visibleAt);
    if (hasStart) due.push(start.startAt ?? 0);
    if (due.length > 0) readyAt.push(Math.max(Math.min(...due), lock?.expiresAt ?? 0));
  }
  for (const { lock, id, work } of store.activities()) {
    expect(id).toBe(activityId(work));
    pending++;
    readyAt.push(lock?.expiresAt ?? 0);
  }
  return { pending, readyAt: readyAt.map((at) => Math.max(at, now)) };
}

describe("the memory store", () => {
  // Abandons (moves 6 and 7) are left out here: their delay is no part of any view.
  const moves = fc.constantFrom(0, 1, 1, 2, 2, 3, 4, 4, 4, 5, 8, 9, 10, 11, 11);

  it("says of its backlog what a look at all of its data says", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(moves, fc.nat(8), fc.nat(30)), { maxLength: 60 }), (steps) => {
        const player = new Player();
        for (const [move, which, amount] of steps) {
          player.play(move, which, amount);
          const { pending, readyAt } = look(player);
          const backlog = player.store.backlog(player.now);
          const later = readyAt.filter((at) => at > player.now);
          expect(backlog.pending).toBe(pending);
          expect(backlog.ready).toBe(readyAt.some((at) => at <= player.now));
          expect(backlog.nextDueTime).toBe(later.length === 0 ? undefined : Math.min(...later));
        }
      }),
      { numRuns: 400 },
    );
  });

  it("hands out everything that is left once time has passed, each instance and activity once", () => {
    const anyMove = fc.oneof(moves, fc.constantFrom(6, 7));
    fc.assert(
      fc.property(fc.array(fc.tuple(anyMove, fc.nat(8), fc.nat(30)), { maxLength: 60 }), (steps) => {
        const player = new Player();
        for (const [move, which, amount] of steps) player.play(move, which, amount);
        const later = player.now + 1_000;
        const { store } = player;
        const waiting = [...store.instances()].filter(
          ({ record, history }) =>
            store.queue(record.instanceId).length > 0 || (history.length === 0 && !isTerminal(record.runtimeStatus)),
        );
        const fetch = { workerId: "w", maxItems: 1_000, leaseMs: LEASE_MS };
        const keys = store.fetchOrchestrations(fetch, later).map((item) => item.lock.key);
        expect(keys.sort()).toEqual(waiting.map(({ record }) => record.instanceId).sort());
        const activityKeys = store.fetchActivities(fetch, later).map((item) => item.lock.key);
        expect(activityKeys.sort()).toEqual([...store.activities()].map(({ id }) => id).sort());
        expect(store.backlog(later).ready).toBe(false);
      }),
      { numRuns: 400 },
    );
  });
});

describe("the due-time heap", () => {
  it("gives its items in order, whatever was added and removed", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(50), fc.nat(100))), (steps) => {
        const heap = new DueHeap<{ heapIndex: number; at: number }>((a, b) => a.at < b.at);
        const inside: { heapIndex: number; at: number }[] = [];
        for (const [isRemoval, at, which] of steps) {
          const [removed] = isRemoval && inside.length > 0 ? inside.splice(which % inside.length, 1) : [];
          if (removed !== undefined) {
            heap.remove(removed);
            continue;
          }
          const item = { heapIndex: -1, at };
          inside.push(item);
          heap.add(item);
        }
        const given: number[] = [];
        for (let first = heap.first; first !== undefined; first = heap.first) {
          given.push(first.at);
          heap.remove(first);
        }
        expect(given).toEqual(inside.map((item) => item.at).sort((a, b) => a - b));
      }),
    );
  });
});
