/**
 * Laws of fast-check in a simulation: any of its arbitraries draws a client's data, and schedule, faults and data are
 * one value of a property. What fails shrinks, and a token brings it back.
 */
import { activity, orchestrator } from "dacapo";
import type { Scenario } from "@dacapo/simulator";
import { replayToken, scenario, simulate } from "@dacapo/simulator";
import { choicesFromToken, expectToPass, simulateOnce, simulationChoices } from "@dacapo/simulator/fast-check";
import type { SimulationChoices } from "@dacapo/simulator/fast-check";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChoiceSource } from "../../simulator/src/choices/choices.ts";
import { drawData } from "../../simulator/src/choices/data-random.ts";
import { BORING_CHOICES, randomChoices } from "../../simulator/src/choices/random-choices.ts";
import { siteOf, strictReplay } from "../../simulator/src/choices/recorded-choices.ts";
import { decodeToken } from "../../simulator/src/choices/token.ts";
import { purchaseApproval } from "./purchase-approval.ts";

const echo = orchestrator("echo", (_ctx, input: unknown) => input);

/** A client starts an instance with data of the arbitrary; `isFine` is what must hold of it. */
function given<T>(arbitrary: fc.Arbitrary<T>, isFine: (value: T) => boolean): Scenario {
  return scenario("given", {
    register: [echo],
    clients: async ({ client, choose }) => {
      await client.scheduleNewOrchestration(echo, choose.arbitrary(arbitrary), "it");
    },
    always: { "it is fine": ({ hub }) => hub.instances().every(({ input }) => isFine(input as T)) },
  });
}

/** The data in the story of the simplest failure, which its token must reproduce. */
async function simplest<T>(arbitrary: fc.Arbitrary<T>, isFine: (value: T) => boolean): Promise<unknown> {
  const made = given(arbitrary, isFine);
  const { token, story } = await simulate(made, { runs: 500 });
  expect(token).toBeDefined();
  expect(await replayToken(made, token!)).toMatchObject({ verdict: "same", story });
  return JSON.parse(/ with (.*)$/.exec(story?.[0] ?? "")?.[1] ?? "null");
}

describe("data of an arbitrary", () => {
  it("shrinks to the smallest that fails, and its token brings it back", async () => {
    expect(await simplest(fc.integer(), (n) => n < 1000)).toBe(1000);
    expect(await simplest(fc.integer(), (n) => n > -17)).toBe(-17);
    expect(await simplest(fc.constantFrom("a", "b", "c", "d"), (letter) => letter < "c")).toBe("c");
    expect(await simplest(fc.string(), (text) => !text.includes("b"))).toBe("b");
    expect(await simplest(fc.oneof(fc.string(), fc.nat(), fc.boolean()), (value) => value !== true)).toBe(true);
    expect(await simplest(fc.double({ noNaN: true }), (n) => n < 1.5)).toBe(1.5);
    expect(await simplest(fc.uniqueArray(fc.nat(), { minLength: 2 }), (list) => list.length < 3)).toHaveLength(3);
  });

  it("shrinks in lists of records: no item, no field is left that does not matter", async () => {
    const items = fc.array(fc.record({ name: fc.string(), count: fc.nat(), note: fc.option(fc.string()) }));
    const found = await simplest(items, (list) => list.every(({ count }) => count <= 1000));
    expect(found).toEqual([{ name: "", count: 1001, note: null }]);
  });

  it("is a function of the choices: the same ones give the same data", () => {
    const arbitrary = fc.record({ words: fc.array(fc.string()), big: fc.bigInt(), date: fc.date(), json: fc.json() });
    const first = new ChoiceSource(randomChoices("data", 1));
    const value = drawData(arbitrary, "client 1", first);
    const recorded = first.sequence.map((choice) => ({ value: choice.value, n: choice.n, site: siteOf(choice) }));
    expect(drawData(arbitrary, "client 1", new ChoiceSource(strictReplay(recorded)))).toEqual(value);
    expect(first.sequence.length).toBeGreaterThan(5);
  });

  it("is the simplest there is when every choice is 0", () => {
    const boring = <T>(arbitrary: fc.Arbitrary<T>): T =>
      drawData(arbitrary, "client 1", new ChoiceSource(BORING_CHOICES));
    expect(boring(fc.integer())).toBe(0);
    expect(boring(fc.integer({ min: -9, max: -3 }))).toBe(-3);
    expect(boring(fc.bigInt())).toBe(0n);
    expect(boring(fc.maxSafeInteger())).toBe(0);
    expect(boring(fc.array(fc.string()))).toEqual([]);
    expect(boring(fc.boolean())).toBe(false);
    expect(boring(fc.constantFrom("first", "second"))).toBe("first");
  });

  it("is found also where a filter refuses the simplest values", () => {
    const boring = <T>(arbitrary: fc.Arbitrary<T>): T =>
      drawData(arbitrary, "client 1", new ChoiceSource(BORING_CHOICES));
    expect(boring(fc.integer().filter((n) => n > 100)) > 100).toBe(true);
    expect(boring(fc.string().filter((text) => text.trim() !== "")).trim()).not.toBe("");
    expect(() => boring(fc.integer().filter(() => false))).toThrow("Its filters refuse too much");
  });

  it("stays within its range, and reaches both ends of it", () => {
    const choices = new ChoiceSource(randomChoices("ranges", 0));
    const ranges: readonly (readonly [number, number])[] = [
      [0, 1],
      [-1, 1],
      [-5, 2],
      [-2, 5],
      [3, 9],
      [-9, -3],
    ];
    for (const [min, max] of ranges) {
      const drawn = new Set<number>();
      for (let i = 0; i < 400; i++) drawn.add(drawData(fc.integer({ min, max }), "client 1", choices));
      expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: max - min + 1 }, (_, i) => min + i));
    }
    for (let i = 0; i < 400; i++) {
      const big = drawData(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 30n }), "client 1", choices);
      expect(big >= -(10n ** 20n) && big <= 10n ** 30n).toBe(true);
      expect(Number.isSafeInteger(drawData(fc.maxSafeInteger(), "client 1", choices))).toBe(true);
    }
  });

  it("is the same twice where an arbitrary asks for a copy", async () => {
    const made = given(fc.clone(fc.array(fc.nat()), 2), ([a, b]) => JSON.stringify(a) === JSON.stringify(b));
    expect((await simulate(made, { runs: 50 })).outcome).toBe("passed");
  });

  it("needs an arbitrary, and says so", () => {
    const choices = new ChoiceSource(BORING_CHOICES);
    expect(() => drawData({} as Parameters<typeof drawData>[0], "client 1", choices)).toThrow(
      "was not given an arbitrary",
    );
  });
});

/** Charges twice when a worker dies in between; `orders` orders are placed. */
function shop(orders: number): Scenario {
  const charge = activity("charge", (_ctx, order: string) => order);
  const buy = orchestrator("buy", function* (ctx, order: string) {
    yield* ctx.callActivity(charge, order);
  });
  return scenario("shop", {
    register: [charge, buy],
    outside: (world) => ({ charges: world.ledger<{ order: string }>("charges") }),
    mocks: ({ charges }) => ({ charge: (_ctx, order) => charges.append({ order }) }),
    clients: async ({ client }) => {
      for (let i = 1; i <= orders; i++) await client.scheduleNewOrchestration(buy, `order-${i}`, `order-${i}`);
    },
    always: { "each order is charged once": ({ charges }) => charges.countBy("order").every((n) => n <= 1) },
  });
}

/** A worker that crashes makes this workflow lose what it remembered in its own memory. */
function forgetful(): Scenario {
  const add = activity("add", (_ctx, n: number) => n);
  const sum = orchestrator("sum", function* (ctx, upTo: number) {
    for (let i = 0; i < upTo; i++) yield* ctx.callActivity(add, i);
  });
  return scenario("forgetful", {
    register: [add, sum],
    outside: (world) => ({ sums: world.ledger<{ sum: number }>("sums") }),
    mocks: ({ sums }) => {
      let total = 0;
      return { add: (_ctx, n) => sums.append({ sum: (total += n) }) };
    },
    workers: 1,
    clients: async ({ client, choose }) => {
      await client.scheduleNewOrchestration(sum, choose.arbitrary(fc.integer({ min: 0, max: 6 })), "sum");
    },
    always: {
      "sums only grow": ({ sums }) => sums.entries().every(({ sum }, i, all) => sum >= (all[i - 1]?.sum ?? 0)),
    },
  });
}

interface Found {
  readonly details: fc.RunDetails<[number, SimulationChoices]>;
  readonly runs: number;
}

async function check(
  scenarioFor: (n: number) => Scenario,
  parameters: fc.Parameters<[number, SimulationChoices]>,
): Promise<Found> {
  let runs = 0;
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 5 }), simulationChoices(), async (n, choices) => {
    runs += 1;
    await expectToPass(scenarioFor(n), choices);
  });
  return { details: await fc.check(property, { seed: 1, numRuns: 500, ...parameters }), runs };
}

/** How many choices of a token are not the boring one. */
function sizeOf(choices: SimulationChoices | undefined): number {
  const [, token = ""] = /^\[token "(.*)"\]$/.exec(String(choices)) ?? [];
  return decodeToken(token).choices.filter(({ value }) => value !== 0).length;
}

describe("the choices of a run as a value of a property", () => {
  it("shrink together with the other values, to one fault and one order", async () => {
    const { details } = await check(shop, {});
    const [orders, choices] = details.counterexample ?? [];
    expect(orders).toBe(1);
    expect(sizeOf(choices)).toBe(1);
    expect(details.numShrinks).toBeGreaterThan(1);
    expect(fc.stringify(choices)).toBe(String(choices));
  });

  it("shrink data that clients draw as well", async () => {
    const { details } = await check(() => forgetful(), {});
    expect(sizeOf(details.counterexample?.[1])).toBeLessThanOrEqual(2);
    expect((details.errorInstance as Error).message).toMatch(/starts sum "sum" with [3-5]\n/);
  });

  it("find, in a scenario of several bugs' worth of choices, what the search finds", async () => {
    const { details } = await check(() => purchaseApproval("naive"), {});
    expect(sizeOf(details.counterexample?.[1])).toBeLessThanOrEqual(2);
  });

  it("print a token that is replayed as an example and from the command line alike", async () => {
    const { details } = await check(shop, {});
    const [orders, choices] = details.counterexample!;
    const [, token = ""] = /"(.*)"/.exec(String(choices))!;
    expect((await replayToken(shop(orders), token)).verdict).toBe("same");
    const again = await check(shop, { numRuns: 1, examples: [[orders, choicesFromToken(token)]] });
    expect(again.details.failed).toBe(true);
    expect(String(again.details.counterexample?.[1])).toBe(String(choices));
  });

  it("come again from fast-check's seed, and with its path at once", async () => {
    const one = (): Scenario => shop(1);
    const first = (await check(one, {})).details;
    const { seed, counterexamplePath: path } = first;
    expect(path?.split(":").length).toBeGreaterThan(2);
    const seeded = (await check(one, { seed })).details;
    expect(String(seeded.counterexample)).toBe(String(first.counterexample));
    const walked = await check(one, { seed, path: path!, endOnFailure: true });
    expect(String(walked.details.counterexample)).toBe(String(first.counterexample));
    expect(walked.runs).toBe(1);
  });

  it("say that a path leads nowhere where the code no longer fails on the way", async () => {
    const { seed, counterexamplePath: path } = (await check(shop, {})).details;
    const { details } = await check(() => given(fc.nat(), () => true), { seed, path: path!, endOnFailure: true });
    expect((details.errorInstance as Error).message).toContain("fast-check's path leads to no failure");
  });

  it("do not shrink for ever where the property fails without them", async () => {
    const property = fc.asyncProperty(simulationChoices(), () => Promise.reject(new Error("unrelated")));
    const details = await fc.check(property, { seed: 1 });
    expect(details.failed).toBe(true);
    expect(details.numShrinks).toBeLessThan(500);
  });

  it("are told to be stale where the scenario has changed", async () => {
    const { token } = await simulateOnce(shop(1), fc.sample(simulationChoices(), { seed: 1, numRuns: 1 })[0]!);
    await expect(simulateOnce(forgetful(), choicesFromToken(token))).rejects.toThrow("STALE at step 0");
  });

  it("say what is wrong where they, or the scenario, are something else", async () => {
    const [choices] = fc.sample(simulationChoices(), { seed: 1, numRuns: 1 });
    await expect(simulateOnce({} as Scenario, choices!)).rejects.toThrow("was given no scenario");
    await expect(simulateOnce(shop(1), "dacapo1:" as never)).rejects.toThrow("was given no choices");
  });
});

describe("one run", () => {
  it("that passes has a token as well", async () => {
    const [choices] = fc.sample(simulationChoices(), { seed: 1, numRuns: 1 });
    expect(String(choices)).toMatch(/^\[choices of seed \d+, not run\]$/);
    const { failure, token, steps, story } = await simulateOnce(
      given(fc.nat(), () => true),
      choices!,
    );
    expect({ failure, story }).toEqual({ failure: undefined, story: [] });
    expect(steps).toBeGreaterThan(0);
    expect(String(choices)).toBe(`[token "${token}"]`);
  });

  it("that fails tells what, how, and in which line", async () => {
    const made = given(fc.nat(), () => false);
    const [choices] = fc.sample(simulationChoices(), { seed: 1, numRuns: 1 });
    const run = await simulateOnce(made, choices!);
    expect(run).toMatchObject({ failure: '"it is fine" does not hold', property: "it is fine" });
    expect(run.story.at(-1)).toBe('This breaks "it is fine"');
  });
});
