/**
 * The world, with hand-written workers and clients in place of task hubs: ledgers, crashes, faults and waits.
 */
import { describe, expect, it } from "vitest";
import type { Actor } from "../../simulator/src/world/actor.ts";
import { newActor } from "../../simulator/src/world/actor.ts";
import { ChoiceSource } from "../../simulator/src/choices/choices.ts";
import { UncontrolledWaitError } from "../../simulator/src/errors.ts";
import type { FaultClass, FaultSettings } from "../../simulator/src/faults/faults.ts";
import { FaultPlan } from "../../simulator/src/faults/fault-plan.ts";
import { FAULT_NAMES, NO_RATES } from "../../simulator/src/faults/faults.ts";
import { drawFaultRates } from "../../simulator/src/faults/swarm.ts";
import { drain, untilControlled } from "../../simulator/src/world/uncontrolled-waits.ts";
import { World } from "../../simulator/src/world/world.ts";

/** A world in which the faults of `script` happen, in order, as soon as each can. */
function worldWith(...script: FaultClass[]): World {
  const choices = new ChoiceSource({
    pick: ({ keys }) => {
      const index = script[0] === undefined ? -1 : (keys ?? []).indexOf(script[0]);
      if (index < 0) return 0;
      script.shift();
      return index;
    },
  });
  const faults = new FaultPlan(choices, {}, NO_RATES, { stepsMax: 1_000 });
  const settings = { storage: "transactional", maxDeliveryCount: 10, startTime: 0, takesNotes: true } as const;
  return new World({ choices, faults, ...settings });
}

/** Carries out everything that can be, oldest first, and lets time pass. */
async function runToRest(world: World): Promise<void> {
  for (;;) {
    await drain(world);
    await untilControlled(world);
    const [operation] = world.scheduler.runnable();
    const dueTime = world.scheduler.nextDueTime();
    if (operation !== undefined) operation.carryOut();
    else if (dueTime !== undefined && dueTime > world.now) world.clock.advanceTo(dueTime);
    else return;
  }
}

function worker(name = "worker A"): Actor {
  return newActor("worker", name);
}

describe("a ledger", () => {
  it("keeps entries in order, as copies, and counts them by key in the order of appearance", async () => {
    const world = worldWith();
    const ledger = world.ledger<{ order: string; amount: number }>("charges");
    const entry = { order: "b", amount: 1 };
    const done = world.runFunction(worker(), "mock", async () => {
      await ledger.append(entry);
      entry.amount = 99;
      await ledger.append({ order: "a", amount: 2 });
      await ledger.append({ order: "b", amount: 3 });
    });
    await runToRest(world);
    await done;
    expect(ledger.entries().map(({ order, amount }) => `${order}${amount}`)).toEqual(["b1", "a2", "b3"]);
    expect(ledger.countBy("order")).toEqual([2, 1]);
    expect(ledger.countBy(({ amount }) => ({ isLarge: amount > 1 }))).toEqual([1, 2]);
    expect(world.ledger("charges")).toBe(ledger);
  });

  it("takes an entry at once at set-up, when nobody runs", async () => {
    const world = worldWith();
    await world.ledger<number>("n").append(1);
    expect(world.ledger<number>("n").entries()).toEqual([1]);
    expect(world.step).toBe(0);
  });

  it("adds an entry once for each idempotency key", async () => {
    const world = worldWith();
    const ledger = world.ledger<number>("n");
    const added = world.runFunction(worker(), "mock", async () => [
      await ledger.appendOnce("k", 1),
      await ledger.appendOnce("k", 2),
      await ledger.appendOnce("l", 3),
    ]);
    await runToRest(world);
    expect(await added).toEqual([true, false, true]);
    expect(ledger.entries()).toEqual([1, 3]);
  });

  it.each([
    ["crash-before-effect", 0],
    ["crash-after-effect", 1],
  ] as const)("under %s has %i entries, and the worker hears nothing", async (fault, count) => {
    const world = worldWith(fault);
    const actor = worker();
    const restarts: string[] = [];
    world.onRestart = (name, incarnation) => restarts.push(`${name} ${incarnation}`);
    let went = "nowhere";
    void world.runFunction(actor, "mock", async () => {
      await world.ledger<number>("n").append(1);
      went = "on";
      await world.ledger<number>("n").append(2);
    });
    await runToRest(world);
    expect(world.ledger("n").entries()).toHaveLength(count);
    expect(went).toBe("nowhere");
    expect(actor.isAlive).toBe(false);
    expect(restarts).toEqual(["worker A 2"]);
    expect(world.faults.injected).toEqual(new Map([[fault, 1]]));
    expect([...world.functions]).toEqual([]);
  });

  it("is not crashed by clients: they only end", async () => {
    const world = worldWith("crash-before-effect");
    const done = world.runFunction(newActor("client", "client 1"), "client", () => world.ledger<number>("n").append(1));
    await runToRest(world);
    await done;
    expect(world.ledger("n").entries()).toEqual([1]);
  });
});

describe("a crash", () => {
  it("swallows what the worker does later: no effect, no answer, no finally", async () => {
    const world = worldWith();
    const actor = worker();
    const log: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    void world.runFunction(actor, "mock", async () => {
      try {
        await world.ledger<string>("n").append("before");
        await gate;
        await world.ledger<string>("n").append("after");
        log.push("went on");
      } finally {
        log.push("finally");
      }
    });
    await drain(world);
    world.scheduler.runnable()[0]?.carryOut();
    await drain(world);
    world.crash(actor);
    open();
    await runToRest(world);
    expect(world.ledger("n").entries()).toEqual(["before"]);
    expect(log).toEqual([]);
  });
});

describe("a wait on the real world", () => {
  it("stops the simulation and ends it with the function's name", async () => {
    const world = worldWith();
    void world.runFunction(worker(), 'activity "sendMail" on worker A', () => new Promise(() => undefined));
    await expect(runToRest(world)).rejects.toThrow(UncontrolledWaitError);
    await expect(runToRest(world)).rejects.toThrow('activity "sendMail" on worker A waits on something');
  });

  it("is forgiven when it is over after a few turns of the event loop", async () => {
    const world = worldWith();
    const done = world.runFunction(worker(), "mock", async () => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      return "done";
    });
    await runToRest(world);
    expect(await done).toBe("done");
  });

  it("does not let anything else happen meanwhile", async () => {
    const world = worldWith();
    const log: string[] = [];
    void world.scheduler.perform(worker("worker B"), "other", () => log.push("other"));
    const done = world.runFunction(worker(), "mock", async () => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      log.push("mock");
    });
    await runToRest(world);
    await done;
    expect(log).toEqual(["mock", "other"]);
  });

  it("is no wait on the real world when another client of the run will end it", async () => {
    const world = worldWith();
    let tell = (_news: string): void => undefined;
    const ready = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const client = (name: string): Actor => newActor("client", name);
    const second = world.runFunction(client("second"), "second", () => ready);
    const first = world.runFunction(client("first"), "first", async () => {
      for (let i = 0; i < 3; i++) await world.ledger<number>("n").append(i);
      tell("told");
    });
    await runToRest(world);
    await first;
    expect(await second).toBe("told");
  });

  it("is one when no other function can end it any more", async () => {
    const world = worldWith();
    void world.runFunction(newActor("client", "second"), 'client "second"', () => new Promise(() => undefined));
    void world.runFunction(newActor("client", "first"), "first", () => world.ledger<number>("n").append(1));
    await expect(runToRest(world)).rejects.toThrow('client "second" waits on something');
  });
});

describe("the fault plan", () => {
  const every = (fault: FaultClass): FaultPlan =>
    new FaultPlan(new ChoiceSource({ pick: ({ keys }) => Math.max((keys ?? []).indexOf(fault), 0) }), {}, NO_RATES, {
      stepsMax: 100,
    });

  it("drops a fault that would bring work to the poison limit", () => {
    const plan = every("lease-stolen");
    expect(plan.draw("x", ["lease-stolen"], 1, () => false)).toBeUndefined();
    expect(plan.total).toBe(0);
    expect(plan.draw("x", ["lease-stolen"], 1, () => true)).toBe("lease-stolen");
  });

  it("leaves poisoned work out unless the scenario asks for it", () => {
    const choices = new ChoiceSource({ pick: () => 1 });
    const draw = (settings: FaultSettings): FaultClass | undefined =>
      new FaultPlan(choices, settings, NO_RATES, { stepsMax: 9 }).draw("x", ["work-poisoned"], 1);
    expect(draw({})).toBeUndefined();
    expect(draw({ "work-poisoned": true })).toBe("work-poisoned");
  });

  it("ends all faults after so many, and after so many steps", () => {
    const plan = every("cache-evicted");
    const drawn = Array.from({ length: 90 }, () => plan.draw("x", ["cache-evicted"], 1));
    expect(drawn.filter((fault) => fault !== undefined).length).toBe(plan.total);
    expect(plan.total).toBeLessThan(30);
    expect(every("cache-evicted").draw("x", ["cache-evicted"], 101)).toBeUndefined();
  });

  it("asks nothing where no fault is possible or all are switched off", () => {
    const choices = new ChoiceSource({ pick: () => 1 });
    const plan = new FaultPlan(choices, { "cache-evicted": false, "lease-stolen": 0 }, NO_RATES, {
      stepsMax: 9,
    });
    expect(plan.draw("x", ["cache-evicted", "lease-stolen"], 1)).toBeUndefined();
    expect(plan.draw("x", [], 1)).toBeUndefined();
    expect(choices.sequence).toEqual([]);
  });
});

describe("the swarm", () => {
  const rates = (run: number): readonly number[] => {
    const drawn = drawFaultRates("1", run, {}, 5_000);
    return FAULT_NAMES.map((fault) => drawn.rateOf(fault, 1));
  };

  it("gives the same run the same mixture, and other runs other mixtures", () => {
    expect(rates(3)).toEqual(rates(3));
    expect(new Set(Array.from({ length: 50 }, (_, run) => rates(run).join())).size).toBeGreaterThan(35);
  });

  it("has runs without faults, with one class, and with nearly all", () => {
    const sizes = Array.from({ length: 300 }, (_, run) => rates(run).filter((rate) => rate > 0).length);
    expect(Math.min(...sizes)).toBe(0);
    expect(sizes).toContain(1);
    expect(Math.max(...sizes)).toBeGreaterThan(FAULT_NAMES.length - 3);
  });

  it("follows the scenario: off is off, and a number is the rate", () => {
    for (let run = 0; run < 50; run++) {
      const drawn = drawFaultRates("1", run, { "lease-stolen": false, "activity-slow": 0.25 }, 5_000);
      expect(drawn.rateOf("lease-stolen", 1)).toBe(0);
      expect(drawn.rateOf("activity-slow", 1)).toBe(0.25);
    }
  });
});
