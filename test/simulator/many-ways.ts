/**
 * A scenario whose workflows and clients go through as much of the engine as they can: continue-as-new with and
 * without the unprocessed events, terminate, purge, the reuse of ids, retries that get through and that do not, fan-out,
 * timers that lose, starts that are due later, activities that nobody waits for. What it does is legal, so that an
 * oracle that says something is wrong.
 */
import type { OrchestrationContext } from "dacapo";
import { activity, orchestrator, whenAll, whenAny } from "dacapo";
import type { Scenario, ScenarioOptions } from "@dacapo/simulator";
import { scenario } from "@dacapo/simulator";

const RETRY = { maxNumberOfAttempts: 4, firstRetryInterval: { seconds: 5 }, backoffCoefficient: 2 };

const echo = activity("echo", (_ctx, value: unknown): unknown => value);
const slow = activity("slow", async (ctx, seconds: number) => {
  await ctx.sleep({ seconds });
  return new Date(seconds * 1_000);
});
const moody = activity("moody", (ctx, mood: string): string | undefined => {
  if (mood === "never") throw new TypeError("never");
  if (mood === "final") throw Object.assign(new Error("final"), { isNonRetriable: true });
  // What is thrown need not have the name of an error.
  if (mood === "odd") throw Object.assign(new Error("odd"), { name: { mood } });
  if (mood === "too long") return mood.repeat(1_000);
  if (mood === "later" && ctx.attempt < 3) throw new Error(`attempt ${ctx.attempt}`);
  return mood === "silent" ? undefined : mood;
});
const unwritable = activity("unwritable", () => 1n);

/** Takes so many events, a generation for each few; in the end it says which it got. */
const collector = orchestrator("collector", function* (ctx, input: { readonly left: number; readonly got: string[] }) {
  const got = [...input.got];
  ctx.setCustomStatus(got.length);
  ctx.callActivity(echo, "nobody waits for this");
  const deadline = ctx.createTimer({ minutes: 40 });
  for (let i = 0; i < 2; i++) {
    const event = ctx.waitForExternalEvent<string>("Item");
    const winner = yield* whenAny([event, deadline]);
    if (winner === deadline) return got;
    got.push(event.result);
  }
  if (isLucky(ctx)) deadline.cancel();
  if (input.left === 0) return got;
  ctx.continueAsNew({ left: input.left - 1, got }, { preserveUnprocessedEvents: input.left % 2 === 1 });
  return undefined;
});

function isLucky(ctx: OrchestrationContext): boolean {
  return ctx.random() < 0.5;
}

const trier = orchestrator("trier", async (ctx, moods: readonly string[]) => {
  const results: unknown[] = [];
  for (const mood of moods) {
    try {
      results.push(await ctx.callActivity(moody, mood, { retry: RETRY }));
    } catch (error) {
      results.push((error as Error).message);
    }
  }
  try {
    await ctx.callActivity(unwritable);
  } catch (error) {
    results.push((error as Error).name);
  }
  return results;
});

const fan = orchestrator("fan", function* (ctx, width: number) {
  const tasks = Array.from({ length: width }, (_, i) => ctx.callActivity(i % 3 === 2 ? slow : echo, i));
  const all = yield* whenAll(tasks);
  const go = ctx.waitForExternalEvent("Go");
  yield* whenAny([go, ctx.createTimer({ minutes: 5 })]);
  return all.length;
});

const waiter = orchestrator("waiter", async function* (ctx) {
  yield ctx.waitForExternalEvent("Go");
  yield ctx.waitForExternalEvent("go");
  return "gone";
});

const WORKFLOWS = [collector, trier, fan, waiter];

export function manyWays(details: Pick<ScenarioOptions<readonly [], object>, "oracles" | "faults"> = {}): Scenario {
  return scenario("many ways", {
    ...details,
    register: [...WORKFLOWS, echo, slow, moody, unwritable],
    workers: 3,
    hub: { payloadBytesMax: 500, worker: { maxWarmOrchestrations: 2 } },
    clients: {
      async starter({ client, choose, after }) {
        await client.scheduleNewOrchestration(trier, [choose.from(MOODS), choose.from(MOODS)], "trier");
        await client.scheduleNewOrchestration(fan, choose.integer(0, 5), { instanceId: "a", startAt: { minutes: 3 } });
        await client.scheduleNewOrchestration(collector, { left: choose.integer(0, 3), got: [] }, "b");
        for (let i = 0; i < choose.integer(0, 10); i++) {
          await after({ seconds: choose.integer(0, 90) });
          await client.raiseOrchestrationEvent("b", choose.boolean() ? "item" : "Item", `item ${i}`);
        }
      },
      async meddler({ client, choose, after }) {
        for (let i = 0; i < 6; i++) {
          await after({ seconds: choose.integer(0, 200) });
          const id = choose.from(["a", "b"]);
          const deed = choose.from(["raise", "terminate", "purge", "start", "look"]);
          try {
            if (deed === "raise") await client.raiseOrchestrationEvent(id, choose.boolean() ? "Go" : "Item", i);
            else if (deed === "terminate") await client.terminateOrchestration(id, { by: "meddler" });
            else if (deed === "purge") await client.purgeOrchestration(id);
            else if (deed === "start") await client.scheduleNewOrchestration(waiter, undefined, id);
            else await client.getOrchestrationState(id);
          } catch (error) {
            if (!RACES.includes((error as { code?: string }).code ?? "")) throw error;
          }
        }
      },
      async onlooker({ client, choose }) {
        const wait = choose.boolean() ? "waitForOrchestrationCompletion" : "waitForOrchestrationStart";
        await client[wait](choose.from(["a", "b", "trier"]), { timeout: { hours: 2 } });
        await client.getOrchestrationState("a");
        await client.getOrchestrationState("b");
      },
    },
    sometimes: {
      "an id is used again": ({ hub }) => ["a", "b"].some((id) => hub.instance(id)?.name === "waiter"),
      "a generation follows another": ({ hub }) => Number(hub.instance("b")?.customStatus ?? 0) > 2,
      "a call gets through at its third attempt": ({ hub }) =>
        hub.history("trier").some((event) => event.type === "TaskScheduled" && event.attempt === 3),
      "an instance is terminated": ({ hub }) =>
        hub.instances().some(({ runtimeStatus }) => runtimeStatus === "Terminated"),
      "an instance waits for ever": ({ hub }) => hub.instances().some(({ isTerminal }) => !isTerminal),
    },
  });
}

const MOODS = ["good", "later", "never", "final", "odd", "too long", "silent"] as const;

const RACES: readonly string[] = [
  "INSTANCE_NOT_FOUND",
  "INSTANCE_TERMINAL",
  "INSTANCE_NOT_TERMINAL",
  "INSTANCE_ALREADY_EXISTS",
  "STORAGE",
];
