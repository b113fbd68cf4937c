/**
 * Laws of types, checked by the compiler: definitions carry their types through every shape and combination.
 *
 * Nothing here runs. A line that must not compile says so with an expected error, which fails when it compiles.
 */
import type {
  DurableHttpResponse,
  Orchestration,
  OrchestrationContext,
  OrchestratorDefinition,
  Task,
  TaskHubClient,
} from "dacapo";
import { activity, orchestrator, whenAll, whenAny } from "dacapo";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when both types are the same. */
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

/** The same, for a value's type. */
function exactly<B>(): <A>(value: A, ...proof: Equal<A, B> extends true ? [] : [never]) => void {
  return () => undefined;
}

interface Order {
  readonly id: number;
}

declare const client: TaskHubClient;
declare const order: Order;

type InputOf<D> = D extends { readonly types?: (input: infer I) => unknown } ? I : never;
type OutputOf<D> = D extends { readonly types?: (input: never) => infer O } ? O : never;

// ——— activities ———

const charge = activity("charge", async (_ctx, input: Order): Promise<string> =>
  Promise.resolve(`receipt ${input.id}`),
);
const plain = activity("plain", (_ctx, n: number) => n + 1);
const nothing = activity("nothing", () => undefined);
const maybe = activity("maybe", (_ctx, n: number | undefined) => n);

same<InputOf<typeof charge>, Order>();
same<OutputOf<typeof charge>, string>();
same<OutputOf<typeof plain>, number>();

// ——— orchestrators, in all shapes ———

export const generator = orchestrator("generator", function* (ctx, input: Order) {
  const receipt = yield* ctx.callActivity(charge, input);
  exactly<string>()(receipt);
  const n = yield* ctx.callActivity(plain, 1);
  exactly<number>()(n);
  const untyped = yield* ctx.callActivity("by name", 1);
  exactly<unknown>()(untyped);
  const told = yield* ctx.callActivity<boolean>("by name", 1);
  exactly<boolean>()(told);
  const event = yield* ctx.waitForExternalEvent<boolean>("Approval");
  exactly<boolean>()(event);
  const timer = yield* ctx.createTimer({ hours: 1 });
  exactly<undefined>()(timer);
  yield* ctx.callActivity(nothing);
  yield* ctx.callActivity(maybe);
  yield* ctx.callActivity(maybe, undefined, { retry: { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 1 } } });
  yield* ctx.callActivity(plain, 1, { retry: ({ lastAttemptNumber }) => lastAttemptNumber < 3 && { seconds: 5 } });
  // @ts-expect-error a number has no unit
  yield* ctx.callActivity(plain, 1, { retry: () => 5000 });
  // @ts-expect-error a retry handler does not wait
  yield* ctx.callActivity(plain, 1, { retry: async () => Promise.resolve(true) });
  const response = yield* ctx.callHttp({ method: "GET", url: "https://example.org/", retry: () => true });
  exactly<DurableHttpResponse>()(response);
  // @ts-expect-error a request has an address
  yield* ctx.callHttp({ method: "GET" });
  // @ts-expect-error an input is missing
  yield* ctx.callActivity(charge);
  // @ts-expect-error the input is of another type
  yield* ctx.callActivity(charge, { id: "7" });
  // @ts-expect-error a duration has a unit
  yield* ctx.createTimer(5);
  return { receipt, n };
});
same<InputOf<typeof generator>, Order>();
same<OutputOf<typeof generator>, { receipt: string; n: number }>();

// ——— sub-orchestrations ———

const child = orchestrator("child", function* (ctx, n: number) {
  yield* ctx.createTimer({ seconds: n });
  return `slept ${n}`;
});
const childless = orchestrator("childless", async (ctx) => Promise.resolve(ctx.instanceId));

export const family = orchestrator("family", function* (ctx, input: Order) {
  const slept = yield* ctx.callSubOrchestrator(child, 5);
  exactly<string>()(slept);
  const pair = yield* whenAll([ctx.callSubOrchestrator(generator, input), ctx.callSubOrchestrator(child, 1)]);
  exactly<{ receipt: string; n: number }>()(pair[0]);
  exactly<string>()(pair[1]);
  yield* ctx.callSubOrchestrator(childless);
  yield* ctx.callSubOrchestrator(child, 5, {
    instanceId: "kid",
    version: "1",
    tags: { team: "red" },
    retry: { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 1 } },
  });
  const untyped = yield* ctx.callSubOrchestrator("by name", input, { instanceId: "kid" });
  exactly<unknown>()(untyped);
  const told = yield* ctx.callSubOrchestrator<boolean>("by name");
  exactly<boolean>()(told);
  // @ts-expect-error an input is missing
  yield* ctx.callSubOrchestrator(child);
  // @ts-expect-error the input is of another type
  yield* ctx.callSubOrchestrator(child, "5");
  // @ts-expect-error an activity is no orchestrator
  yield* ctx.callSubOrchestrator(plain, 5);
  // @ts-expect-error an orchestrator is no activity
  yield* ctx.callActivity(child, 5);
  exactly<string | undefined>()(ctx.parent?.instanceId);
});

export const bareYield = orchestrator("bareYield", function* (ctx: OrchestrationContext, input: Order) {
  const receipt: string = yield ctx.callActivity(charge, input);
  return receipt;
});
same<OutputOf<typeof bareYield>, string>();

export const native = orchestrator("native", async (ctx, input: Order) => {
  const receipt = await ctx.callActivity(charge, input);
  exactly<string>()(receipt);
  const all = await Promise.all([ctx.callActivity(charge, input), ctx.callActivity(plain, 1)]);
  exactly<[string, number]>()(all);
  return receipt.length;
});
same<InputOf<typeof native>, Order>();
same<OutputOf<typeof native>, number>();

export const asyncGenerator = orchestrator("asyncGenerator", async function* (ctx: OrchestrationContext, input: Order) {
  const receipt: string = yield ctx.callActivity(charge, input);
  const n = yield* ctx.callActivity(plain, 1);
  exactly<number>()(n);
  return [receipt, n] as const;
});
same<InputOf<typeof asyncGenerator>, Order>();
same<OutputOf<typeof asyncGenerator>, readonly [string, number]>();

export const returnsTask = orchestrator("returnsTask", (ctx, input: Order) => ctx.callActivity(charge, input));
same<OutputOf<typeof returnsTask>, string>();

export const returnsValue = orchestrator("returnsValue", (_ctx, n: number) => n > 0);
same<OutputOf<typeof returnsValue>, boolean>();

export const noInput = orchestrator("noInput", function* (ctx) {
  yield* ctx.createTimer({ seconds: 1 });
});

// ——— recursion ———

export function* countDown(ctx: OrchestrationContext, n: number): Orchestration<number> {
  if (n === 0) return 0;
  yield* ctx.callActivity(plain, n);
  const rest = yield* countDown(ctx, n - 1);
  exactly<number>()(rest);
  return rest + 1;
}
export const recursive = orchestrator("recursive", countDown);
same<OutputOf<typeof recursive>, number>();

// ——— combinations ———

export const combined = orchestrator("combined", function* (ctx, input: Order) {
  const both = yield* whenAll([ctx.callActivity(charge, input), ctx.callActivity(plain, 1)]);
  exactly<[string, number]>()(both);
  const many = yield* whenAll([1, 2].map((n) => ctx.callActivity(plain, n)));
  exactly<number[]>()(many);
  const nested = yield* whenAll([whenAll([ctx.callActivity(plain, 1)]), ctx.callActivity(charge, input)]);
  exactly<[[number], string]>()(nested);
  const none = yield* whenAll([]);
  exactly<[]>()(none);

  const approval = ctx.waitForExternalEvent<boolean>("Approval");
  const deadline = ctx.createTimer({ hours: 72 });
  const winner = yield* whenAny([approval, deadline]);
  if (winner === deadline) return yield* ctx.callActivity(charge, input);
  exactly<boolean>()(approval.result);
  deadline.cancel();

  const inner = whenAny([approval, deadline]);
  const outer = yield* whenAny([inner, ctx.callActivity(plain, 1)]);
  if (outer === inner) {
    const who = inner.getResult();
    exactly<typeof approval | typeof deadline>()(who);
  }
  return "none";
});

export const combinedAsync = orchestrator("combinedAsync", async (ctx, input: Order) => {
  const both = await whenAll([ctx.callActivity(charge, input), ctx.callActivity(plain, 1)]);
  exactly<[string, number]>()(both);

  const approval = ctx.waitForExternalEvent<boolean>("Approval");
  const deadline = ctx.createTimer({ hours: 72 });
  const winner = await whenAny([approval, deadline]);
  if (winner.task === deadline) return "too late";
  if (winner.index === 0) {
    exactly<Task<boolean>>()(winner.task);
    return winner.task.result ? "yes" : "no";
  }
  exactly<1>()(winner.index);
  // @ts-expect-error there is no third task
  return winner.index === 2;
});

// ——— the client ———

export async function clients(): Promise<void> {
  await client.scheduleNewOrchestration(generator, order);
  await client.scheduleNewOrchestration(generator, order, { instanceId: "one", startAt: { hours: 1 } });
  await client.scheduleNewOrchestration(noInput);
  await client.scheduleNewOrchestration("by name", 7);
  // @ts-expect-error an input is missing
  await client.scheduleNewOrchestration(generator);
  // @ts-expect-error the input is of another type
  await client.scheduleNewOrchestration(generator, "7");
  const state = await client.waitForOrchestrationCompletion<number>("one", { timeout: { minutes: 1 } });
  exactly<number>()(state.output);
  // @ts-expect-error a timeout has a unit
  await client.waitForOrchestrationCompletion("one", { timeout: 60 });
}

// A definition fits wherever any definition is asked for.
export const definitions: readonly OrchestratorDefinition[] = [generator, native, asyncGenerator, noInput, recursive];
