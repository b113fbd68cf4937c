/**
 * Laws of what an orchestrator may ask instead of the machine: time, ids, random numbers, a log, a status.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OrchestrationContext } from "dacapo";
import { orchestrator } from "dacapo";
import { seededRandom, uuidV5 } from "../../src/core/determinism.ts";
import { sha1 } from "../../src/core/sha1.ts";
import { echo, perform, Stage } from "../runtime/stage.ts";

const cold = { worker: { maxWarmOrchestrations: 0 } };

describe("the time", () => {
  it("stands still within a turn and never goes back", async () => {
    const definition = orchestrator("time", function* (ctx) {
      const times: number[] = [];
      const note = (): unknown => times.push(ctx.currentUtcDateTime.getTime(), ctx.currentUtcDateTime.getTime());
      note();
      yield* ctx.createTimer({ hours: 1 });
      note();
      yield* ctx.callActivity(echo, 1);
      note();
      return times;
    });
    const times = (await perform(definition, { register: [echo], ...cold })).output as number[];
    const start = Date.UTC(2026, 0, 1);
    const later = start + 3_600_000;
    expect(times).toEqual([start, start, later, later, later, later]);
  });

  it("does not go back when the worker's clock does", async () => {
    const definition = orchestrator("time", function* (ctx) {
      const times = [ctx.currentUtcDateTime.getTime()];
      yield* ctx.waitForExternalEvent("x");
      return [...times, ctx.currentUtcDateTime.getTime()];
    });
    const stage = await Stage.open([definition]);
    await stage.start(definition);
    await stage.idle();
    stage.clock.advance(-3_600_000);
    await stage.client.raiseOrchestrationEvent("one", "x");
    await stage.idle();
    const [first, second] = (await stage.output()) as number[];
    expect(second).toBe(first);
  });

  it("is a new Date each time, so nobody can change it", async () => {
    const definition = orchestrator("time", (ctx: OrchestrationContext) => {
      ctx.currentUtcDateTime.setTime(0);
      return ctx.currentUtcDateTime.getTime();
    });
    expect((await perform(definition)).output).toBe(Date.UTC(2026, 0, 1));
  });
});

describe("ids and random numbers", () => {
  const draw = orchestrator("draw", function* (ctx) {
    const all: unknown[] = [ctx.newGuid(), ctx.random()];
    for (let turn = 0; turn < 3; turn++) {
      yield* ctx.callActivity(echo, turn);
      all.push(ctx.newGuid(), ctx.random());
    }
    return all;
  });

  it("are the same on every replay", async () => {
    const warm = await perform(draw, { register: [echo] });
    const replayed = await perform(draw, { register: [echo], ...cold });
    expect(replayed.output).toEqual(warm.output);
    expect(new Set(warm.output as unknown[]).size).toBe(8);
  });

  it("differ between instances", async () => {
    const stage = await Stage.open([draw, echo]);
    for (const id of ["a", "b"]) await stage.start(draw, undefined, id);
    await stage.rest();
    const all = [...((await stage.output("a")) as unknown[]), ...((await stage.output("b")) as unknown[])];
    expect(new Set(all).size).toBe(16);
  });

  it("are UUIDs of version 5, and numbers from 0 to below 1", async () => {
    const all = (await perform(draw, { register: [echo] })).output as (string | number)[];
    for (const id of all.filter((value) => typeof value === "string")) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    for (const n of all.filter((value) => typeof value === "number")) {
      expect(n).toBeGreaterThanOrEqual(0);
      expect(n).toBeLessThan(1);
    }
  });

  it("use SHA-1 as it is written down", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const digest = sha1(text).map((word) => word.toString(16).padStart(8, "0"));
        expect(digest.join("")).toBe(createHash("sha1").update(text, "utf8").digest("hex"));
      }),
    );
  });

  it("use UUID version 5 as it is written down", () => {
    const namespace = Buffer.from("9e952958-5e33-4daf-827f-2fa12937b875".replaceAll("-", ""), "hex");
    const bytes = createHash("sha1").update(namespace).update("one").digest().subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x50;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    expect(uuidV5("one").replaceAll("-", "")).toBe(bytes.toString("hex"));
  });

  it("are spread evenly enough for draws", () => {
    const random = seededRandom("one");
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) buckets[Math.floor(random() * 10)]! += 1;
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe("isReplaying and the log", () => {
  it.each([
    [
      "a generator",
      orchestrator("log", function* (ctx) {
        ctx.log.info("begin", { replaying: ctx.isReplaying });
        yield* ctx.callActivity(echo, 1);
        ctx.log.warn("end", { replaying: ctx.isReplaying });
      }),
    ],
    [
      "an async function",
      orchestrator("log", async (ctx) => {
        ctx.log.info("begin", { replaying: ctx.isReplaying });
        await ctx.callActivity(echo, 1);
        ctx.log.warn("end", { replaying: ctx.isReplaying });
      }),
    ],
  ])("tell each line once, though every turn replays: %s", async (_shape, definition) => {
    const stage = await Stage.open([definition, echo], cold);
    await stage.start(definition);
    await stage.rest();
    expect(stage.lines).toEqual([
      { level: "info", message: "begin", fields: { replaying: false, instanceId: "one", orchestrator: "log" } },
      { level: "warn", message: "end", fields: { replaying: false, instanceId: "one", orchestrator: "log" } },
    ]);
  });

  it("cannot be made to fail the code, by whatever logger", async () => {
    const definition = orchestrator("log", function* (ctx) {
      ctx.log.warn("a field that no line can hold", { big: 1n });
      yield* ctx.callActivity(echo, 1);
      return "done";
    });
    const failing = (fields: object): void => {
      JSON.stringify(fields);
    };
    const logger = { debug: failing, info: failing, warn: failing, error: failing };
    for (const worker of [{}, cold.worker]) {
      expect((await perform(definition, { register: [echo], worker, system: { logger } })).output).toBe("done");
    }
  });

  it("isReplaying is true where the history is gone through again", async () => {
    const seen: boolean[] = [];
    const definition = orchestrator("replays", function* (ctx) {
      seen.push(ctx.isReplaying);
      yield* ctx.callActivity(echo, 1);
      seen.push(ctx.isReplaying);
    });
    await perform(definition, { register: [echo], ...cold });
    expect(seen).toEqual([false, true, false]);
  });
});

describe("the custom status", () => {
  const publish = orchestrator("publish", function* (ctx, statuses: unknown[]) {
    for (const status of statuses) ctx.setCustomStatus(status);
    yield* ctx.waitForExternalEvent("x");
    yield* ctx.waitForExternalEvent("end");
  });

  it("is the last one of the turn, and stays until it is set again", async () => {
    const stage = await Stage.open([publish]);
    await stage.start(publish, ["a", { step: 2 }]);
    await stage.idle();
    expect((await stage.state()).customStatus).toEqual({ step: 2 });
    for (const name of ["x", "end"]) {
      await stage.client.raiseOrchestrationEvent("one", name);
      await stage.idle();
      expect((await stage.state()).customStatus).toEqual({ step: 2 });
    }
    expect((await stage.state()).runtimeStatus).toBe("Completed");
  });

  it("is cleared by undefined", async () => {
    const definition = orchestrator("clear", function* (ctx) {
      ctx.setCustomStatus("a");
      yield* ctx.callActivity(echo, 1);
      ctx.setCustomStatus(undefined);
    });
    expect((await perform(definition, { register: [echo] })).customStatus).toBe(null);
  });

  it("is kept when the orchestration fails, by its code or by the engine", async () => {
    const definition = orchestrator("fails", function* (ctx, byEngine: boolean) {
      ctx.setCustomStatus("nearly");
      yield* ctx.callActivity(echo, 1);
      if (!byEngine) throw new Error("no");
      yield* ctx.waitForExternalEvent("x");
    });
    expect(await perform(definition, { register: [echo], input: false })).toMatchObject({
      runtimeStatus: "Failed",
      customStatus: "nearly",
    });
    const stage = await Stage.open([definition, echo]);
    await stage.start(definition, true);
    await stage.rest();
    const other = await Stage.open([], { store: stage.store, clock: stage.clock });
    await stage.client.raiseOrchestrationEvent("one", "x");
    await other.rest();
    expect(await other.state()).toMatchObject({ runtimeStatus: "Failed", customStatus: "nearly" });
  });

  it.each([
    ["ASCII", "x".repeat(16 * 1024 - 2), true],
    ["ASCII", "x".repeat(16 * 1024 - 1), false],
    ["characters of three bytes", "\u20ac".repeat(5460) + "xx", true],
    ["characters of three bytes", "\u20ac".repeat(5460) + "xxx", false],
    ["characters of four bytes", "😀".repeat((16 * 1024 - 4) / 4) + "xx", true],
    ["characters of four bytes", "😀".repeat((16 * 1024 - 4) / 4) + "xxx", false],
  ])("takes exactly 16 KiB of JSON, in %s", async (_what, text, fits) => {
    const definition = orchestrator("limit", (ctx: OrchestrationContext) => {
      ctx.setCustomStatus("before");
      try {
        ctx.setCustomStatus(text);
      } catch (error) {
        const { name, sizeBytes, limitBytes } = error as Error & { sizeBytes: number; limitBytes: number };
        return [name, sizeBytes, limitBytes];
      }
      return "fits";
    });
    const state = await perform(definition);
    expect(state.output).toEqual(fits ? "fits" : ["PayloadTooLargeError", 16 * 1024 + 1, 16 * 1024]);
    expect(state.customStatus).toBe(fits ? text : "before");
  });
});

describe("the context", () => {
  it("says who runs", async () => {
    const definition = orchestrator("who", (ctx: OrchestrationContext) => [ctx.instanceId, ctx.name, ctx.version]);
    const stage = await Stage.open([definition]);
    await stage.client.scheduleNewOrchestration(definition, undefined, { instanceId: "me", version: "1.2" });
    await stage.start(definition);
    await stage.rest();
    expect(await stage.output("me")).toEqual(["me", "who", "1.2"]);
    expect(await stage.output()).toEqual(["one", "who", ""]);
  });

  it.each([
    ["an object", {}],
    ["an orchestrator", orchestrator("other", () => undefined)],
    ["a nameless function", () => undefined],
    ["nothing", undefined],
    ["a blank name", "  "],
  ])("refuses to call %s as an activity", async (_what, wrong) => {
    const definition = orchestrator("wrong", function* (ctx) {
      yield* ctx.callActivity(wrong as unknown as string, 1);
    });
    expect((await perform(definition)).failureDetails?.errorType).toBe("InvalidArgumentError");
  });
});
