/**
 * The orchestrators and activities of the workloads. Together they use everything that the engine has; each is short,
 * so that a run is over soon, and each knows what it must come to.
 *
 * Invariant: every input is `{ run, ... }` with a `run` that no other start uses, and every effect is labelled with
 * it, so that a property can tell which start, and which call of it, an effect belongs to.
 */
import { activity, orchestrator, type Task, whenAll, whenAny } from "dacapo";

/** What an activity is asked to do. */
export interface Work {
  /** Names the logical call. */
  readonly label: string;
  readonly gives?: unknown;
  /** It throws before this attempt. */
  readonly worksAtAttempt?: number;
}

/** Does its effect once, and gives what it is told to. */
export const work = activity("work", (_ctx, { gives }: Work): Promise<unknown> => Promise.resolve(gives));

/** Takes several leases. */
export const longWork = activity("longWork", async (ctx, { gives }: Work): Promise<unknown> => {
  await ctx.sleep({ seconds: 75 });
  return gives;
});

/** Always fails, for good. */
export const refuse = activity("refuse", (_ctx, { label }: Work): Promise<never> => {
  return Promise.reject(Object.assign(new Error(`refused ${label}`), { isNonRetriable: true }));
});

export interface Values {
  readonly run: string;
  readonly values: readonly unknown[];
}

const PATIENT = { maxNumberOfAttempts: 5, firstRetryInterval: { seconds: 2 }, backoffCoefficient: 2 } as const;

/** One activity after another; gives their results in order. */
export const chain = orchestrator("chain", function* (ctx, { run, values }: Values) {
  const results: unknown[] = [];
  for (const [i, gives] of values.entries()) {
    results.push(yield* ctx.callActivity(work, { label: `${run}/${i}`, gives }, { retry: PATIENT }));
  }
  return results;
});

/** All at once, in async style, within nested combinations, one of them of nothing. */
export const fanOut = orchestrator("fanOut", async (ctx, { run, values }: Values) => {
  const calls = values.map((gives, i) => ctx.callActivity(work, { label: `${run}/${i}`, gives }, { retry: PATIENT }));
  const [first, none] = await whenAll([whenAll(calls), whenAll([])]);
  return [...first, ...none];
});

/** Branches that go on at the same time, some of them by more steps than others before they decide the next thing. */
export const branches = orchestrator("branches", async (ctx, { run, values }: Values) => {
  const call = (label: string, gives: unknown): Promise<unknown> =>
    Promise.resolve(ctx.callActivity(work, { label: `${run}/${label}`, gives }, { retry: PATIENT }));
  const branch = async (gives: unknown, i: number): Promise<unknown> => {
    await call(`${i}`, gives);
    for (let hop = i; hop < values.length; hop++) await Promise.resolve();
    return call(`${i}/again`, gives);
  };
  return Promise.all(values.map(branch));
});

/** Combinations whose children have settled already, and a combination that races a timer which loses. */
export const combined = orchestrator("combined", function* (ctx, { run, values }: Values) {
  const calls = values.map((gives, i) => ctx.callActivity(work, { label: `${run}/${i}`, gives }, { retry: PATIENT }));
  const [first] = calls;
  if (first !== undefined) yield* first;
  const all = whenAll(calls);
  const late = ctx.createTimer({ days: 30 });
  const winner = yield* whenAny([all, late]);
  if (winner === late) return "late";
  return yield* whenAll(calls);
});

/** An activity fails before anybody waits for it; then what was done is undone. */
export const compensated = orchestrator("compensated", function* (ctx, { run }: Values) {
  const doomed = ctx.callActivity(refuse, { label: `${run}/refuse` });
  yield* ctx.callActivity(work, { label: `${run}/do` }, { retry: PATIENT });
  yield* ctx.createTimer({ days: 1 });
  try {
    yield* doomed;
    return "went through";
  } catch {
    return yield* ctx.callActivity(work, { label: `${run}/undo`, gives: "undone" }, { retry: PATIENT });
  }
});

/** An activity works at its third attempt only. Gives how long that took, and how long it must take. */
export const persistent = orchestrator("persistent", async function* (ctx, { run }: Values) {
  const begin = ctx.currentUtcDateTime.getTime();
  const call = ctx.callActivity(work, { label: `${run}/0`, gives: "at last", worksAtAttempt: 3 }, { retry: PATIENT });
  const result: unknown = yield call;
  return { result, elapsed: ctx.currentUtcDateTime.getTime() - begin, least: 2_000 + 4_000 };
});

/** An activity never works: it is given up after as many attempts as the policy says. */
export const hopeless = orchestrator("hopeless", async (ctx, { run }: Values) => {
  const retry = { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 1 } };
  try {
    await ctx.callActivity(work, { label: `${run}/0`, worksAtAttempt: 99 }, { retry });
    return "went through";
  } catch (error) {
    return (error as Error).name === "TaskFailedError" ? "given up" : "failed otherwise";
  }
});

/** Begins an activity that it does not wait for. */
export const forgetful = orchestrator("forgetful", function* (ctx, { run }: Values) {
  yield* ctx.callActivity(work, { label: `${run}/0` }, { retry: PATIENT });
  ctx.callActivity(work, { label: `${run}/1` }, { retry: PATIENT });
  return "sent";
});

/** Returns a task, which counts as waiting for it. */
export const plain = orchestrator("plain", (ctx, { run, values }: Values) =>
  ctx.callActivity(work, { label: `${run}/0`, gives: values.length }, { retry: PATIENT }),
);

/** Waits for something long: the lease has to be renewed on the way. */
export const patient = orchestrator("patient", async (ctx, { run }: Values) => {
  const begin = ctx.currentUtcDateTime.getTime();
  const result = await ctx.callActivity(longWork, { label: `${run}/0`, gives: "done" });
  return { result, elapsed: ctx.currentUtcDateTime.getTime() - begin, least: 75_000 };
});

/** What chance and time give: numbers and ids that never repeat, times that never go back. */
export const draws = orchestrator("draws", function* (ctx, { run }: Values) {
  const drawn: { readonly random: number; readonly guid: string; readonly time: number }[] = [];
  for (let i = 0; i < 3; i++) {
    drawn.push({ random: ctx.random(), guid: ctx.newGuid(), time: ctx.currentUtcDateTime.getTime() });
    if (ctx.random() < 0.5) yield* ctx.createTimer({ seconds: 1 + Math.floor(ctx.random() * 90) });
    else yield* ctx.callActivity(work, { label: `${run}/${i}`, gives: ctx.newGuid() }, { retry: PATIENT });
  }
  return drawn;
});

/** Timers one after another: each is due as long after its creation as was asked, whatever went before. */
export const timers = orchestrator("timers", function* (ctx, { run }: Values) {
  const waits: { readonly elapsed: number; readonly least: number }[] = [];
  for (const seconds of [5, 40]) {
    // Time passes between a timer and the next.
    yield* ctx.callActivity(work, { label: `${run}/${seconds}` }, { retry: PATIENT });
    const begin = ctx.currentUtcDateTime.getTime();
    yield* ctx.createTimer({ seconds });
    waits.push({ elapsed: ctx.currentUtcDateTime.getTime() - begin, least: seconds * 1_000 });
  }
  return waits;
});

export interface Ordered {
  readonly run: string;
  readonly count: number;
}

/** Looks at its events only after a while, and then takes them in the order in which they came. */
export const ordered = orchestrator("ordered", async (ctx, { run, count }: Ordered) => {
  await ctx.createTimer({ minutes: 1 });
  const taken: unknown[] = [];
  for (let i = 0; i < count; i++) {
    taken.push(await ctx.waitForExternalEvent("tick"));
    if (i === 0) await ctx.callActivity(work, { label: `${run}/0` }, { retry: PATIENT });
  }
  return taken;
});

export interface Approval {
  readonly run: string;
  readonly cancels: boolean;
}

/** An event and a deadline race; the loser goes on, or is cancelled. */
export const approval = orchestrator("approval", function* (ctx, { run, cancels }: Approval) {
  ctx.setCustomStatus("waiting");
  const deadline = ctx.createTimer({ minutes: 30 });
  const answer = ctx.waitForExternalEvent<number>("Answer");
  const winner = yield* whenAny([answer, deadline]);
  if (winner === deadline) {
    ctx.setCustomStatus("late");
    return { run, outcome: "late", answer: null };
  }
  if (cancels) deadline.cancel();
  ctx.setCustomStatus("answered");
  yield* ctx.callActivity(work, { label: `${run}/0` }, { retry: PATIENT });
  // Long enough for the deadline to come, were it not cancelled.
  if (cancels) yield* ctx.createTimer({ minutes: 40 });
  return { run, outcome: "answered", answer: answer.result };
});

export interface Collecting {
  readonly run: string;
  /** How many ticks to wait for, over all executions. */
  readonly total: number;
  readonly seen: readonly unknown[];
  readonly keys: readonly string[];
}

/**
 * Collects ticks, at most two an execution, and then continues as new: with a timer and an activity that are still
 * open, with events that nobody has looked at yet, and with a custom status from its first execution.
 */
export const collector = orchestrator("collector", function* (ctx, { run, total, seen, keys }: Collecting) {
  if (seen.length === 0) ctx.setCustomStatus({ run, total });
  const collected = [...seen];
  const guid = ctx.newGuid();
  const mine = `${run}/${keys.length}`;
  const done = ctx.callActivity(work, { label: `${mine}/done`, gives: mine }, { retry: PATIENT });
  ctx.createTimer({ minutes: 20 });
  for (let i = 0; i < 2 && collected.length < total; i++) {
    collected.push(yield* ctx.waitForExternalEvent("Tick"));
  }
  yield* ctx.createTimer({ seconds: 3 });
  if (collected.length < total) {
    ctx.callActivity(work, { label: `${mine}/late`, gives: "late" });
    ctx.continueAsNew({ run, total, seen: collected, keys: [...keys, guid] });
    return "not the end";
  }
  return { ticks: collected, keys: [...keys, guid], done: yield* done };
});

/** Continues as new and fails after all: the failure counts. */
export const torn = orchestrator("torn", async (ctx, input: Values) => {
  if (input.run.endsWith("+")) return "again";
  await ctx.callActivity(work, { label: `${input.run}/0` }, { retry: PATIENT });
  ctx.continueAsNew({ run: `${input.run}+`, values: [] });
  throw new Error("torn on purpose");
});

export interface Life {
  readonly run: string;
  /** The first turn is not before this time, in milliseconds since the epoch. */
  readonly notBefore: number;
}

/** Lives, waits to be told to go, and goes. */
export const life = orchestrator("life", function* (ctx, { run, notBefore }: Life) {
  const began = ctx.currentUtcDateTime.getTime();
  ctx.setCustomStatus(run);
  yield* ctx.callActivity(work, { label: `${run}/0` }, { retry: PATIENT });
  const bored = ctx.createTimer({ minutes: 10 });
  const go = ctx.waitForExternalEvent<string>("Go");
  const first: Task = yield* whenAny([go, bored]);
  yield* ctx.callActivity(work, { label: `${run}/1` }, { retry: PATIENT });
  return { run, elapsed: began - notBefore, least: 0, went: first === bored ? null : go.result };
});

/** Ends as it begins. */
export const brief = orchestrator("brief", (ctx, { run, notBefore }: Life) => {
  ctx.setCustomStatus(run);
  return { run, elapsed: ctx.currentUtcDateTime.getTime() - notBefore, least: 0, went: null };
});

export const ACTIVITIES = [work, longWork, refuse] as const;
