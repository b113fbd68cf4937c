/**
 * Laws of what the client takes: options are objects, ids of instances fit in a line, and a stopped hub's client
 * changes nothing.
 */
import { describe, expect, it } from "vitest";
import { HubClosedError, InvalidArgumentError, orchestrator } from "dacapo";
import { Stage } from "../runtime/stage.ts";

type Call = (client: Stage["client"]) => unknown;

const ends = orchestrator("ends", (_ctx, input: unknown) => input);

/** What a call throws, at once or later. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("options that are no object", () => {
  const calls: readonly (readonly [string, (client: Stage["client"], options: never) => unknown])[] = [
    ["scheduleNewOrchestration", (client, options) => client.scheduleNewOrchestration(ends, 1, options)],
    ["waitForOrchestrationStart", (client, options) => client.waitForOrchestrationStart("one", options)],
    ["waitForOrchestrationCompletion", (client, options) => client.waitForOrchestrationCompletion("one", options)],
    ["getAllInstances", (client, options) => client.getAllInstances(options)],
  ];

  it.each(calls)("are refused by %s", async (method, call) => {
    const { client, store } = await Stage.open([ends]);
    for (const [options, given] of [
      [5, "a number"],
      [null, "null"],
      [[], "an array"],
      [true, "a boolean"],
    ]) {
      const error = await thrownBy(() => call(client, options as never));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect((error as Error).message).toContain(`The options of ${method}() are ${given as string}.`);
    }
    expect([...store.instances()]).toEqual([]);
  });
});

describe("the id of an instance", () => {
  const calls: readonly (readonly [string, (client: Stage["client"], id: string) => unknown])[] = [
    ["scheduleNewOrchestration", (client, id) => client.scheduleNewOrchestration(ends, 1, id)],
    ["getOrchestrationState", (client, id) => client.getOrchestrationState(id)],
    ["getOrchestrationHistory", (client, id) => client.getOrchestrationHistory(id)],
    ["waitForOrchestrationCompletion", (client, id) => client.waitForOrchestrationCompletion(id)],
    ["raiseOrchestrationEvent", (client, id) => client.raiseOrchestrationEvent(id, "x")],
    ["terminateOrchestration", (client, id) => client.terminateOrchestration(id)],
    ["purgeOrchestration", (client, id) => client.purgeOrchestration(id)],
  ];

  it.each(calls)("has no control character: %s", async (_method, call) => {
    const { client } = await Stage.open([ends]);
    for (const id of ["two\nlines", "a\ttab", "\u0000", "escape\u001b[2J", "next\u0085line"]) {
      const error = await thrownBy(() => call(client, id));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect((error as Error).message).toContain("without control characters");
    }
  });

  it.each(calls)("has no half of a character, which no database keeps: %s", async (_method, call) => {
    const { client } = await Stage.open([ends]);
    for (const id of ["half \uD83D", "\uDF89 half"]) {
      const error = await thrownBy(() => call(client, id));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect((error as Error).message).toContain("has half of a surrogate pair");
    }
  });

  it("may have any other character", async () => {
    const stage = await Stage.open([ends]);
    for (const id of ["a b", "ünï/cødé", "订单:1", "🎉"]) expect(await stage.start(ends, 1, id)).toBe(id);
  });

  it("is shown up to 80 characters where it is too long", async () => {
    const { client } = await Stage.open([ends]);
    const error = await thrownBy(() => client.getOrchestrationState("x".repeat(100_000)));
    expect((error as Error).message).toContain(
      `The name of the instance (its id) is "${"x".repeat(80)}…" (100000 characters).`,
    );
  });
});

describe("the client of a stopped hub", () => {
  it.each<[string, Call]>([
    ["starts nothing", (client) => client.scheduleNewOrchestration(ends, 1)],
    ["sends no event", (client) => client.raiseOrchestrationEvent("one", "x")],
    ["terminates nothing", (client) => client.terminateOrchestration("one")],
    ["purges nothing", (client) => client.purgeOrchestration("one")],
  ])("%s", async (_what, call) => {
    const stage = await Stage.open([ends]);
    await stage.start(ends);
    const before = JSON.stringify([[...stage.store.instances()], stage.store.queue("one")]);
    await stage.hub.stop();
    const error = await thrownBy(() => call(stage.client));
    expect(error).toBeInstanceOf(HubClosedError);
    expect(JSON.stringify([[...stage.store.instances()], stage.store.queue("one")])).toBe(before);
  });
});
