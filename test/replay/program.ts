/**
 * Random workflow programs for property tests: small trees of steps, each run by one generator and by one async
 * function that mean the same.
 *
 * Invariant: a program is data; what it does is a function of it and of the order in which its tasks complete.
 */
import fc from "fast-check";
import type { LockHandle, Orchestration, OrchestrationContext, Task, TimerTask } from "dacapo";
import { activity, entity, whenAll, whenAny } from "dacapo";

export type Step =
  | { readonly kind: "entity"; readonly key: Key; readonly fails: boolean }
  | { readonly kind: "activity"; readonly fails: boolean }
  | { readonly kind: "retried"; readonly failures: number }
  | { readonly kind: "timer"; readonly hours: number }
  | { readonly kind: "event"; readonly name: string }
  | { readonly kind: "cancelled"; readonly wait: boolean }
  | { readonly kind: "status" }
  | { readonly kind: "signal"; readonly key: Key; readonly hours: number }
  | {
      readonly kind: "section";
      readonly keys: readonly Key[];
      readonly isLeft: boolean;
      readonly body: readonly Leaf[];
    }
  | { readonly kind: "guid" }
  | { readonly kind: "all"; readonly leaves: readonly Leaf[] }
  | { readonly kind: "any"; readonly leaves: readonly Leaf[]; readonly awaitLosers: boolean }
  | { readonly kind: "try"; readonly body: readonly Step[]; readonly compensation: readonly Step[] }
  | { readonly kind: "again"; readonly preserve: boolean };

export type Leaf =
  | Extract<Step, { readonly kind: "activity" | "timer" | "event" }>
  | { readonly kind: "entity"; readonly key: Key; readonly fails: boolean };

type Key = "a" | "b" | "c";

export interface ProgramInput {
  readonly steps: readonly Step[];
  readonly generation: number;
}

/** Fails as often as it is told to, by its attempt number. */
export const work = activity("work", (ctx, input: { failures: number; value: unknown }) => {
  if (ctx.attempt <= input.failures) throw new Error(`failure ${ctx.attempt}`);
  return input.value;
});

/** Counts what reaches it. */
export const counter = entity<{ count(fails?: boolean): number }>("counter", (ctx) => {
  if (ctx.getInput<boolean | undefined>() === true) throw new Error("failure of an entity");
  const count = ctx.getState(0) + 1;
  ctx.setState(count);
  return count;
});

const key = fc.constantFrom<Key>("a", "b", "c");

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("activity" as const), fails: fc.boolean() }) },
  fc.record({ kind: fc.constant("timer" as const), hours: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("event" as const), name: fc.constantFrom("a", "b") }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("entity" as const), key, fails: fc.boolean() }) },
);

const leaves = fc.array(leaf, { minLength: 1, maxLength: 4 });

const simpleStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  fc.record({ kind: fc.constant("retried" as const), failures: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("cancelled" as const), wait: fc.boolean() }),
  fc.constant<Step>({ kind: "status" }),
  fc.constant<Step>({ kind: "guid" }),
  fc.record({ kind: fc.constant("signal" as const), key, hours: fc.integer({ min: 0, max: 2 }) }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("section" as const),
      keys: fc.array(key, { minLength: 1, maxLength: 3 }),
      isLeft: fc.boolean(),
      body: fc.array(leaf, { maxLength: 3 }),
    }),
  },
  fc.record({ kind: fc.constant("all" as const), leaves }),
  fc.record({ kind: fc.constant("any" as const), leaves, awaitLosers: fc.boolean() }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again" as const), preserve: fc.boolean() }) },
);

const steps = fc.array(simpleStep, { maxLength: 4 });

/** Programs of a few steps. */
export const program: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: simpleStep },
    fc.record({ kind: fc.constant("try" as const), body: steps, compensation: steps }),
  ),
  { minLength: 1, maxLength: 5 },
);

const GENERATIONS = 3;
const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { minutes: 1 }, backoffCoefficient: 2 };

/** What both interpreters do alike: everything but waiting. */
class Stagehand {
  readonly trace: unknown[] = [];
  readonly ctx: OrchestrationContext;
  readonly input: ProgramInput;

  constructor(ctx: OrchestrationContext, input: ProgramInput) {
    this.ctx = ctx;
    this.input = input;
  }

  note(what: unknown): void {
    this.trace.push(what, this.ctx.currentUtcDateTime.getTime());
  }

  begin(step: Leaf): Task {
    switch (step.kind) {
      case "activity":
        return this.ctx.callActivity(work, { failures: step.fails ? 99 : 0, value: this.trace.length });
      case "timer":
        return this.ctx.createTimer({ hours: step.hours });
      case "event":
        return this.ctx.waitForExternalEvent(step.name);
      case "entity":
        return this.ctx.entities.callEntity(counter, step.key, "count", step.fails);
    }
  }

  lock(keys: readonly Key[]): Task<LockHandle> {
    return this.ctx.entities.lockEntities(keys.map((one) => [counter, one] as const));
  }

  retried(failures: number): Task {
    return this.ctx.callActivity(work, { failures, value: "done" }, { retry });
  }

  cancelled(): TimerTask {
    const timer = this.ctx.createTimer({ hours: 1 });
    timer.cancel();
    return timer;
  }

  private signal({ key: to, hours }: Extract<Step, { readonly kind: "signal" }>): void {
    const options = hours === 0 ? {} : { signalTime: { hours } };
    this.ctx.entities.signalEntity(counter, to, "count", false, options);
  }

  /** Steps that wait for nothing. */
  act(step: Extract<Step, { readonly kind: "status" | "guid" | "again" | "signal" }>): void {
    if (step.kind === "status") this.ctx.setCustomStatus(this.trace.length);
    else if (step.kind === "guid") this.note([this.ctx.newGuid(), this.ctx.random()]);
    else if (step.kind === "signal") this.signal(step);
    else if (this.input.generation < GENERATIONS) {
      const next: ProgramInput = { ...this.input, generation: this.input.generation + 1 };
      this.ctx.continueAsNew(next, { preserveUnprocessedEvents: step.preserve });
    }
  }
}

/** The program as a generator. */
export function* performed(ctx: OrchestrationContext, input: ProgramInput): Orchestration<unknown> {
  const stagehand = new Stagehand(ctx, input);
  yield* performedSteps(stagehand, input.steps);
  return stagehand.trace;
}

function* performedSteps(hand: Stagehand, list: readonly Step[]): Orchestration<void> {
  for (const step of list) {
    switch (step.kind) {
      case "activity":
      case "timer":
      case "event":
      case "entity":
        hand.note(yield* hand.begin(step));
        break;
      case "section": {
        const lock = yield* hand.lock(step.keys);
        hand.note(lock.ownedLocks.length);
        yield* performedSteps(hand, step.body);
        if (!step.isLeft) lock.release();
        hand.note(hand.ctx.entities.isInCriticalSection().inSection);
        break;
      }
      case "retried":
        hand.note(yield* hand.retried(step.failures));
        break;
      case "cancelled": {
        const timer = hand.cancelled();
        if (step.wait) yield* timer;
        break;
      }
      case "all":
        hand.note(yield* whenAll(step.leaves.map((one) => hand.begin(one))));
        break;
      case "any": {
        const tasks = step.leaves.map((one) => hand.begin(one));
        const winner = yield* whenAny(tasks);
        hand.note(tasks.indexOf(winner));
        if (step.awaitLosers) hand.note(yield* whenAll(tasks));
        break;
      }
      case "try":
        try {
          yield* performedSteps(hand, step.body);
        } catch (error) {
          hand.note((error as Error).name);
          yield* performedSteps(hand, step.compensation);
        }
        break;
      default:
        hand.act(step);
    }
  }
}

/** The same program as an async function. */
export async function performedAsync(ctx: OrchestrationContext, input: ProgramInput): Promise<unknown> {
  const stagehand = new Stagehand(ctx, input);
  await performedStepsAsync(stagehand, input.steps);
  return stagehand.trace;
}

/** Several programs at a time, each a branch of its own, in one async function. */
export async function performedBranches(
  ctx: OrchestrationContext,
  input: { readonly branches: readonly (readonly Step[])[] },
): Promise<unknown> {
  const stagehand = new Stagehand(ctx, { steps: [], generation: GENERATIONS });
  const branches = input.branches.map((branch) => performedStepsAsync(stagehand, branch));
  const ends = await Promise.allSettled(branches);
  return [stagehand.trace, ends.map(({ status }) => status)];
}

async function performedStepsAsync(hand: Stagehand, list: readonly Step[]): Promise<void> {
  for (const step of list) {
    switch (step.kind) {
      case "activity":
      case "timer":
      case "event":
      case "entity":
        hand.note(await hand.begin(step));
        break;
      case "section": {
        const lock = await hand.lock(step.keys);
        hand.note(lock.ownedLocks.length);
        await performedStepsAsync(hand, step.body);
        if (!step.isLeft) lock.release();
        hand.note(hand.ctx.entities.isInCriticalSection().inSection);
        break;
      }
      case "retried":
        hand.note(await hand.retried(step.failures));
        break;
      case "cancelled": {
        const timer = hand.cancelled();
        if (step.wait) await timer;
        break;
      }
      case "all":
        hand.note(await whenAll(step.leaves.map((one) => hand.begin(one))));
        break;
      case "any": {
        const tasks = step.leaves.map((one) => hand.begin(one));
        hand.note((await whenAny(tasks)).index);
        if (step.awaitLosers) hand.note(await whenAll(tasks));
        break;
      }
      case "try":
        try {
          await performedStepsAsync(hand, step.body);
        } catch (error) {
          hand.note((error as Error).name);
          await performedStepsAsync(hand, step.compensation);
        }
        break;
      default:
        hand.act(step);
    }
  }
}
