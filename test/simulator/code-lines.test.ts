/**
 * Laws of the line that a failure leads to: it is the user's own, the right one, in every shape of orchestrator, and
 * noting it changes nothing.
 */
import { activity, orchestrator, whenAll, whenAny } from "dacapo";
import type { OrchestratorDefinition } from "dacapo";
import type { Properties, Scenario } from "@dacapo/simulator";
import { replayToken, scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { randomChoices } from "../../simulator/src/choices/random-choices.ts";
import { faultSteps, runOnce } from "../../simulator/src/explore/run.ts";
import { drawFaultRates } from "../../simulator/src/faults/swarm.ts";
import { firstPlaceIn } from "../../simulator/src/report/code-location.ts";
import { textOf } from "../tooling/repository.ts";
import { purchaseApproval } from "./purchase-approval.ts";

const HERE = "test/simulator/code-lines.test.ts";

/** The line of this file that ends with the comment `// marked`. */
function lineMarked(mark: string): number {
  return (
    textOf(HERE)
      .split("\n")
      .findIndex((line) => line.endsWith(`// ${mark}`)) + 1
  );
}

const book = activity("book", (_ctx, what: string) => what);
const peek = activity("peek", (_ctx, what: string) => what);

interface Entry {
  readonly what: string;
}

/** What `always` must hold of the ledger of what was booked. */
type Holds = (entries: readonly Entry[]) => boolean;

function booking(definition: OrchestratorDefinition<undefined, unknown>, holds: Holds): Scenario {
  return scenario("booking", {
    register: [definition, book, peek],
    outside: (world) => ({ bookings: world.ledger<Entry>("bookings") }),
    mocks: ({ bookings }) => ({ book: (_ctx, what) => bookings.append({ what }), peek: () => undefined }),
    clients: async ({ client }) => {
      await client.scheduleNewOrchestration(definition, undefined, "it");
    },
    always: { "the books are in order": ({ bookings }) => holds(bookings.entries()) },
  });
}

function waiting(definition: OrchestratorDefinition<undefined, unknown>, eventually: Properties): Scenario {
  return scenario("waiting", {
    register: [definition, book, peek],
    clients: async ({ client }) => {
      await client.scheduleNewOrchestration(definition, undefined, "it");
    },
    eventually,
  });
}

const ALL_END: Properties = { "all end": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal) };

const noWrongOne: Holds = (entries) => entries.every(({ what }) => what !== "wrong");

describe("the line that had the effect", () => {
  const generator = orchestrator("it", function* (ctx) {
    yield* ctx.callActivity(book, "right");
    yield* ctx.callActivity(peek, "nothing");
    yield* ctx.callActivity(book, "wrong"); // in a generator
  });
  const asynchronous = orchestrator("it", async (ctx) => {
    await ctx.callActivity(book, "right");
    await Promise.all([
      ctx.callActivity(book, "right"),
      ctx.callActivity(book, "wrong"), // in an async function
    ]);
  });
  const asyncGenerator = orchestrator("it", async function* (ctx) {
    yield ctx.callActivity(book, "right");
    yield ctx.callActivity(book, "wrong"); // in an async generator
  });
  const plain = orchestrator("it", (ctx) =>
    whenAll([
      ctx.callActivity(book, "right"),
      ctx.callActivity(book, "wrong"), // in a plain function
    ]),
  );
  const looping = orchestrator("it", function* (ctx) {
    for (const what of ["right", "wrong"]) {
      yield* ctx.callActivity(book, what); // in a loop
    }
  });
  const retrying = orchestrator("it", function* (ctx) {
    yield* ctx.callActivity(book, "right");
    const retry = { maxNumberOfAttempts: 4, firstRetryInterval: { seconds: 5 } };
    yield* ctx.callActivity(book, "wrong", { retry }); // with retries
  });

  it.each([
    ["in a generator", generator],
    ["in an async function", asynchronous],
    ["in an async generator", asyncGenerator],
    ["in a plain function", plain],
    ["in a loop", looping],
    ["with retries", retrying],
  ] as const)("is the call, %s", async (mark, definition) => {
    const result = await simulate(booking(definition, noWrongOne), { runs: 20 });
    expect(result.location).toMatchObject({ file: HERE, line: lineMarked(mark), because: "called" });
    expect(result.location?.text).toBe(textOf(HERE).split("\n")[lineMarked(mark) - 1]?.trim());
  });

  it("is the call whose every delivery counts, also where a crash lies in between", async () => {
    const twice: Holds = (entries) => new Set(entries.map(({ what }) => what)).size === entries.length;
    for (const seed of [1, 2, 3]) {
      const result = await simulate(booking(retrying, twice), { runs: 300, seed });
      expect([lineMarked("with retries"), lineMarked("with retries") - 2]).toContain(result.location?.line);
      const what = /"what":"(\w+)"\} once more/.exec(result.story?.join() ?? "")?.[1];
      expect(result.location?.text).toContain(`"${what}"`);
    }
  });

  it("is told again by the token", async () => {
    const made = booking(generator, noWrongOne);
    const { token, location } = await simulate(made, { runs: 20 });
    expect((await replayToken(made, token!)).location).toEqual(location);
    expect(token).not.toContain("code-lines");
  });
});

describe("the line that an instance got to", () => {
  it("is where it waits", async () => {
    const definition = orchestrator("it", function* (ctx) {
      yield* ctx.callActivity(peek, "first");
      yield* whenAny([ctx.waitForExternalEvent("never")]); // waits here
    });
    const { location } = await simulate(waiting(definition, ALL_END), { runs: 20 });
    expect(location).toMatchObject({ file: HERE, line: lineMarked("waits here"), because: "reached" });
  });

  it("is where the code threw, when it failed", async () => {
    const definition = orchestrator("it", async (ctx) => {
      await ctx.callActivity(peek, "first");
      throw new Error("no luck"); // throws here
    });
    const fails: Properties = { "none fails": ({ hub }) => hub.instances().every(({ failure }) => !failure) };
    const { location } = await simulate(waiting(definition, fails), { runs: 20 });
    expect(location).toMatchObject({ file: HERE, line: lineMarked("throws here"), because: "threw" });
  });

  it("is the one whose argument is refused", async () => {
    const definition = orchestrator("it", function* (ctx) {
      yield* ctx.createTimer({ hours: Number.NaN }); // asks for this
    });
    const fails: Properties = { "none fails": ({ hub }) => hub.instances().every(({ failure }) => !failure) };
    const { location } = await simulate(waiting(definition, fails), { runs: 20 });
    expect(location).toMatchObject({ file: HERE, line: lineMarked("asks for this"), because: "threw" });
  });
});

it("a client that throws is led to itself", async () => {
  const made = scenario("a client throws", {
    register: [book],
    clients: async ({ after }) => {
      await after({ seconds: 1 });
      throw new RangeError("my own fault"); // the client
    },
  });
  const { location } = await simulate(made, { runs: 20 });
  expect(location).toMatchObject({ file: HERE, line: lineMarked("the client"), because: "client" });
});

it("noting lines changes nothing: the same choices, steps and outcome as without", async () => {
  for (const kind of ["naive", "repaired"] as const) {
    for (let run = 0; run < 20; run++) {
      const made = purchaseApproval(kind);
      const options = { rates: drawFaultRates("lines", run, made.faults, faultSteps(made)) };
      const [noted, plain] = await Promise.all(
        [true, false].map((takesNotes) =>
          runOnce(made, { ...options, provider: randomChoices("lines", run), takesNotes }),
        ),
      );
      expect({ ...noted, notes: [] }).toEqual({ ...plain, notes: [] });
      expect(noted?.notes.some(({ type }) => type === "line")).toBe(true);
    }
  }
});

it("places in packages, in Node and in the simulator are nobody's line", () => {
  const stack = [
    "Error: no",
    "    at node:internal/process/task_queues:95:5",
    "    at run (file:///home/me/app/node_modules/lib/index.js:3:1)",
    "    at new Promise (<anonymous>)",
    `    at Run.until (${process.cwd()}/simulator/src/explore/run.ts:120:7)`,
    `    at Execution.feed (${process.cwd()}/src/core/execution.ts:99:3)`,
    "    at async C:\\work\\relative (nowhere.ts:1:1)",
  ];
  expect(firstPlaceIn(stack.join("\n"))).toBeUndefined();
  const mine = [...stack, "    at async purchase (file:///home/me/my%20app/flow.ts:31:17)"];
  expect(firstPlaceIn(mine.join("\n"))).toEqual({ file: "/home/me/my app/flow.ts", line: 31, column: 17 });
});
