/**
 * Orchestrations that call, end, hold and write to each other, and what a user may expect of them.
 *
 * Invariant: every effect is labelled with the run and the call that it belongs to, as in `programs.ts`.
 */
import { activity, type Orchestration, type OrchestrationContext, orchestrator, whenAll, whenAny } from "dacapo";
import type { InstanceState, Properties } from "@dacapo/simulator";
import type { Outside } from "./expectations.ts";
import { work } from "./programs.ts";

const PATIENT = { maxNumberOfAttempts: 5, firstRetryInterval: { seconds: 2 }, backoffCoefficient: 2 } as const;

/** Says how many executions have asked under this label, this one included. */
export const turnstile = activity("turnstile", (_ctx, _label: string): Promise<number> => Promise.resolve(0));

/** A child with children of its own down to a depth; each does its work and adds one. */
export const descend = orchestrator(
  "descend",
  function* (
    ctx: OrchestrationContext,
    { run, depth }: { readonly run: string; readonly depth: number },
  ): Orchestration<number> {
    yield* ctx.callActivity(work, { label: `${run}/${depth}` }, { retry: PATIENT });
    if (depth === 0) return 1;
    // An order to end the family finds it waiting here.
    yield* ctx.createTimer({ seconds: 5 });
    return 1 + (yield* ctx.callSubOrchestrator<number>("descend", { run, depth: depth - 1 }));
  },
);

/** Continues as new a few times before it answers. */
export const roundabout = orchestrator(
  "roundabout",
  function* (ctx, { run, left }: { readonly run: string; readonly left: number }) {
    yield* ctx.callActivity(work, { label: `${run}/round ${left}` }, { retry: PATIENT });
    if (left > 0) ctx.continueAsNew({ run, left: left - 1 });
    return ctx.parent?.instanceId ?? "nobody";
  },
);

/** Fails at its first try, and works at its second. */
export const shaky = orchestrator("shaky", function* (ctx, run: string) {
  const tries = yield* ctx.callActivity(turnstile, `${run}/shaky`, { retry: PATIENT });
  if (tries < 2) throw new Error(`try ${tries} fails on purpose`);
  return tries;
});

/** Waits for a word that may never come. */
export const waiter = orchestrator("waiter", function* (ctx) {
  return yield* ctx.waitForExternalEvent<string>("Word");
});

/** A family: children side by side and one after another, one that is tried again, one that nobody waits for. */
export const clan = orchestrator("clan", function* (ctx, run: string) {
  const both = yield* whenAll([
    ctx.callSubOrchestrator(descend, { run, depth: 2 }),
    ctx.callSubOrchestrator(roundabout, { run, left: 2 }),
  ]);
  const pause = ctx.createTimer({ seconds: 20 });
  if ((yield* whenAny([ctx.waitForExternalEvent("Go"), pause])) !== pause) pause.cancel();
  const once = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 1 } };
  let again: unknown;
  try {
    again = yield* ctx.callSubOrchestrator(shaky, run, { instanceId: "kid", retry: once });
  } catch (error) {
    again = (error as { readonly details?: { readonly code?: string } }).details?.code ?? "lost";
  }
  const orphan = ctx.callSubOrchestrator(waiter, undefined, { instanceId: `${run} waits` });
  ctx.sendEvent(`${run} waits`, "Word", "first");
  const winner = yield* whenAny([orphan, ctx.createTimer({ minutes: 50 })]);
  return { both, again, word: winner === orphan ? orphan.result : "none" };
});

export interface Boxed {
  readonly run: string;
  /** How many letters to wait for, over all executions. */
  readonly total: number;
  readonly taken: readonly string[];
}

/** Takes letters, two an execution, and works on each. */
export const box = orchestrator("box", function* (ctx, { run, total, taken }: Boxed) {
  const letters = [...taken];
  for (let i = 0; i < 2 && letters.length < total; i++) {
    const letter = yield* ctx.waitForExternalEvent<string>("Letter");
    yield* ctx.callActivity(work, { label: `${run}/${letter}` }, { retry: PATIENT });
    letters.push(letter);
  }
  if (letters.length < total) ctx.continueAsNew({ run, total, taken: letters });
  return letters;
});

export interface Writing {
  readonly to: string;
  readonly name: string;
  readonly from: number;
  readonly last: number;
}

/** Writes numbered letters: one at the end of an execution, two in one turn, and one after a wait. */
export const writer = orchestrator("writer", async (ctx, { to, name, from, last }: Writing) => {
  const send = (n: number): void => {
    if (n <= last) ctx.sendEvent(to, "LETTER", `${name} ${n}`);
  };
  send(from);
  send(from + 1);
  await ctx.callActivity(work, { label: `${name}/${from}` }, { retry: PATIENT });
  send(from + 2);
  if (from + 3 <= last) ctx.continueAsNew({ to, name, from: from + 3, last });
  return "sent";
});

export const always: Properties<Outside> = {
  "a call has its effect once": ({ effects }) => effects.countBy("label").every((count) => count === 1),
  "an instance fails only where its code does": ({ hub }) =>
    hub.instances().every((instance) => instance.runtimeStatus !== "Failed" || isAllowedToFail(instance)),
  "a family comes to what its members give": ({ hub, requests }) =>
    hub.instances().every(({ name, runtimeStatus, output }) => {
      if (name !== "clan" || runtimeStatus !== "Completed") return true;
      const { both, again } = output as { readonly both: readonly unknown[]; readonly again: unknown };
      const isTaken = requests.entries().some(({ what }) => what === "taken");
      const isExpected =
        again === 2 || again === "ORCHESTRATION_TERMINATED" || (isTaken && again === "INSTANCE_ALREADY_EXISTS");
      return JSON.stringify(both) === '[3,"clan"]' && isExpected;
    }),
  "the letters of a writer are taken in the order written": ({ effects }) => {
    const last = new Map<string, number>();
    return effects.entries().every(({ label }) => {
      const [, life, name, n] = /^(first)\/(\w+) (\d+)$/.exec(label) ?? [];
      if (life === undefined) return true;
      const before = last.get(name ?? "") ?? 0;
      last.set(name ?? "", Number(n));
      return Number(n) === before + 1;
    });
  },
};

export const eventually: Properties<Outside> = {
  "nobody of a family that was ended runs on": ({ hub, requests }) =>
    !requests.entries().some(({ kind, what }) => kind === "purge" && what === "family") ||
    hub.instances().every(({ isTerminal, name, instanceId }) => isTerminal || name === "box" || instanceId === "kid"),
  "a box that was there first gets all letters": ({ hub, requests }) =>
    requests.entries().some(({ what }) => what === "ended") ||
    // Two orders of a client have no promised order: who was told to go on first is held.
    hub.instances().some(({ runtimeStatus }) => runtimeStatus === "Suspended") ||
    hub.instances().every(({ name, input, isTerminal }) => {
      return name !== "box" || (input as Boxed).run !== "first" || isTerminal;
    }),
};

function isAllowedToFail({ failure }: InstanceState): boolean {
  let cause = failure;
  while (cause?.innerFailure !== undefined) cause = cause.innerFailure;
  return /\(simulated\)|on purpose$|was terminated\.$/.test(cause?.errorMessage ?? "");
}
