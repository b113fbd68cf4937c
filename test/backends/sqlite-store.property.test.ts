/**
 * The SQLite store is the memory store on a disk: whatever both are asked, in any order, both say and keep the same.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { Lockstep } from "./lockstep.ts";
import { LockstepPlayer, MOVES, type Move } from "./lockstep-player.ts";

const WEIGHTS: Readonly<Record<Move, number>> = {
  ...{ create: 4, send: 4, fetch: 8, fetchActivities: 4, turn: 9, answer: 4, abandon: 1, abandonActivity: 1 },
  ...{ purge: 1, rewind: 2, renew: 1, renewActivity: 1, readHistory: 1, repeat: 2 },
};

const move = fc.oneof(...MOVES.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.constant(name) })));
const played = fc.tuple(move, fc.array(fc.nat(59), { maxLength: 40, size: "max" }));

/** Calls that share a transaction, after a pause. */
const group = fc.record({
  pause: fc.array(fc.nat(59), { maxLength: 3 }),
  moves: fc.array(played, { minLength: 1, maxLength: 4, size: "max" }),
});

const game = fc.record({
  keepHistory: fc.boolean(),
  groups: fc.array(group, { minLength: 1, maxLength: 60, size: "max" }),
});

type Game = typeof game extends fc.Arbitrary<infer T> ? T : never;

async function play({ keepHistory, groups }: Game, counts: Map<string, number>): Promise<void> {
  const stores = await Lockstep.open(keepHistory, counts);
  const player = new LockstepPlayer(stores);
  try {
    for (const { pause, moves } of groups) {
      player.advance(new Dice(pause));
      stores.transact(
        moves.map(([name, rolls]) => (tables) => {
          player.play(name, new Dice(rolls), tables);
        }),
      );
      stores.compare();
    }
  } finally {
    stores.close();
  }
}

/** Whatever the games have to contain, so that they are worth something. */
const PLAYED = [
  ...["create: done", "create: INSTANCE_ALREADY_EXISTS", "send: done", "send: INSTANCE_NOT_FOUND"],
  ...["send: INSTANCE_TERMINAL", "purge: done", "purge: INSTANCE_NOT_TERMINAL", "rewind: done"],
  ...["rewind: INSTANCE_NOT_FOUND", "rewind: INSTANCE_NOT_FAILED", "turn: done", "turn: LEASE_LOST"],
  ...["answer: done", "answer: LEASE_LOST", "renew: done", "renew: LEASE_LOST", "renew activity: done"],
  ...["renew activity: LEASE_LOST", "read history: done", "read history: LEASE_LOST", "abandon: done"],
  ...["turn with rewritten", "turn with rewinds", "turn with starts", "turn with messages", "turn with next"],
  ...["turn with timers", "turn with cancelledTimers", "turn with activities", "turn with entity"],
];

describe("the SQLite store", () => {
  it("says and keeps what the memory store does, whatever is asked", async () => {
    const counts = new Map<string, number>();
    for (const seed of [1, 2]) {
      const property = fc.asyncProperty(game, (played) => play(played, counts));
      await fc.assert(property, { seed, numRuns: 40 });
    }
    for (const what of PLAYED) expect(counts.get(what) ?? 0, what).toBeGreaterThan(1);
  }, 300_000);
});
