/**
 * The scenario type: what it infers, what it refuses, and what it fills in.
 */
import type { ActivityContext, DurableHttpRequest } from "dacapo";
import { activity, InvalidArgumentError, orchestrator } from "dacapo";
import type { Ledger, Mocks } from "@dacapo/simulator";
import { isScenario, scenario, simulate } from "@dacapo/simulator";
import { describe, expect, expectTypeOf, it } from "vitest";
import { SCENARIO } from "../../simulator/src/scenario/scenario.ts";
import { scenarioFingerprint } from "../../simulator/src/scenario/scenario-fingerprint.ts";

interface Order {
  readonly id: string;
}

const charge = activity("charge", (_ctx, order: Order) => Promise.resolve(order.id));
const buy = orchestrator("buy", (ctx, order: Order) => ctx.callActivity(charge, order));
const registered = [buy, charge, activity("count", (_ctx, n: number) => n)] as const;
const clients = (): void => undefined;

describe("the types of a scenario", () => {
  it("infer the input of a mock from the activity that it stands in for", () => {
    expectTypeOf<Pick<Mocks<typeof registered>, "charge" | "count">>().toEqualTypeOf<{
      readonly charge?: (context: ActivityContext, input: Order) => unknown;
      readonly count?: (context: ActivityContext, input: number) => unknown;
    }>();
  });

  it("has a mock of the network, whatever is registered", () => {
    type Mock = NonNullable<Mocks<readonly []>["dacapo.http"]>;
    expectTypeOf<Parameters<Mock>>().toEqualTypeOf<[ActivityContext, DurableHttpRequest]>();
  });

  it("hand what `outside` builds to mocks, clients and properties", () => {
    scenario("typed", {
      register: [buy, charge],
      outside: (world) => ({ charges: world.ledger<{ order: string }>("charges"), limit: 3 }),
      mocks: ({ charges, limit }) => {
        expectTypeOf(charges).toEqualTypeOf<Ledger<{ order: string }>>();
        expectTypeOf(limit).toEqualTypeOf<number>();
        return {
          charge: (ctx, order) => {
            expectTypeOf(ctx).toEqualTypeOf<ActivityContext>();
            expectTypeOf(order).toEqualTypeOf<Order>();
          },
        };
      },
      async clients({ choose, charges }) {
        expectTypeOf(choose.from(["a", "b"])).toEqualTypeOf<string>();
        expectTypeOf(charges.entries()).toEqualTypeOf<readonly { order: string }[]>();
        await Promise.resolve();
      },
      always: {
        typed: ({ charges, hub }) => {
          expectTypeOf(charges.countBy("order")).toEqualTypeOf<readonly number[]>();
          expectTypeOf(hub.outputs()).toEqualTypeOf<readonly unknown[]>();
          return true;
        },
      },
    });
  });
});

describe("a scenario", () => {
  it("is checked and filled in when it is made", () => {
    const made = scenario("plain", { register: registered, clients });
    expect(isScenario(made)).toBe(true);
    expect(made).toMatchObject({ name: "plain", workers: 2, maxSteps: 20_000, always: {}, faults: {} });
    expect(new Date(made.startTime).toISOString()).toBe("2026-01-01T00:00:00.000Z");
  });

  it("gives each worker its versioning: the same, its own, or that of all hubs", () => {
    const given = (options: object): unknown => scenario("x", { register: [buy], clients, ...options }).versioning;
    const [one, other] = [{ version: "1" }, { version: "2", matchStrategy: "strict" }];
    expect(given({})).toEqual([]);
    expect(given({ versioning: one })).toEqual([one, one]);
    expect(given({ versioning: [one, other] })).toEqual([one, other]);
    expect(given({ workers: 1, hub: { worker: { versioning: other } } })).toEqual([other]);
  });

  it("names its clients: one, several, or as they are called", () => {
    const names = (given: Parameters<typeof scenario>[1]["clients"]): readonly string[] =>
      Object.keys(scenario("x", { register: [buy], clients: given }).clients);
    expect(names(clients)).toEqual(["client 1"]);
    expect(names([clients, clients])).toEqual(["client 1", "client 2"]);
    expect(names({ customer: clients, manager: clients })).toEqual(["customer", "manager"]);
  });

  it("is recognised across copies of the package, and nothing else is", () => {
    expect(isScenario({ [Symbol.for("@dacapo/simulator/scenario")]: true })).toBe(true);
    expect(SCENARIO).toBe(Symbol.for("@dacapo/simulator/scenario"));
    for (const other of [undefined, null, 1, {}, "scenario", clients]) expect(isScenario(other)).toBe(false);
  });

  it.each([
    [{ register: [] }, "registers nothing"],
    [{ register: [clients] }, "registers something at position 0 that is no definition"],
    [{ register: [buy, null] }, "registers something at position 1"],
    [{ twins: buy }, "has twins: of type object"],
    [{ twins: [charge] }, "has a twin at position 0 that is no orchestrator"],
    [{ twins: [orchestrator("sell", () => 1)] }, 'has a twin of "sell", which is not registered'],
    [{ twins: [buy, buy] }, 'has two twins of "buy"'],
    [{ models: 1 }, "has models: 1"],
    [{ models: { counter: { init: 0 } } }, 'has a model of "counter" without an apply function'],
    [{ workers: 0 }, "has workers: 0"],
    [{ workers: 27 }, "has workers: 27"],
    [{ workers: "3" }, 'has workers: "3"'],
    [{ versioning: "2.0" }, 'has versioning: "2.0"'],
    [{ versioning: null }, "has versioning: null"],
    [{ versioning: [{ version: "2.0" }] }, "has versioning of 1 workers, and there are 2"],
    [{ versioning: [{}, 7] }, "has versioning[1]: 7"],
    [{ versioning: { version: 2 } }, "has versioning.version: 2"],
    [{ versioning: [{}, { defaultVersion: {} }] }, "has versioning[1].defaultVersion: {}"],
    [{ versioning: { matchStrategy: "older" } }, 'has versioning.matchStrategy: "older"'],
    [{ versioning: { failureStrategy: "abandon" } }, 'has versioning.failureStrategy: "abandon"'],
    [{ versioning: { strategy: "strict" } }, 'has an unknown option "versioning.strategy"'],
    [{ versioning: {}, hub: { worker: { versioning: {} } } }, "has versioning, and hub.worker.versioning as well"],
    [{ hub: { worker: { versioning: { version: 1 } } } }, "has versioning.version: 1"],
    [{ maxSteps: 1.5 }, "has maxSteps: 1.5"],
    [{ outside: {} }, "has outside: of type object"],
    [{ mocks: 1 }, "has mocks: 1"],
    [{ clients: undefined }, "has no clients"],
    [{ clients: {} }, "has no clients"],
    [{ clients: { a: 1 } }, 'has "a" among its clients'],
    [{ always: [] }, "has always: of type object"],
    [{ eventually: { x: true } }, 'has "x" under eventually'],
    [{ sometimes: 5 }, "has sometimes: 5"],
    [{ faults: { "crash-sometimes": true } }, 'names the unknown fault "crash-sometimes"'],
    [{ faults: { "lease-stolen": 2 } }, 'sets the fault "lease-stolen" to 2'],
    [{ offloading: 60 }, "has offloading: 60"],
    [{ offloading: { threshold: -1 } }, "has offloading: of type object"],
    [{ startTime: 0 }, "has a startTime that is no valid date"],
    [{ startTime: new Date(Number.NaN) }, "has a startTime that is no valid date"],
    [{ hub: 1 }, "has hub: 1"],
    [{ hub: { backend: 1 } }, 'has an unknown option "hub.backend"'],
    [{ hub: { history: 5 } }, "has hub.history: 5"],
    [{ hub: { history: { max: 5 } } }, 'has an unknown option "hub.history.max"'],
    [{ hub: { history: { maxEvents: 0 } } }, "has hub.history.maxEvents: 0"],
    [{ hub: { history: { warnEvents: 9, maxEvents: 5 } } }, "has hub.history.warnEvents above hub.history.maxEvents"],
    [{ hub: { retention: {} } }, "has hub.retention: of type object"],
    [{ hub: { retention: [null] } }, "has hub.retention[0] without statuses of orchestrations that ended"],
    [{ hub: { retention: [{ statuses: ["Running"] }] } }, "has hub.retention[0] without statuses"],
    [{ hub: { retention: [{ statuses: ["Failed"], after: 5 }] } }, "has hub.retention[0].after: 5"],
    [{ hub: { retention: [{ statuses: ["Failed"], after: { days: 1 }, name: 1 }] } }, "has hub.retention[0].name: 1"],
    [{ alway: {} }, 'has an unknown option "alway"'],
  ])("with %j is refused, naming the option", (options, problem) => {
    const make = (): unknown => scenario("bad", { register: [buy], clients, ...options } as never);
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(`The scenario "bad" ${problem}`);
  });

  it.each([[""], ["  "], [undefined], [7]])("called %j is refused", (name) => {
    expect(() => scenario(name as string, { register: [buy], clients })).toThrow("A scenario's name is");
  });

  it.each([
    [{ mocks: () => ({ chargeCrad: clients }) }, 'The mock "chargeCrad" of scenario "bad" stands in for no activity'],
    [{ mocks: () => ({ charge: 1 }) }, 'The mock "charge" of scenario "bad" is no function'],
    [{ mocks: () => undefined }, 'The mocks of scenario "bad" are'],
    [{ outside: () => undefined }, 'The outside of scenario "bad" is'],
    [{ outside: () => ({ hub: 1 }) }, 'has a "hub", which is the simulator\'s own'],
  ])("that builds the wrong thing says so when it runs (%#)", async (options, problem) => {
    const made = scenario("bad", { register: [buy, charge], clients, ...options } as never);
    await expect(simulate(made)).rejects.toThrow(problem);
  });
});

describe("a scenario's fingerprint", () => {
  const base = { register: [buy, charge] as const, clients, always: { a: () => true } };
  const print = (options: object): number => scenarioFingerprint(scenario("s", { ...base, ...options }));

  it("is the same for the same names and settings, whatever the code", () => {
    expect(print({ clients: () => void 0, always: { a: () => false }, sometimes: { new: () => true } })).toBe(
      print({}),
    );
    expect(print({ faults: { "lease-stolen": false, "activity-slow": 0.1 } })).toBe(
      print({ faults: { "activity-slow": 0.1, "lease-stolen": false } }),
    );
  });

  it.each([
    { workers: 3 },
    { register: [buy] },
    { clients: { other: clients } },
    { always: { b: () => true } },
    { eventually: { a: () => true } },
    { faults: { "lease-stolen": false } },
    { maxSteps: 5 },
    { hub: { worker: { maxDeliveryCount: 3 } } },
    { hub: { history: { maxEvents: 30 } } },
    { hub: { retention: [{ statuses: ["Completed"], after: { days: 1 } }] } },
    { versioning: { version: "2.0" } },
    { offloading: { threshold: 60 } },
    { startTime: new Date(5) },
  ])("differs for %j", (options) => {
    expect(print(options)).not.toBe(print({}));
  });
});
