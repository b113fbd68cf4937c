/**
 * A store behind a codec obeys the contract, never sees a text of the user's, and loses none.
 */
import { describe, expect, it } from "vitest";
import { activity, entity, EntityInstanceId, orchestrator, PayloadCodecError } from "dacapo";
import { gzip, type PayloadCodec, withCodec } from "dacapo/codec";
import { memory, MemoryStore } from "dacapo/memory";
import { sqlite } from "dacapo/sqlite";
import { backendSuite } from "../../src/testing/index.ts";
import { Stage } from "../runtime/stage.ts";
import { createMemoryHub } from "./memory-hub.ts";

/** Each text otherwise each time, and late; what it did not write it does not read. */
function scrambling(): PayloadCodec & { count: number } {
  return {
    count: 0,
    async encode(text) {
      this.count += 1;
      await Promise.resolve();
      return `${this.count}!${Buffer.from(text).toString("base64")}`;
    },
    async decode(text) {
      await Promise.resolve();
      if (!/^\d+!/u.test(text)) throw new Error(`it is not encoded: ${text}`);
      return Buffer.from(text.slice(text.indexOf("!") + 1), "base64").toString();
    },
  };
}

backendSuite({
  name: "memory behind a codec",
  create: () => createMemoryHub(withCodec(memory(), scrambling())),
  runner: { describe, it },
});

const SECRET = "s3cret";

const fails = activity("fails", (_ctx, what: string) => {
  throw new Error(`${what} leaks`, { cause: new AggregateError([new Error(what)], what) });
});
const vault = entity("vault", (ctx) => {
  if (ctx.operationName === "fail") throw new Error(SECRET);
  ctx.setState([...ctx.getState<string[]>([]), ctx.getInput()]);
  return ctx.getState();
});
const child = orchestrator("child", function* (ctx, what: string) {
  ctx.setCustomStatus(what);
  return yield* ctx.callActivity("same", what);
});
const same = activity("same", (_ctx, what: unknown) => what);
const keeper = orchestrator("keeper", function* (ctx, round: { what: string; again: boolean }) {
  ctx.setCustomStatus({ status: SECRET });
  const results: unknown[] = [yield* ctx.callSubOrchestrator(child, round.what)];
  const id = new EntityInstanceId("vault", "one");
  results.push(yield* ctx.entities.callEntity(id, "put", round.what));
  for (const attempt of [() => ctx.callActivity(fails, round.what), () => ctx.entities.callEntity(id, "fail")]) {
    try {
      yield* attempt();
    } catch (error) {
      results.push((error as Error).message);
    }
  }
  results.push(yield* ctx.waitForExternalEvent<string>("word"));
  if (round.again) {
    ctx.continueAsNew({ ...round, again: false });
    return undefined;
  }
  ctx.sendEvent(ctx.instanceId, "to myself", SECRET);
  return results;
});

const RESULTS = [
  SECRET,
  [SECRET, SECRET],
  `The activity "fails" (task 3) failed: Error: ${SECRET} leaks`,
  `The operation "fail" of entity @vault@one failed: Error: ${SECRET}`,
  SECRET,
];

async function kept(backend: NonNullable<Parameters<typeof Stage.open>[1]>["backend"]): Promise<Stage> {
  const stage = await Stage.open([keeper, child, same, fails, vault], backend === undefined ? {} : { backend });
  await stage.start(keeper, { what: SECRET, again: true });
  await stage.client.suspendOrchestration("one", SECRET);
  await stage.idle();
  await stage.client.raiseOrchestrationEvent("one", "word", SECRET);
  await stage.client.raiseOrchestrationEvent("one", "word", SECRET);
  await stage.idle();
  await stage.client.resumeOrchestration("one", SECRET);
  await stage.rest();
  await stage.start(keeper, { what: SECRET, again: false }, "two");
  await stage.client.terminateOrchestration("two", { output: SECRET });
  await stage.rest();
  return stage;
}

describe("a hub on a store behind a codec", () => {
  it("works as one without", async () => {
    const stage = await kept(withCodec(memory(), scrambling()));
    expect((await stage.client.getOrchestrationState("one"))?.output).toEqual(RESULTS);
    expect((await stage.client.getEntity(new EntityInstanceId("vault", "one")))?.state).toEqual([SECRET, SECRET]);
  });

  it("works on SQLite", async () => {
    const stage = await kept(withCodec(sqlite(":memory:"), scrambling()));
    expect((await stage.client.getOrchestrationState("one"))?.output).toEqual(RESULTS);
    await stage.hub.stop();
  });

  it("shows the store no text of the user's, at any time", async () => {
    const store = new MemoryStore({ keepHistory: true });
    const seen: string[] = [];
    const look = (): void => {
      for (const { record } of store.instances()) {
        const { instanceId } = record;
        seen.push(JSON.stringify([store.instance(instanceId), store.queue(instanceId)]));
      }
      seen.push(JSON.stringify([...store.activities()]));
    };
    store.subscribe({ instanceChanged: look, workChanged: look });
    await kept(withCodec(memory({ store }), scrambling()));
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter((text) => text.includes(SECRET))).toEqual([]);
  });

  it("would see it without the codec", async () => {
    const store = new MemoryStore();
    await kept(memory({ store }));
    expect(JSON.stringify(store.instance("one"))).toContain(SECRET);
  });
});

describe("a codec that fails", () => {
  it("keeps what it cannot encode from the store, and says so", async () => {
    const codec = {
      encode: () => Promise.reject(new Error("the key service is away")),
      decode: (text: string) => text,
    };
    const stage = await Stage.open([child], { backend: withCodec(memory(), codec) });
    const failure = stage.start(child, SECRET);
    await expect(failure).rejects.toThrow(PayloadCodecError);
    await expect(failure).rejects.toThrow("A payload could not be encoded: the key service is away.");
    expect(await stage.client.getOrchestrationState("one")).toBeUndefined();
  });

  it("must give texts", async () => {
    const codec = { encode: () => 7 as unknown as string, decode: (text: string) => text };
    const stage = await Stage.open([child], { backend: withCodec(memory(), codec) });
    await expect(stage.start(child, SECRET)).rejects.toThrow("encode() gave something of type number, not a text");
  });

  it("leaves work that it cannot decode to whoever can, and hands out the rest", async () => {
    const store = new MemoryStore();
    const clear = await Stage.open([child, same], { store });
    await clear.start(child, SECRET, "clear");
    const behind = await Stage.open([child, same], {
      backend: withCodec(memory({ store }), scrambling()),
      clock: clear.clock,
    });
    await behind.start(child, SECRET, "scrambled");
    await behind.idle().catch(() => undefined);
    await behind.idle().catch(() => undefined);
    expect(store.getInstance("scrambled")?.runtimeStatus).toBe("Completed");
    expect(store.getInstance("clear")?.runtimeStatus).toBe("Pending");
    await clear.rest();
    expect(store.getInstance("clear")?.runtimeStatus).toBe("Completed");
  });

  it("never makes work that it cannot decode count as poison", async () => {
    const store = new MemoryStore();
    const clear = await Stage.open([child, same], { store, worker: { maxDeliveryCount: 1 } });
    await clear.start(child, SECRET);
    const blind = await Stage.open([child, same], {
      backend: withCodec(memory({ store }), scrambling()),
      clock: clear.clock,
    });
    for (let i = 0; i < 3; i++) {
      await expect(blind.idle()).rejects.toThrow("A payload could not be decoded");
      clear.advance({ seconds: 31 });
    }
    await clear.rest();
    expect((await clear.client.getOrchestrationState("one"))?.output).toBe(SECRET);
  });

  it.each([undefined, {}, { encode: () => "" }])("is refused when it is %j", (codec) => {
    expect(() => withCodec(memory(), codec as unknown as PayloadCodec)).toThrow(
      "withCodec() was given no backend and codec",
    );
  });
});

describe("gzip()", () => {
  it.each([
    ["short", '"short"', '"short"'],
    ["long", JSON.stringify("x".repeat(5000)), /^gzip:/u],
    ["long, and no shorter when compressed", "ab".repeat(8), "ab".repeat(8)],
    ["like its own", "gzip:AAAA", "text:gzip:AAAA"],
    ["like its own mark", "text:a", "text:text:a"],
    ["beyond ASCII", "ä€😀".repeat(2000), /^gzip:/u],
  ])("gives back a text that is %s", async (_what, text, stored) => {
    const codec = gzip({ minLength: 10 });
    const encoded = await codec.encode(text);
    expect(encoded).toEqual(typeof stored === "string" ? stored : expect.stringMatching(stored));
    expect(await codec.decode(encoded)).toBe(text);
  });

  it("leaves alone what is shorter than the threshold", async () => {
    expect(await gzip().encode("x".repeat(4095))).toBe("x".repeat(4095));
    expect((await gzip().encode("x".repeat(4096))).length).toBeLessThan(100);
  });

  it("reads what was written before there was a codec", async () => {
    expect(await gzip().decode('{"a":1}')).toBe('{"a":1}');
  });

  it.each([-1, 1.5, Number.NaN])("refuses the length %d", (minLength) => {
    expect(() => gzip({ minLength })).toThrow("minLength");
  });
});
