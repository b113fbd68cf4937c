/**
 * What the hub does while it is tortured: a handful of workflows, and what each must come to.
 *
 * Invariant: each effect has a label that belongs to one logical call, so each label of a workflow is in the ledger, under
 * one idempotency key; and each call has a nonce that is another one whenever the code runs, so that an effect whose nonce
 * is not in the history was asked for by a turn that never was. Nonces are inputs, which a replay does not compare.
 */
import { activity, entity, EntityInstanceId, orchestrator, TaskEntity, whenAll, whenAny } from "../../src/index.ts";
import type { ActivityContext, Definition, Orchestration, OrchestrationContext } from "../../src/index.ts";

/** What an activity is asked to do. */
export interface Deed {
  readonly label: string;
  readonly nonce: string;
  readonly gives: number;
  /** What it does instead of succeeding at once. */
  readonly manner?: "refuses" | "fails first" | "takes long";
}

/** What the ledger is told of one run of an activity. */
export interface Effect {
  readonly key: string;
  readonly label: string;
  readonly nonce: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

/** Writes an effect down, once for each key. Resolves when it is written. */
export type Append = (effect: Effect) => Promise<void>;

/** What an account begins with. */
export const OPENING = 100;
/** Longer than a lease of the workers. */
export const LONG_MS = 3_000;

const RETRY = { maxNumberOfAttempts: 4, firstRetryInterval: { milliseconds: 50 } } as const;

let nonces = 0;
const born = process.hrtime.bigint().toString(36);
const nonce = (): string => `${process.pid}/${born}/${++nonces}`;

function call(ctx: OrchestrationContext, label: string, gives: number, manner?: Deed["manner"]) {
  const deed: Deed = { label, nonce: nonce(), gives, ...(manner === undefined ? undefined : { manner }) };
  return ctx.callActivity<number>("deed", deed, { retry: RETRY });
}

export interface Run {
  /** The instance id, with which all labels begin. */
  readonly run: string;
  readonly size: number;
  /** Two keys of entities. */
  readonly keys: readonly [string, string];
  /** For children: what the parent's turn said. */
  readonly nonce?: string;
  /** For continue-as-new: how far it is, and what the generations before this one summed up. */
  readonly round?: number;
  readonly sum?: number;
}

const sequence = orchestrator("sequence", function* (ctx, { run, size }: Run) {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += yield* call(ctx, `${run}/${i}`, i, i === 1 ? "fails first" : undefined);
  return sum;
});

const fanOut = orchestrator("fanOut", async (ctx, { run, size }: Run) => {
  const results = await whenAll(Array.from({ length: size * 2 }, (_, i) => call(ctx, `${run}/${i}`, i)));
  return results.reduce((sum, result) => sum + result, 0);
});

const patience = orchestrator("patience", function* (ctx, { run }: Run) {
  return yield* call(ctx, `${run}/0`, 7, "takes long");
});

/** Does three things of which the third is refused, and undoes the other two. */
const saga = orchestrator("saga", function* (ctx, { run }: Run) {
  const done: string[] = [];
  try {
    for (const [i, what] of ["flight", "hotel", "car"].entries()) {
      yield* call(ctx, `${run}/book ${what}`, i, what === "car" ? "refuses" : undefined);
      done.push(what);
    }
    return "booked";
  } catch {
    for (const what of done.reverse()) yield* call(ctx, `${run}/cancel ${what}`, 0);
    return "cancelled";
  }
});

const family = orchestrator("family", function* (ctx, input: Run) {
  const { run, size } = input;
  const child = (i: number) =>
    ctx.callSubOrchestrator<number>("sequence", { ...input, run: `${run}.${i}`, nonce: nonce() });
  const sums = yield* whenAll(Array.from({ length: size }, (_, i) => child(i)));
  return sums.reduce((sum, one) => sum + one, 0);
});

const clock = orchestrator("clock", function* (ctx, { run, size }: Run) {
  for (let i = 0; i < size; i++) yield* ctx.createTimer({ milliseconds: 100 + i * 50 });
  const never = ctx.createTimer({ days: 30 });
  const winner = yield* whenAny([ctx.createTimer({ milliseconds: 20 }), never]);
  if (winner === never) return -1;
  never.cancel();
  return yield* call(ctx, `${run}/0`, size);
});

const approval = orchestrator("approval", function* (ctx, { run, size }: Run) {
  // A client that gets no answer in the end says its word again, so a word may come twice, and in any order.
  const words = new Set<number>();
  while (words.size < size) words.add(yield* ctx.waitForExternalEvent<number>("Word"));
  yield* call(ctx, `${run}/0`, 0);
  return [...words].sort((a, b) => a - b).join();
});

const rounds = orchestrator("rounds", function* (ctx, input: Run): Orchestration<number> {
  const { run, size, round = 0, sum = 0 } = input;
  const total = sum + (yield* call(ctx, `${run}/${round}`, round));
  if (round + 1 < size) ctx.continueAsNew({ ...input, round: round + 1, sum: total });
  return total;
});

const count = orchestrator("count", function* (ctx, { size, keys: [key] }: Run) {
  for (let i = 0; i < size; i++) ctx.entities.signalEntity(counter, key, "add", 1);
  yield* ctx.entities.callEntity(counter, key, "add", 1);
  return size + 1;
});

/** Moves money inside a critical section: reads both, rests, writes both. */
const transfer = orchestrator("transfer", function* (ctx, { run, size, keys: [from, to] }: Run) {
  const { entities } = ctx;
  const lock = yield* entities.lockEntities(accountId(from), accountId(to));
  const [left, right] = yield* whenAll([
    entities.callEntity<number>(accountId(from), "read"),
    entities.callEntity<number>(accountId(to), "read"),
  ]);
  yield* call(ctx, `${run}/0`, 0);
  yield* whenAll([
    entities.callEntity(accountId(from), "write", left - size),
    entities.callEntity(accountId(to), "write", right + size),
  ]);
  lock.release();
  return "moved";
});

class Counter extends TaskEntity<number> {
  protected override initializeState(): number {
    return 0;
  }

  add(n: number): number {
    return (this.state += n);
  }
}

export const counter = entity("counter", Counter);

const account = entity("account", (ctx) => {
  if (ctx.operationName === "write") ctx.setState(ctx.getInput<number>());
  return ctx.getState(OPENING);
});

const accountId = (key: string): EntityInstanceId => new EntityInstanceId("account", key);

/** Everything that a worker runs. */
export function definitions(append: Append): readonly Definition[] {
  const deed = activity("deed", async (ctx: ActivityContext, { label, nonce: said, gives, manner }: Deed) => {
    const { instanceId, executionId, taskId, idempotencyKey: key, attempt } = ctx;
    if (manner === "takes long") await ctx.sleep({ milliseconds: LONG_MS });
    if (manner === "refuses") throw Object.assign(new Error("refused on purpose"), { isNonRetriable: true });
    await append({ key, label, nonce: said, instanceId, executionId, taskId });
    if (manner === "fails first" && attempt === 1) throw new Error("failed on purpose, after its effect");
    return gives;
  });
  const orchestrators = [sequence, fanOut, patience, saga, family, clock, approval, rounds, count, transfer];
  return [deed, counter, account, ...orchestrators];
}

/** What a workflow must come to. */
export interface Expectation {
  readonly output: unknown;
  /** The labels of its effects, its children's included. */
  readonly labels: readonly string[];
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);
const sumTo = (n: number): number => (n * (n - 1)) / 2;

/** The workflows, with what a run of each comes to, and how often it is chosen. */
export const WORKFLOWS: Readonly<Record<string, { weight: number; expect: (input: Run) => Expectation }>> = {
  sequence: {
    weight: 4,
    expect: ({ run, size }) => ({ output: sumTo(size), labels: upTo(size).map((i) => `${run}/${i}`) }),
  },
  fanOut: {
    weight: 2,
    expect: ({ run, size }) => ({ output: sumTo(size * 2), labels: upTo(size * 2).map((i) => `${run}/${i}`) }),
  },
  patience: { weight: 0.3, expect: ({ run }) => ({ output: 7, labels: [`${run}/0`] }) },
  saga: {
    weight: 2,
    expect: ({ run }) => ({
      output: "cancelled",
      labels: ["book flight", "book hotel", "cancel hotel", "cancel flight"].map((what) => `${run}/${what}`),
    }),
  },
  family: {
    weight: 1,
    expect: ({ run, size }) => ({
      output: size * sumTo(size),
      labels: upTo(size).flatMap((child) => upTo(size).map((i) => `${run}.${child}/${i}`)),
    }),
  },
  clock: { weight: 2, expect: ({ run, size }) => ({ output: size, labels: [`${run}/0`] }) },
  approval: {
    weight: 2,
    expect: ({ run, size }) => ({ output: upTo(size).join(), labels: [`${run}/0`] }),
  },
  rounds: {
    weight: 2,
    expect: ({ run, size }) => ({ output: sumTo(size), labels: upTo(size).map((i) => `${run}/${i}`) }),
  },
  count: { weight: 2, expect: ({ size }) => ({ output: size + 1, labels: [] }) },
  transfer: { weight: 2, expect: ({ run }) => ({ output: "moved", labels: [`${run}/0`] }) },
};
