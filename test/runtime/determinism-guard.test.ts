/**
 * The determinism guard: what orchestrator code may not call, and that nothing else notices.
 */
import type { OrchestrationContext, OrchestratorHandler } from "dacapo";
import { activity, NonDeterministicCallError, orchestrator, TaskHub } from "dacapo";
import type { GuardedRegion, Leak } from "dacapo/backend";
import { attachDeterminismGuard, guarded, unguarded } from "dacapo/backend";
import { memory } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { AsyncLocalStorage } from "node:async_hooks";
import { Console } from "node:console";
import nodeCrypto, { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import nodeTimers from "node:timers";
import nodeTimersPromises from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { INNOCENT, LEAKS, MODULE_LEAKS } from "./fixtures/planted-leaks.ts";
import { hop, perform, Stage } from "./stage.ts";

const planted = fileURLToPath(new URL("fixtures/planted-leaks.ts", import.meta.url));
const here = fileURLToPath(import.meta.url);

/** The one line of a file that holds a text. */
function lineOf(text: string, file = here): number {
  const lines = readFileSync(file, "utf8").split("\n");
  const line = lines.findIndex((each) => each.includes(text)) + 1;
  if (line === 0) throw new Error(`${file} has no line with ${text}`);
  return line;
}

/** Orchestrators in the four shapes that do `step` after a first wait, where they can wait. */
const shapes: Readonly<Record<string, (step: () => unknown) => OrchestratorHandler>> = {
  generator: (step) =>
    function* (ctx: OrchestrationContext) {
      yield* ctx.createTimer({ seconds: 1 });
      return step();
    },
  "async function": (step) => async (ctx: OrchestrationContext) => {
    await ctx.createTimer({ seconds: 1 });
    return step();
  },
  "async generator": (step) =>
    async function* (ctx: OrchestrationContext) {
      yield ctx.createTimer({ seconds: 1 });
      return step();
    },
  "plain function": (step) => () => step(),
};

const guard = { determinismGuard: true } as const;

/** Performs `step` in an orchestrator of the shape, under the guard; gives the message with which it fails. */
async function failureOf(shape: string, step: () => unknown): Promise<string | undefined> {
  const { failureDetails: failure } = await perform(orchestrator("leaky", shapes[shape]!(step)), guard);
  return failure === undefined ? undefined : `${failure.code ?? ""} ${failure.errorType}: ${failure.errorMessage}`;
}

/** Everything that the guard may replace, with its descriptor; the settler alone replaces `process.emit`. */
function globals(): readonly unknown[] {
  const owners: readonly object[] = [
    ...[globalThis, Date, Date.prototype, Math, Intl, process, process.hrtime, performance, String.prototype],
    ...[Number.prototype, BigInt.prototype, AbortSignal, Object.getPrototypeOf(performance) as object],
    ...[nodeCrypto, nodeCrypto.webcrypto, Object.getPrototypeOf(nodeCrypto.webcrypto) as object],
    ...[nodeTimers, nodeTimersPromises, Object.getPrototypeOf(nodeTimersPromises.scheduler) as object],
    ...[Intl.Collator.prototype, Intl.DateTimeFormat.prototype, Intl.NumberFormat.prototype],
  ];
  return owners.flatMap((owner) =>
    Reflect.ownKeys(owner).map((key) => {
      if (key === "emit") return "the settler's";
      const { value, ...rest } = Object.getOwnPropertyDescriptor(owner, key)!;
      return [String(key), typeof value === "function" ? (value as unknown) : "data", rest];
    }),
  );
}

describe.each(Object.keys(shapes))("an orchestrator that is a(n) %s", (shape) => {
  it.each(LEAKS)("fails when it calls %s, and is told the line", async (call, leak) => {
    const failure = await failureOf(shape, leak);
    expect(failure).toContain("NON_DETERMINISM NonDeterministicCallError: ");
    expect(failure).toContain(`it calls ${call} at ${planted}:${lineOf(`  ["${call}", `, planted)}:`);
    expect(failure).toMatch(/\. Instead, use .+\.$/);
  });

  it.each(MODULE_LEAKS)("fails when it calls %s", async (name, leak, call) => {
    const failure = await failureOf(shape, leak);
    expect(failure).toContain(`it calls ${call} at ${planted}:${lineOf(`  ["${name}", `, planted)}:`);
  });

  it.each(INNOCENT)("may use %s, and gets what it gets elsewhere", async (_name, call) => {
    const elsewhere = call();
    const state = await perform(orchestrator("innocent", shapes[shape]!(call)), guard);
    expect(state.raiseIfFailed().output).toEqual(elsewhere);
  });

  it("fails although it catches the error", async () => {
    const swallow = (): string => {
      try {
        return String(Math.random()); // the swallowed leak
      } catch {
        return "never mind";
      }
    };
    expect(await failureOf(shape, swallow)).toContain(`Math.random() at ${here}:${lineOf("// the swallowed leak")}:`);
  });

  it("is told the replacement", async () => {
    expect(await failureOf(shape, () => nodeCrypto.randomUUID())).toMatch(/Instead, use ctx\.newGuid\(\)\.$/);
  });

  it("may log, whatever the logger does, at once or later", async () => {
    const lines: string[] = [];
    const later: Promise<unknown>[] = [];
    const info = (): void => {
      lines.push(randomUUID());
      later.push(hop().then(() => new Date()));
      later.push(new Promise((resolve) => setTimeout(() => resolve(Math.random()), 0)));
    };
    const logger = { debug: info, info, warn: info, error: info };
    const logs = orchestrator("logs", (ctx) => shapes[shape]!(() => ctx.log.info("here"))(ctx, undefined as never));
    const { runtimeStatus } = await perform(logs, { ...guard, system: { logger } });
    expect(runtimeStatus).toBe("Completed");
    expect(await Promise.all(later)).toHaveLength(2 * lines.length);
    expect(lines).toHaveLength(1);
  });

  it("does as it likes when the guard is off", async () => {
    const { runtimeStatus } = await perform(
      orchestrator(
        "free",
        shapes[shape]!(() => typeof randomUUID()),
      ),
    );
    expect(runtimeStatus).toBe("Completed");
  });

  it("does as it likes when another hub of the process has the guard on", async () => {
    const other = await Stage.open([], guard);
    const { runtimeStatus } = await perform(
      orchestrator(
        "free",
        shapes[shape]!(() => typeof randomUUID()),
      ),
    );
    await other.close();
    expect(runtimeStatus).toBe("Completed");
  });

  it("fails the same way when its history is replayed in every turn", async () => {
    const leaky = orchestrator("leaky", shapes[shape]!(LEAKS[2]![1]));
    const [warm, cold] = [
      await perform(leaky, guard),
      await perform(leaky, { ...guard, worker: { maxWarmOrchestrations: 0 } }),
    ];
    expect(warm.failureDetails?.errorMessage).toContain("Date.now()");
    expect(cold.failureDetails?.errorMessage).toBe(warm.failureDetails?.errorMessage);
  });
});

describe("the line of a leak", () => {
  it("is the helper's, where a helper leaks", async () => {
    const roll = (): number => Math.random(); // the helper's leak
    const leaky = orchestrator("leaky", function* (ctx) {
      yield* ctx.createTimer({ seconds: 1 });
      return roll() + 1;
    });
    const { failureDetails } = await perform(leaky, guard);
    expect(failureDetails?.errorMessage).toContain(`${here}:${lineOf("// the helper's leak")}:`);
  });

  it("is found in a default value of a parameter, which belongs to the call", async () => {
    const leaky = orchestrator("leaky", function* (ctx, at: Date | undefined = new Date() /* the default */) {
      yield* ctx.createTimer(at);
    });
    const { failureDetails } = await perform(leaky, guard);
    expect(failureDetails?.errorMessage).toContain(`new Date() at ${here}:${lineOf("/* the default */")}:`);
  });

  it("is told as data too", async () => {
    let caught: unknown;
    const leaky = orchestrator("leaky", function* (ctx) {
      yield* ctx.createTimer({ seconds: 1 });
      try {
        randomUUID(); // the leak as data
      } catch (error) {
        caught = error;
      }
    });
    await perform(leaky, guard);
    expect(caught).toBeInstanceOf(NonDeterministicCallError);
    expect(caught).toMatchObject({
      ...{ code: "NON_DETERMINISM", instanceId: "one", call: "crypto.randomUUID()", replacement: "ctx.newGuid()" },
      location: expect.stringContaining(`${here}:${lineOf("// the leak as data")}:`),
    });
  });

  it("is found when a tool has changed how stacks print", async () => {
    const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? {
      configurable: true,
      value: undefined,
    };
    // Such tools may well look at the clock.
    Error.prepareStackTrace = (error, sites) => {
      new Date();
      return [
        String(error),
        ...sites.map((site) => `    at ${String(site.getFileName())}:${String(site.getLineNumber())}:1`),
      ].join("\n");
    };
    try {
      const leaky = orchestrator("leaky", () => Math.random()); // under another printer
      const { failureDetails } = await perform(leaky, guard);
      expect(failureDetails?.errorMessage).toMatch(/Math\.random\(\) at .*determinism-guard\.test\.ts:\d+:1\./);
      Error.prepareStackTrace = () => 42;
      const again = await perform(leaky, guard);
      expect(again.failureDetails?.errorMessage).toContain("Math.random() at a line that the stack does not show.");
    } finally {
      Object.defineProperty(Error, "prepareStackTrace", prepare);
    }
  });
});

describe("code beside orchestrators", () => {
  it("is untouched: activities", async () => {
    const all = [...LEAKS, ...MODULE_LEAKS].filter(([name]) => name !== "fetch()");
    const free = activity("free", async () => {
      for (const [, call] of all) {
        const made = call();
        if (made instanceof Promise) await made;
        if (typeof made === "object" && made !== null && "ref" in made) clearTimeout(made as NodeJS.Timeout);
      }
      return all.length;
    });
    const calls = orchestrator("calls", function* (ctx) {
      return yield* ctx.callActivity(free);
    });
    const { output } = await perform(calls, { ...guard, register: [free] });
    expect(output).toBe(all.length);
  });

  it("is untouched: what runs while async orchestrators wait for their turns, also in between", async () => {
    const stage = await Stage.open([], guard);
    const seen: unknown[] = [];
    const progress = { isOver: false };
    const beside = (async () => {
      while (!progress.isOver) {
        seen.push(randomUUID(), new Date(), Math.random());
        await Promise.resolve();
        if (seen.length % 30 === 0) await hop();
      }
    })();
    const asks = orchestrator("asks", async (ctx) => {
      for (let i = 0; i < 3; i++) {
        await ctx.createTimer({ seconds: 1 });
        await Promise.resolve();
      }
      return ctx.newGuid();
    });
    const results = await Promise.all(Array.from({ length: 4 }, () => perform(asks, guard)));
    progress.isOver = true;
    await beside;
    expect(results.map(({ runtimeStatus }) => runtimeStatus)).toEqual(Array(4).fill("Completed"));
    expect(seen.length).toBeGreaterThan(0);
    await stage.close();
  });

  it("is untouched: what an orchestrator that has ended left running", async () => {
    const leftovers: Promise<unknown>[] = [];
    const ends = orchestrator("ends", async () => {
      // Neither a timer of the guard's nor a durable task: it just goes on.
      leftovers.push(
        (async () => {
          for (let i = 0; i < 50; i++) await Promise.resolve();
          return Math.random();
        })(),
      );
    });
    const { runtimeStatus } = await perform(ends, guard);
    expect(runtimeStatus).toBe("Completed");
    expect(await Promise.all(leftovers)).toEqual([expect.any(Number)]);
  });

  it("is untouched: a hub that an orchestrator calls into keeps its own orchestrators' leaks", async () => {
    const inner = await Stage.open([orchestrator("inner", () => Math.random())], guard);
    await inner.start({ name: "inner" });
    let worked: Promise<unknown> | undefined;
    const outer = orchestrator("outer", function* (ctx) {
      worked = inner.idle();
      yield* ctx.createTimer({ seconds: 1 });
      return "fine";
    });
    expect(await perform(outer, guard)).toMatchObject({ output: "fine" });
    await worked;
    expect((await inner.state()).failureDetails?.errorMessage).toContain("Math.random()");
    await inner.close();
  });
});

describe("an orchestrator's leak after its turn", () => {
  it("fails the instance at once", async () => {
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const late = orchestrator("late", async (ctx) => {
      void woken.then(() => Math.random()); // the late leak
      await ctx.waitForExternalEvent("never");
    });
    const stage = await Stage.open([late], guard);
    await stage.start(late);
    await stage.idle();
    expect((await stage.state()).runtimeStatus).toBe("Running");
    wake();
    await hop();
    await stage.idle();
    expect((await stage.state()).failureDetails?.errorMessage).toContain(`${here}:${lineOf("// the late leak")}:`);
    await stage.close();
  });
});

describe("the process", () => {
  it("gets every function back, with its descriptor, when the last hub stops", async () => {
    const before = globals();
    const first = await Stage.open([], guard);
    const patched = globals();
    expect(patched).not.toEqual(before);
    const second = await Stage.open([], guard);
    expect(globals()).toEqual(patched);
    await first.close();
    expect(globals()).toEqual(patched);
    await second.close();
    expect(globals()).toEqual(before);
  });

  it("is not touched by a hub without the option", async () => {
    const before = globals();
    const stage = await Stage.open([]);
    expect(globals()).toEqual(before);
    await stage.close();
    expect(globals()).toEqual(before);
  });

  it("has one setTimeout, wherever it is found", () => {
    const detach = attachDeterminismGuard();
    const isOne = nodeTimers.setTimeout === setTimeout;
    detach();
    expect(isOne).toBe(true);
  });

  it("keeps what somebody else put in the place of a function, which goes on to work", () => {
    const original = Math.random;
    const detach = attachDeterminismGuard();
    const ours = Math.random;
    const foreign = (): number => ours() * 0 + 0.5;
    Math.random = foreign;
    detach();
    const kept = Math.random;
    const drawn = Math.random();
    Math.random = original;
    expect([ours === original, kept === foreign, drawn]).toEqual([false, true, 0.5]);
  });

  it("detaches once, however often it is asked", () => {
    const original = Math.random;
    const [first, second] = [attachDeterminismGuard(), attachDeterminismGuard()];
    first();
    first();
    const during = Math.random;
    second();
    expect([during === original, Math.random === original]).toEqual([false, true]);
  });
});

describe("a region of one's own", () => {
  const leaks: Leak[] = [];
  const region: GuardedRegion = {
    report: (leak) => {
      leaks.push(leak);
      return new Error(`no ${leak.call}`);
    },
  };

  it("is asked for by a probe, and decides what the call throws", async () => {
    const storage = new AsyncLocalStorage<GuardedRegion>();
    const probe = (): GuardedRegion | undefined => storage.getStore();
    const [detach, detachTwin] = [attachDeterminismGuard(probe), attachDeterminismGuard(probe)];
    detachTwin();
    const leak = storage.run(region, async () => {
      await Promise.resolve();
      return Math.random(); // in a region
    });
    await expect(leak).rejects.toThrow("no Math.random()");
    const { location, ...rest } = leaks.at(-1)!;
    expect(rest).toEqual({ call: "Math.random()", hazard: "chance", replacement: "ctx.random()" });
    expect(location).toContain(`${here}:${lineOf("// in a region")}:`);
    expect(Math.random()).toBeLessThan(1);
    detach();
    expect(storage.run(region, () => Math.random())).toBeLessThan(1);
  });

  it("may be a synchronous piece of code, and ends when that throws", () => {
    const detach = attachDeterminismGuard();
    expect(() => guarded(region, () => Math.random())).toThrow("no Math.random()");
    expect(Math.random()).toBeLessThan(1);
    expect(guarded(region, () => unguarded(() => Math.random()))).toBeLessThan(1);
    expect(guarded({ report: () => undefined }, () => Math.random())).toBeLessThan(1);
    detach();
    expect(guarded(region, () => Math.random())).toBeLessThan(1);
  });

  it("may print, dates too, whatever the console's stream looks at", () => {
    let printed = "";
    const write = (text: unknown, _encoding: unknown, done: () => void): void => {
      printed += `${typeof Math.random()} ${String(text)}`;
      done();
    };
    const printer = new Console({ stdout: new Writable({ write }) });
    const detach = attachDeterminismGuard();
    guarded(region, () => {
      printer.log(new Date(0), { at: new Date(0) }, JSON.stringify(new Date(0)));
    });
    detach();
    const date = "1970-01-01T00:00:00.000Z";
    expect(printed).toBe(`number ${date} { at: ${date} } "${date}"\n`);
  });
});

describe("a replay under the guard", () => {
  const leaky = orchestrator("leaky", function* (ctx) {
    yield* ctx.createTimer({ seconds: 1 });
    return typeof Math.random();
  });

  it("ends at a leak that a hub without guard has let through, and leaves the process as it was", async () => {
    const hub = await TaskHub.open({ backend: memory(), register: [leaky] });
    const id = await hub.client.scheduleNewOrchestration(leaky);
    await hub.start();
    await hub.client.waitForOrchestrationCompletion(id);
    const history = await hub.client.getOrchestrationHistory(id);
    await hub.stop();
    const before = globals();
    expect(await replayHistory(leaky, history)).toMatchObject({ ok: true });
    const result = await replayHistory(leaky, history, { determinismGuard: true });
    expect(result).toMatchObject({ ok: false, error: { call: "Math.random()" } });
    expect(globals()).toEqual(before);
  });
});

describe("the option", () => {
  it("is true or false", async () => {
    const open = TaskHub.open({ backend: memory(), determinismGuard: "yes" as never });
    await expect(open).rejects.toThrow("The option determinismGuard is yes. It is true or false.");
  });
});
