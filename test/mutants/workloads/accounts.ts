/**
 * Accounts that orchestrations lock, and move money between; and what must hold of them however those end.
 *
 * Invariant: whoever moves money reads both balances inside a critical section and writes both in one turn: so the sum is
 * the same whatever ends an orchestration, as long as nobody else gets in between. Every operation leaves the mark of its
 * section, and a section has a mark of its own.
 */
import type { OrchestrationContext, Orchestration } from "dacapo";
import { entity, EntityInstanceId, orchestrator, whenAll } from "dacapo";
import type { EntityModel, HubView, Properties } from "@dacapo/simulator";

/** What every account begins with. */
export const OPENING = 100;

export interface Account {
  readonly balance: number;
  /** The marks of the sections that came by, one after the other; the same mark in a row is there once. */
  readonly marks: readonly string[];
}

interface Operations {
  read(mark: string): number;
  write(input: { readonly mark: string; readonly balance: number }): number;
}

export const account = entity<Operations, Account>("account", (ctx) => {
  const { balance, marks } = ctx.getState<Account>({ balance: OPENING, marks: [] });
  const input = ctx.getInput<string | { readonly mark: string; readonly balance: number }>();
  const { mark, balance: next } = typeof input === "string" ? { mark: input, balance } : input;
  if (next < 0) throw new RangeError("the account is overdrawn");
  ctx.setState({ balance: next, marks: marks.at(-1) === mark ? marks : [...marks, mark] });
  return next;
});

/** An account as a plain object: its balance. Whoever reads gets what the last one wrote. */
export const accountModel: EntityModel<number> = {
  init: OPENING,
  apply(balance, operation, input) {
    if (operation === "read") return { state: balance, result: balance };
    const { balance: next } = input as { readonly balance: number };
    if (next < 0) throw new RangeError("the account is overdrawn");
    return { state: next, result: next };
  },
};

const idOf = (key: string): EntityInstanceId => new EntityInstanceId("account", key);

/** Ways to come to an end inside the section. */
export type Ending =
  | "release"
  | "return"
  | "throw"
  | "overdraw"
  | "linger"
  | "continue"
  /** Continues as new while the locks are still asked for. */
  | "hurry"
  /** Decides something else when it is replayed: inside the section, or while the locks are asked for. */
  | "unfaithful inside"
  | "unfaithful before";

export interface Transfer {
  readonly mark: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly ending: Ending;
  readonly generation?: number;
}

/** Reads, then waits a little, then writes what it read, moved by the amount: in one turn. */
function* move(ctx: OrchestrationContext, { mark, from, to, amount, ending }: Transfer): Orchestration<void> {
  const { entities } = ctx;
  const [left, right] = yield* whenAll([
    entities.callEntity(account, from, "read", mark),
    entities.callEntity(account, to, "read", mark),
  ]);
  if (ending === "throw") throw new Error("thrown on purpose");
  yield* ctx.createTimer({ seconds: 2 });
  if (ending === "unfaithful inside" && ctx.isReplaying) yield* ctx.createTimer({ seconds: 1 });
  const taken = ending === "overdraw" ? left + 1 : Math.min(amount, left);
  // The one that may be refused comes first, and the other only once it was not.
  if (ending === "overdraw") yield* entities.callEntity(account, from, "write", { mark, balance: left - taken });
  yield* whenAll([
    entities.callEntity(account, from, "write", { mark, balance: left - taken }),
    entities.callEntity(account, to, "write", { mark, balance: right + taken }),
  ]);
  if (ending === "linger") yield* ctx.createTimer({ minutes: 1 });
}

export const transfer = orchestrator("transfer", function* (ctx, input: Transfer) {
  const { mark, from, to, ending, generation = 0 } = input;
  const again = { ...input, mark: `${mark}+`, generation: generation + 1, ending: "release" } as const;
  if (ending === "continue" || ending === "hurry") ctx.continueAsNew(again);
  const request = ctx.entities.lockEntities([account, from], [account, to]);
  if (ctx.entities.isInCriticalSection().inSection) return "too soon";
  if (ending === "hurry") return "hurried";
  if (ending === "unfaithful before" && ctx.isReplaying) ctx.createTimer({ seconds: 1 });
  const lock = yield* request;
  if (!ctx.entities.isInCriticalSection().inSection) return "not inside";
  yield* move(ctx, input);
  if (ending === "release") lock.release();
  return "moved";
});

/** The same in async style, with the lock in a block. */
export const transferAsync = orchestrator(
  "transferAsync",
  async (ctx, { mark, from, to, amount, ending }: Transfer) => {
    const { entities } = ctx;
    {
      using _lock = await entities.lockEntities([idOf(to), idOf(from)]);
      const [left, right] = await Promise.all([
        entities.callEntity<number>(idOf(from), "read", mark),
        entities.callEntity<number>(idOf(to), "read", mark),
      ]);
      if (ending === "throw") throw new Error("thrown on purpose");
      const taken = Math.min(amount, left);
      await Promise.all([
        entities.callEntity(idOf(from), "write", { mark, balance: left - taken }),
        entities.callEntity(idOf(to), "write", { mark, balance: right + taken }),
      ]);
      if (ending === "linger") await ctx.createTimer({ minutes: 1 });
    }
    // Outside of the section it is one of many.
    await entities.callEntity(idOf(from), "read", `${mark}/after`);
    return "moved";
  },
);

export interface Audit {
  readonly mark: string;
  readonly keys: readonly string[];
}

/** Locks all accounts, in whatever order they are named, and adds them up. */
export const audit = orchestrator("audit", function* (ctx, { mark, keys }: Audit) {
  using _lock = yield* ctx.entities.lockEntities(keys.map((key) => [account, key] as const));
  let sum = 0;
  for (const key of keys) sum += yield* ctx.entities.callEntity(account, key, "read", mark);
  return { sum, should: keys.length * OPENING };
});

/** Reads without a lock: it has to wait while somebody else holds it. */
export const passer = orchestrator("passer", function* (ctx, { mark, keys }: Audit) {
  for (const [i, key] of keys.entries()) {
    ctx.entities.signalEntity(account, key, "read", `${mark}/${i}/signal`);
    yield* ctx.entities.callEntity(account, key, "read", `${mark}/${i}/call`);
  }
  return "passed";
});

interface View {
  readonly hub: HubView;
}

/** True when no mark comes back after another one came. */
function areWhole({ state }: { readonly state: unknown }): boolean {
  const marks = (state as Account | undefined)?.marks ?? [];
  return new Set(marks).size === marks.length;
}

export const always: Properties = {
  "nobody gets in between the operations of a section": ({ hub }: View) => hub.entities().every(areWhole),
  "who adds up all accounts finds all the money": ({ hub }: View) =>
    hub.instances().every(({ name, output, runtimeStatus }) => {
      if (name !== "audit" || runtimeStatus !== "Completed") return true;
      const { sum, should } = output as { readonly sum: number; readonly should: number };
      return sum === should;
    }),
  "a section is entered when its locks are granted": ({ hub }: View) =>
    hub.instances().every(({ output }) => output !== "too soon" && output !== "not inside"),
};

export const eventually: Properties = {
  "no lock is left": ({ hub }: View) =>
    hub.entities().every(({ lockedBy, backlog }) => lockedBy === undefined && backlog === 0),
  "everybody comes through": ({ hub }: View) => hub.instances().every(({ isTerminal }) => isTerminal),
  "the money is all there": ({ hub }: View) =>
    hub.entities().reduce((sum, { state }) => sum + ((state as Account | undefined)?.balance ?? OPENING), 0) ===
    hub.entities().length * OPENING,
};
