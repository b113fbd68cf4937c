/**
 * Laws of data converters: one converter writes and reads every payload, what it throws names the payload, and a text
 * that it cannot read fails who waits for it, and nobody else.
 */
import { describe, expect, it } from "vitest";
import type { DataConverter } from "dacapo";
import {
  activity,
  entity,
  EntityInstanceId,
  orchestrator,
  PayloadNotSerializableError,
  PayloadTooLargeError,
  TaskHub,
} from "dacapo";
import { memory } from "dacapo/memory";
import { replayHistory } from "dacapo/replay";
import { RichConverter } from "./rich-converter.ts";
import { Stage } from "./stage.ts";

const VALUE = { at: new Date(86_400_000), counts: new Map([["a", 1n]]), seen: new Set([1, 2]), big: 2n ** 70n };

const same = activity("same", (_ctx, value: unknown) => value);
const child = orchestrator("child", function* (ctx, input: Map<string, bigint>) {
  yield* ctx.createTimer({ seconds: 1 });
  return new Map([...input].map(([key, count]) => [key, count + 1n]));
});
const box = entity("box", (ctx) => {
  if (ctx.operationName === "put") ctx.setState(new Set([...ctx.getState(new Set()), ctx.getInput()]));
  return ctx.getState();
});
const everything = orchestrator("everything", function* (ctx, input: typeof VALUE) {
  ctx.setCustomStatus(input.big);
  const echoed = yield* ctx.callActivity(same, input);
  const counted = yield* ctx.callSubOrchestrator(child, input.counts);
  const event = yield* ctx.waitForExternalEvent<Date>("when");
  const id = new EntityInstanceId("box", "one");
  ctx.entities.signalEntity(id, "put", input.at);
  const state: unknown = yield* ctx.entities.callEntity(id, "put", input.big);
  return { echoed, counted, event, state };
});

const RESULT = {
  echoed: VALUE,
  counted: new Map([["a", 2n]]),
  event: new Date(7),
  state: new Set([VALUE.at, VALUE.big]),
};

async function performed(dataConverter: DataConverter): Promise<Stage> {
  const stage = await Stage.open([everything, same, child, box], { dataConverter });
  await stage.start(everything, VALUE);
  await stage.client.raiseOrchestrationEvent("one", "when", new Date(7));
  await stage.rest();
  return stage;
}

describe("a data converter", () => {
  it("carries what JSON loses through activities, children, events, entities and statuses", async () => {
    const stage = await performed(new RichConverter());
    const state = await stage.client.getOrchestrationState("one");
    expect(state?.raiseIfFailed().output).toEqual(RESULT);
    expect(state?.input).toEqual(VALUE);
    expect(state?.customStatus).toBe(VALUE.big);
    expect(state?.serializedOutput).toMatch(/^rich:/u);
    expect((await stage.client.getEntity(new EntityInstanceId("box", "one")))?.state).toEqual(RESULT.state);
    for await (const one of stage.client.getEntities()) expect(one.state).toEqual(RESULT.state);
    for await (const one of stage.client.getAllInstances({ name: "everything" })) expect(one.output).toEqual(RESULT);
  });

  it("leaves no payload to JSON", async () => {
    const stage = await performed(new RichConverter());
    for (const event of await stage.client.getOrchestrationHistory("one")) {
      const texts = [
        "input" in event ? event.input : undefined,
        "result" in event ? event.result : undefined,
        "output" in event ? event.output : undefined,
      ];
      for (const text of texts) expect(text ?? "rich:").toMatch(/^rich:/u);
    }
  });

  it("replays a history that it wrote, and no other does", async () => {
    const stage = await performed(new RichConverter());
    const history = await stage.client.getOrchestrationHistory("one");
    const replayed = await replayHistory(everything, history, { dataConverter: new RichConverter(), strict: true });
    expect(replayed).toMatchObject({ ok: true, runtimeStatus: "Completed" });
    await expect(replayHistory(everything, history)).rejects.toThrow("as its input");
  });

  it("gives a cold replay the values that the first run had", async () => {
    const stage = await Stage.open([everything, same, child, box], { dataConverter: new RichConverter() });
    await stage.start(everything, VALUE);
    await stage.rest();
    stage.hub.evictWarmOrchestrations();
    await stage.client.raiseOrchestrationEvent("one", "when", new Date(7));
    await stage.rest();
    expect((await stage.client.getOrchestrationState("one"))?.output).toEqual(RESULT);
  });

  it("says which value it could not write, before anything is written", async () => {
    const stage = await Stage.open([everything], { dataConverter: new RichConverter() });
    const failure = stage.start(everything, { run: () => undefined });
    await expect(failure).rejects.toThrow(PayloadNotSerializableError);
    await expect(failure).rejects.toThrow(
      'The input of orchestrator "everything" cannot be written by the hub\'s data converter: functions stay at home.',
    );
    expect(await stage.client.getOrchestrationState("one")).toBeUndefined();
  });

  it.each([
    ["a task that was not awaited", Promise.resolve(1), "was not awaited"],
    ["a generator", (function* () {})(), "is a generator"],
  ])("is not asked to write %s", async (_what, value, reason) => {
    const stage = await Stage.open([everything], { dataConverter: new RichConverter() });
    await expect(stage.start(everything, value)).rejects.toThrow(reason);
  });

  it("must give a text, at once", async () => {
    const late = { stringify: () => Promise.resolve("1") as unknown as string, parse: () => 1 };
    const stage = await Stage.open([everything], { dataConverter: late });
    await expect(stage.start(everything, 1)).rejects.toThrow("its stringify() gave something of type object");
  });

  it("is held to the limit in bytes of its texts", async () => {
    const stage = await Stage.open([everything], { dataConverter: new RichConverter(), payloadBytesMax: 40 });
    await expect(stage.start(everything, "x".repeat(30))).rejects.toThrow(PayloadTooLargeError);
    await expect(stage.start(everything, "x")).resolves.toBe("one");
  });

  it("fails the task whose answer it cannot read, and the code may go on", async () => {
    let isBroken = false;
    const rich = new RichConverter();
    const moody: DataConverter = {
      stringify: (value) => rich.stringify(value),
      parse: (text) => {
        if (isBroken && text === 'rich:["plain",1]') throw new Error("not today");
        return rich.parse(text);
      },
    };
    const waits = orchestrator("waits", function* (ctx) {
      try {
        return yield* ctx.waitForExternalEvent<number>("n");
      } catch (error) {
        return (error as Error).message;
      }
    });
    const stage = await Stage.open([waits], { dataConverter: moody });
    await stage.start(waits);
    await stage.client.raiseOrchestrationEvent("one", "n", 1);
    isBroken = true;
    await stage.rest();
    const output = (await stage.client.getOrchestrationState("one"))?.output;
    expect(output).toContain('The data of event "n" cannot be read from its text: not today.');
  });

  it.each([[null], [{}], [{ stringify: "no", parse: () => 1 }], ["json"]])(
    "is refused when it is %j",
    async (given) => {
      const dataConverter = given as unknown as DataConverter;
      await expect(TaskHub.open({ backend: memory(), dataConverter })).rejects.toThrow(
        "The option dataConverter is none",
      );
      await expect(replayHistory(everything, [], { dataConverter })).rejects.toThrow(
        "The option dataConverter is none",
      );
    },
  );
});
