/**
 * Leaks in simulated code: whatever a run could not repeat is named, with its line and what to do instead; the
 * process is left as it was.
 */
import type { ActivityContext } from "dacapo";
import { activity, orchestrator } from "dacapo";
import type { ClientTools, Scenario, ScenarioOptions, SimulationResult } from "@dacapo/simulator";
import { loadScenario, replayToken, scenario, simulate, UncontrolledCallError } from "@dacapo/simulator";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { INNOCENT, LEAKS, MODULE_LEAKS } from "../runtime/fixtures/planted-leaks.ts";
import { purchaseApproval } from "./purchase-approval.ts";

const planted = fileURLToPath(new URL("../runtime/fixtures/planted-leaks.ts", import.meta.url));
const here = fileURLToPath(import.meta.url);

/** The number of the line of a file that holds a text. */
function lineOf(text: string, file = here): number {
  const line =
    readFileSync(file, "utf8")
      .split("\n")
      .findIndex((each) => each.includes(text)) + 1;
  if (line === 0) throw new Error(`${file} has no line with ${text}`);
  return line;
}

const ALL = [
  ...LEAKS.map(([call, leak]) => ({ name: call, call, leak })),
  ...MODULE_LEAKS.map(([name, leak, call]) => ({ name, call, leak })),
];

type Parts = Partial<Omit<ScenarioOptions<readonly [typeof idle, typeof work], object>, "register">>;

const work = activity("work", (_ctx, input: string) => input);
const idle = orchestrator("idle", function* (ctx) {
  return yield* ctx.callActivity(work, "done");
});

/** A scenario in which one instance calls one activity, but for `parts`. */
function small(parts: Parts = {}): Scenario {
  const clients = ({ client }: ClientTools): Promise<void> =>
    client.scheduleNewOrchestration(idle).then(() => undefined);
  return scenario("small", { register: [idle, work] as const, clients, ...parts });
}

/** The same with another orchestrator, or with another activity. */
function running(step: () => unknown, where: "generator" | "async function" | "activity"): Scenario {
  const leaky = activity("leaky", () => String(step()));
  const run =
    where === "generator"
      ? orchestrator("run", function* (ctx) {
          yield* ctx.createTimer({ seconds: 1 });
          step();
        })
      : orchestrator("run", async (ctx) => {
          if (where === "activity") return ctx.callActivity(leaky);
          await ctx.createTimer({ seconds: 1 });
          step();
          return "";
        });
  return scenario("running", {
    register: [run, leaky],
    clients: async ({ client }) => {
      await client.scheduleNewOrchestration(run);
    },
  });
}

const brief = { runs: 3, maxShrinkRuns: 20 } as const;

async function errorOf(made: Scenario): Promise<UncontrolledCallError> {
  const outcome = await simulate(made, brief).catch((error: unknown) => error);
  if (!(outcome instanceof UncontrolledCallError)) expect.fail(`ended with ${JSON.stringify(outcome)}`);
  return outcome;
}

describe.each(["generator", "async function"] as const)("a workflow that is a %s", (shape) => {
  it.each(ALL)("fails the run with $name, its line and its replacement", async ({ name, call, leak }) => {
    const result = await simulate(running(leak, shape), brief);
    const place = `it calls ${call} at ${planted}:${lineOf(`  ["${name}", `, planted)}:`;
    expect(result).toMatchObject({ outcome: "failed", oracle: "O6" });
    expect(result.message).toContain(place);
    expect(result.message).toMatch(/Instead, use .+\.$/);
    expect(result.story?.join("\n")).toContain(place);
  });

  it("fails although it swallows the error", async () => {
    const swallow = (): void => {
      try {
        randomUUID(); // swallowed by a workflow
      } catch {
        // Never mind.
      }
    };
    const result = await simulate(running(swallow, shape), brief);
    expect(result.message).toContain(`${here}:${lineOf("// swallowed by a workflow")}:`);
  });

  it.each(INNOCENT)("may use %s", async (_name, use) => {
    expect(await simulate(running(use, shape), brief)).toMatchObject({ outcome: "passed" });
  });

  it("fails in the same way when the token is replayed", async () => {
    const made = running(() => Math.random(), shape);
    const { token = "", message } = await simulate(made, brief);
    expect(await replayToken(made, token)).toMatchObject({ verdict: "same", message });
  });
});

describe("an activity", () => {
  it.each(ALL)("ends the search with $name, its line and what to do", async ({ name, call, leak }) => {
    const error = await errorOf(running(leak, "activity"));
    expect(error).toMatchObject({ code: "UNCONTROLLED_CALL", caller: 'activity "leaky" on worker A', call });
    expect(error.location).toContain(`${planted}:${lineOf(`  ["${name}", `, planted)}:`);
    expect(error.message).toContain(`activity "leaky" on worker A calls ${call} at ${error.location}`);
    expect(error.message).toContain(`Instead, ${error.replacement}.`);
  });

  it.each(INNOCENT)("may use %s", async (_name, use) => {
    expect(await simulate(running(use, "activity"), brief)).toMatchObject({ outcome: "passed" });
  });

  it("ends it although it swallows the error, and after it has waited", async () => {
    const patient = async (ctx: ActivityContext): Promise<void> => {
      await ctx.sleep({ seconds: 1 });
      await Promise.resolve()
        .then(() => Math.random() /* in a mock */)
        .catch(() => 0);
    };
    const error = await errorOf(small({ mocks: () => ({ work: patient }) }));
    expect(error.location).toContain(`${here}:${lineOf("/* in a mock */")}:`);
    expect(error.replacement).toBe("make ids of ctx.idempotencyKey, take values from the input, or let a mock answer");
  });

  it("may print and clone dates, and hand them to a ledger", async () => {
    const at = new Date(0);
    const made = small({
      outside: (world) => ({ log: world.ledger<object>("log") }),
      mocks: (outside) => ({
        work: async (ctx) => {
          console.log("at", at, [at]);
          ctx.log.info({ at }, "logged");
          await (outside as { log: { append(entry: object): Promise<void> } }).log.append({ at: structuredClone(at) });
        },
      }),
    });
    expect(await simulate(made, { runs: 2 })).toMatchObject({ outcome: "passed" });
  });
});

describe("other code of a scenario", () => {
  const places: readonly (readonly [where: string, caller: string, parts: Parts, replacement: string])[] = [
    [
      "a client",
      'client "shop"',
      { clients: { shop: ({ after }) => after({ seconds: 1 }).then(() => void Math.random()) /* a client's */ } },
      "draw it with choose",
    ],
    [
      "outside()",
      "outside()",
      { outside: () => ({ drawn: Math.random() /* outside's */ }) },
      "use a counter, or a fixed value",
    ],
    [
      "mocks()",
      "mocks()",
      { mocks: () => ({ work: String(Math.random()) as never /* mocks' */ }) },
      "use a counter, or a fixed value",
    ],
    [
      "an always property",
      'property "lucky"',
      { always: { lucky: () => Math.random() < 2 /* always */ } },
      "use a counter, or a fixed value",
    ],
    [
      "an eventually property",
      'property "lucky"',
      { eventually: { lucky: () => Math.random() < 2 /* eventually */ } },
      "use a counter, or a fixed value",
    ],
    [
      "a sometimes property",
      'property "lucky"',
      { sometimes: { lucky: () => Math.random() < 2 /* sometimes */ } },
      "use a counter, or a fixed value",
    ],
  ];
  const markers = ["a client's", "outside's", "mocks'", "always", "eventually", "sometimes"];

  it.each(places)("is watched as well: %s", async (where, caller, parts, replacement) => {
    const marker = markers[places.findIndex(([each]) => each === where)]!;
    const error = await errorOf(small(parts));
    expect(error).toMatchObject({ caller, call: "Math.random()", replacement });
    expect(error.location).toContain(`${here}:${lineOf(`/* ${marker} */`)}:`);
  });
});

describe("a scenario file in TypeScript", () => {
  const file = fileURLToPath(new URL("fixtures/leaks.scenario.ts", import.meta.url));
  const names = ["Date.now()", "Math.random()", "crypto.randomUUID()", "setTimeout()", "localeCompare()"];
  const load = async (where: string, name: string): Promise<Scenario> => {
    const only = async ({ client }: ClientTools): Promise<void> => {
      await client.scheduleNewOrchestration(where, { name });
    };
    return { ...(await loadScenario(file)), clients: { only } };
  };

  it.each(names)("is told its own line of %s in a workflow", async (name) => {
    const result = await simulate(await load("inWorkflow", name), brief);
    expect(result.message).toContain(` at ${file}:${lineOf(`  "${name}": `, file)}:`);
  });

  it.each(names)("is told its own line of %s in an activity", async (name) => {
    const error = await errorOf(await load("inActivity", name));
    expect(error.location).toContain(`${file}:${lineOf(`  "${name}": `, file)}:`);
  });
});

describe("the process", () => {
  const look = (): readonly unknown[] =>
    [globalThis, Date, Date.prototype, Math, Intl, process, performance, crypto, String.prototype].flatMap((owner) =>
      Object.values(Object.getOwnPropertyDescriptors(owner)).map((descriptor) =>
        typeof descriptor.value === "function" ? (descriptor.value as unknown) : Reflect.get(descriptor, "get"),
      ),
    );

  it("is what it was after simulations that passed, failed and could not be made, one beside the other", async () => {
    const before = look();
    const ends: Promise<unknown>[] = [
      simulate(small(), { runs: 30 }),
      simulate(purchaseApproval("naive"), { runs: 60, maxShrinkRuns: 50 }),
      simulate(
        running(() => Math.random(), "generator"),
        brief,
      ),
      simulate(
        running(() => Math.random(), "activity"),
        brief,
      ).catch((error: unknown) => error),
    ];
    expect(look()).not.toEqual(before);
    const outcomes = (await Promise.all(ends)) as readonly (SimulationResult | UncontrolledCallError)[];
    expect(outcomes.map((each) => ("outcome" in each ? each.outcome : each.code))).toEqual([
      ...["passed", "failed", "failed", "UNCONTROLLED_CALL"],
    ]);
    expect(look()).toEqual(before);
  });

  it("does not notice a simulation that runs in it", async () => {
    const progress = { isOver: false };
    const beside = (async () => {
      const seen: unknown[] = [];
      while (!progress.isOver) {
        for (const [, leak] of LEAKS.slice(0, 10)) seen.push(leak());
        await new Promise((resolve) => setImmediate(resolve));
      }
      return seen.length;
    })();
    const result = await simulate(small(), { runs: 20 });
    progress.isOver = true;
    expect(result.outcome).toBe("passed");
    expect(await beside).toBeGreaterThan(0);
  });
});
