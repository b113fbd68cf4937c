/**
 * Laws of the limit of payloads: every kind of payload is held to it, the error says which, how large and the limit, and
 * nothing of it was written.
 */
import { describe, expect, it } from "vitest";
import type { OrchestrationContext, TaskHubClient } from "dacapo";
import { entity, EntityInstanceId, orchestrator, PayloadTooLargeError } from "dacapo";
import { echo, Stage } from "./stage.ts";

const LIMIT = 500;
const LARGE = "x".repeat(499);
const SAID = { sizeBytes: 501, limitBytes: LIMIT, code: "PAYLOAD_TOO_LARGE" };

const BOX = new EntityInstanceId("box", "one");
const box = entity("box", (ctx) => {
  if (ctx.operationName === "give") return LARGE;
  if (ctx.operationName === "grow") ctx.setState(LARGE);
  if (ctx.operationName === "signal") ctx.signalEntity(BOX, "put", LARGE);
  if (ctx.operationName === "start") ctx.scheduleNewOrchestration("waits", LARGE, { instanceId: "two" });
  if (ctx.operationName === "put") ctx.setState(ctx.getInput());
  return ctx.getState("nothing");
});
const waits = orchestrator("waits", function* (ctx) {
  yield* ctx.waitForExternalEvent("never");
});
const gives = orchestrator("gives", () => LARGE);

describe("a client", () => {
  it.each([
    ['input of orchestrator "waits"', (client) => client.scheduleNewOrchestration(waits, LARGE, "two")],
    ['data of event "never"', (client) => client.raiseOrchestrationEvent("one", "never", LARGE)],
    ["output of a termination", (client) => client.terminateOrchestration("one", LARGE)],
    ["reason", (client) => client.suspendOrchestration("one", LARGE)],
    ["reason", (client) => client.resumeOrchestration("one", LARGE)],
    ['input of signal "put" to @box@one', (client) => client.signalEntity(BOX, "put", LARGE)],
  ] satisfies [string, (client: TaskHubClient) => Promise<unknown>][])("is refused a large %s", async (what, call) => {
    const stage = await Stage.open([waits, box], { payloadBytesMax: LIMIT });
    await stage.start(waits);
    await stage.idle();
    const error: unknown = await call(stage.client).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PayloadTooLargeError);
    expect(error).toMatchObject(SAID);
    expect((error as Error).message).toContain(`The ${what} takes 501 bytes; the limit is 500 bytes.`);
    expect(await stage.client.getOrchestrationState("two")).toBeUndefined();
    expect(stage.store.queue("one")).toEqual([]);
    expect(await stage.client.getEntity(BOX)).toBeUndefined();
  });
});

describe("an orchestrator", () => {
  it.each([
    ['input of activity "echo"', (ctx) => ctx.callActivity(echo, LARGE)],
    ['input of orchestrator "waits"', (ctx) => ctx.callSubOrchestrator(waits, LARGE)],
    [
      'data of event "e"',
      (ctx) => {
        ctx.sendEvent("one", "e", LARGE);
      },
    ],
    ['input of "put" of entity @box@one', (ctx) => ctx.entities.callEntity(BOX, "put", LARGE)],
    [
      'input of "put" of entity @box@one',
      (ctx) => {
        ctx.entities.signalEntity(BOX, "put", LARGE);
      },
    ],
    [
      "input of continueAsNew",
      (ctx) => {
        ctx.continueAsNew(LARGE);
      },
    ],
    [
      "body of ctx.callHttp()",
      (ctx) => ctx.callHttp({ method: "POST", url: "https://example.org/", body: { text: LARGE } }),
    ],
  ] satisfies [string, (ctx: OrchestrationContext) => unknown][])(
    "is refused a large %s, and may go on",
    async (what, call) => {
      const definition = orchestrator("tries", function* (ctx: OrchestrationContext) {
        let said = "nothing";
        try {
          call(ctx);
        } catch (error) {
          said = (error as Error).message;
        }
        yield* ctx.createTimer({ seconds: 1 });
        return said;
      });
      const stage = await Stage.open([definition, waits, box, echo], { payloadBytesMax: LIMIT });
      await stage.start(definition);
      await stage.rest();
      expect((await stage.state()).output).toContain(`The ${what} takes `);
      const types = (await stage.client.getOrchestrationHistory("one")).map(({ type }) => type);
      expect(types.filter((type) => type !== "OrchestratorStarted" && type !== "OrchestratorCompleted")).toEqual([
        "ExecutionStarted",
        "TimerCreated",
        "TimerFired",
        "ExecutionCompleted",
      ]);
    },
  );

  it("fails with its output", async () => {
    const stage = await Stage.open([gives], { payloadBytesMax: LIMIT });
    await stage.start(gives);
    await stage.rest();
    const { failureDetails, serializedOutput } = await stage.state();
    expect(failureDetails?.errorMessage).toContain('The output of orchestrator "gives" takes 501 bytes');
    expect(serializedOutput).toBeUndefined();
  });
});

describe("an operation of an entity", () => {
  it.each([
    ["give", 'result of operation "give"'],
    ["grow", "state of the entity @box@one"],
    ["signal", 'input of signal "put" to @box@one'],
    ["start", 'input of orchestrator "waits"'],
  ])("%s fails, and leaves nothing behind", async (operation, what) => {
    const definition = orchestrator("calls", function* (ctx) {
      yield* ctx.entities.callEntity(BOX, "put", "before");
      try {
        yield* ctx.entities.callEntity(BOX, operation);
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing";
    });
    const stage = await Stage.open([definition, box, waits], { payloadBytesMax: LIMIT });
    await stage.start(definition);
    await stage.rest();
    expect((await stage.state()).output).toContain(`The ${what} takes 501 bytes; the limit is 500 bytes.`);
    expect((await stage.client.getEntity(BOX))?.state).toBe("before");
    expect(await stage.client.getOrchestrationState("two")).toBeUndefined();
  });
});
