/**
 * Laws of entities in a hub: one operation at a time on a durable state; what fails leaves nothing behind.
 */
import { describe, expect, it } from "vitest";
import {
  entity,
  EntityInstanceId,
  InvalidArgumentError,
  orchestrator,
  RegistrationError,
  TaskEntity,
  TaskHub,
} from "dacapo";
import type { EntityContext } from "dacapo";
import { memory } from "dacapo/memory";
import { Stage } from "./stage.ts";

class Counter extends TaskEntity<number> {
  protected override initializeState(): number {
    return 0;
  }

  add(n: number): number {
    this.state += n;
    return this.state;
  }

  async addLater(n: number): Promise<number> {
    this.state += n;
    return Promise.resolve(this.state);
  }

  fails(): never {
    this.state = -1;
    this.context.signalEntity(counter, "other", "add", 1);
    this.context.scheduleNewOrchestration(greets, "nobody");
    throw new TypeError("no");
  }
}

const counter = entity("Counter", Counter);

class NoEntity {
  readonly state = 0;
}

const greets = orchestrator("greets", (_ctx, name: string) => `hello ${name}`);

async function stateOf(stage: Stage, definition: { readonly name: string }, key = "a"): Promise<unknown> {
  return (await stage.client.getEntity(new EntityInstanceId(definition.name, key)))?.state;
}

describe("class syntax", () => {
  it("runs the method of that name, in any case, on the state that the one before left", async () => {
    const stage = await Stage.open([counter]);
    await stage.client.signalEntity(counter, "a", "add", 2);
    await stage.client.signalEntity(new EntityInstanceId("COUNTER", "a"), "ADD", 3);
    await stage.client.signalEntity(counter, "a", "addLater", 5);
    await stage.client.signalEntity(counter, "b", "add", 1);
    await stage.idle();
    expect(await stateOf(stage, counter)).toBe(10);
    expect(await stateOf(stage, counter, "b")).toBe(1);
    expect(await stateOf(stage, counter, "c")).toBeUndefined();
  });

  it("deletes the state with the implicit operation", async () => {
    const stage = await Stage.open([counter]);
    await stage.client.signalEntity(counter, "a", "add", 2);
    await stage.client.signalEntity(counter, "a", "delete");
    await stage.idle();
    expect(await stage.client.getEntity(counter, "a")).toBeUndefined();
    await stage.client.signalEntity(counter, "a", "add", 3);
    await stage.idle();
    expect(await stateOf(stage, counter)).toBe(3);
  });

  it("lets a class have its own delete, and start from an empty object", async () => {
    class Notes extends TaskEntity<{ text?: string; isDeleted?: boolean }> {
      write = (text: string): void => {
        this.state.text = text;
      };

      delete(): void {
        this.state.isDeleted = true;
      }
    }
    const notes = entity("notes", Notes);
    const stage = await Stage.open([notes]);
    await stage.client.signalEntity(notes, "a", "write", "x");
    await stage.client.signalEntity(notes, "a", "delete");
    await stage.idle();
    expect(await stateOf(stage, notes)).toEqual({ text: "x", isDeleted: true });
  });

  it("knows no operation but the public methods of the class and those between it and TaskEntity", async () => {
    class Base extends TaskEntity<string[]> {
      protected override initializeState(): string[] {
        return [];
      }

      inherited(): void {
        this.state.push("inherited");
      }

      get computed(): string {
        return "computed";
      }
    }
    class Derived extends Base {
      own(): void {
        this.#hidden();
      }

      #hidden(): void {
        this.state.push("own");
      }
    }
    const strict = entity("strict", Derived);
    const stage = await Stage.open([strict]);
    const names = ["own", "inherited", "hidden", "#hidden", "run", "initializeState", "constructor", "toString"];
    const id = new EntityInstanceId("strict", "a");
    for (const name of [...names, "hasOwnProperty", "__proto__", "computed", "state", "context"]) {
      await stage.client.signalEntity(id, name);
    }
    await stage.idle();
    expect(await stateOf(stage, strict)).toEqual(["own", "inherited"]);
    expect(stage.hub.counters()["entities.operations{outcome=failed}"]).toBe(11);
    expect(stage.lines.at(-1)?.fields["failure"]).toMatchObject({
      errorType: "UnknownOperationError",
      errorMessage: 'The entity @strict@a has no operation "context". Its operations are: own, inherited, delete.',
    });
  });

  it("can be run in its own way", async () => {
    class Recorder extends TaskEntity<string[]> {
      override run(operation: Parameters<TaskEntity<string[]>["run"]>[0]): unknown {
        const seen = operation.state.getState<string[]>() ?? [];
        operation.state.setState([...seen, `${operation.name}:${String(operation.getInput())}`]);
        return seen.length;
      }
    }
    const recorder = entity("recorder", Recorder);
    const stage = await Stage.open([recorder]);
    await stage.client.signalEntity(new EntityInstanceId("recorder", "a"), "Any", 1);
    await stage.client.signalEntity(new EntityInstanceId("recorder", "a"), "thing");
    await stage.idle();
    expect(await stateOf(stage, recorder)).toEqual(["Any:1", "thing:undefined"]);
  });
});

describe("function syntax", () => {
  it("gives the operation, its input and the state", async () => {
    const seen: unknown[] = [];
    const log = entity("log", (ctx) => {
      const { operationName, hasInput, hasState, isNewlyConstructed } = ctx;
      seen.push({
        operationName,
        hasInput,
        hasState,
        isNewlyConstructed,
        id: ctx.id.toString(),
        input: ctx.getInput(),
      });
      const lines = ctx.getState<string[]>([]);
      lines.push(operationName);
      ctx.setState(lines);
    });
    const stage = await Stage.open([log]);
    await stage.client.signalEntity(log, "a", "first");
    await stage.client.signalEntity(log, "a", "second", { n: 1 });
    await stage.idle();
    const [id, isOver] = ["@log@a", false];
    expect(seen).toEqual([
      { operationName: "first", hasInput: false, hasState: isOver, isNewlyConstructed: true, id, input: undefined },
      { operationName: "second", hasInput: true, hasState: true, isNewlyConstructed: false, id, input: { n: 1 } },
    ]);
    expect(await stateOf(stage, log)).toEqual(["first", "second"]);
  });

  it("keeps what was changed in place, and does not keep a default value", async () => {
    const bag = entity("bag", (ctx) => {
      if (ctx.operationName === "peek") return ctx.getState(["default"]).push("lost");
      if (ctx.operationName === "make") ctx.setState([]);
      else ctx.getState<string[]>()?.push(ctx.operationName);
      return undefined;
    });
    const stage = await Stage.open([bag]);
    await stage.client.signalEntity(bag, "a", "peek");
    await stage.idle();
    expect(await stateOf(stage, bag)).toBeUndefined();
    for (const operation of ["make", "x", "y"]) await stage.client.signalEntity(bag, "a", operation);
    await stage.idle();
    expect(await stateOf(stage, bag)).toEqual(["x", "y"]);
  });

  it("deletes the state by null, undefined or deleteState()", async () => {
    const switchable = entity("switchable", (ctx) => {
      if (ctx.operationName === "on") ctx.setState({ on: true });
      else if (ctx.operationName === "null") ctx.setState(null);
      else ctx.deleteState();
      return ctx.hasState;
    });
    const stage = await Stage.open([switchable]);
    for (const operation of ["null", "delete"]) {
      await stage.client.signalEntity(switchable, "a", "on");
      await stage.idle();
      expect(await stateOf(stage, switchable)).toEqual({ on: true });
      await stage.client.signalEntity(switchable, "a", operation);
      await stage.idle();
      expect(await stage.client.getEntity(switchable, "a")).toBeUndefined();
    }
  });
});

describe("an operation that fails", () => {
  it("changes nothing, sends nothing, starts nothing, is logged and counted, and the next one runs", async () => {
    const stage = await Stage.open([counter, greets]);
    await stage.client.signalEntity(counter, "a", "add", 1);
    await stage.client.signalEntity(counter, "a", "fails");
    await stage.client.signalEntity(counter, "a", "add", 1);
    await stage.idle();
    expect(await stateOf(stage, counter)).toBe(2);
    expect(await stateOf(stage, counter, "other")).toBeUndefined();
    expect([...stage.store.instances()]).toHaveLength(1);
    expect(stage.hub.counters()).toMatchObject({
      "entities.operations{outcome=completed}": 2,
      "entities.operations{outcome=failed}": 1,
    });
    expect(stage.lines).toMatchObject([
      { level: "warn", fields: { instanceId: "@counter@a", operation: "fails", failure: { errorType: "TypeError" } } },
    ]);
  });

  it("is one whose state cannot be kept", async () => {
    const odd = entity("odd", (ctx) => {
      if (ctx.operationName === "set") ctx.setState({ n: 1 });
      else if (ctx.operationName === "cycle") ctx.getState<{ self?: unknown }>({}).self = ctx.getState();
      else ctx.setState("x".repeat(2000));
    });
    const stage = await Stage.open([odd], { payloadBytesMax: 1000 });
    for (const operation of ["set", "cycle", "large"]) await stage.client.signalEntity(odd, "a", operation);
    await stage.idle();
    expect(await stateOf(stage, odd)).toEqual({ n: 1 });
    expect(stage.lines.map(({ fields }) => (fields["failure"] as { code: string }).code)).toEqual([
      "PAYLOAD_NOT_SERIALIZABLE",
      "PAYLOAD_TOO_LARGE",
    ]);
  });

  it("can fail after it has waited", async () => {
    const late = entity("late", async (ctx) => {
      ctx.setState(1);
      await Promise.resolve();
      if (ctx.operationName === "fails") throw new Error("late");
    });
    const stage = await Stage.open([late]);
    await stage.client.signalEntity(late, "a", "fails");
    await stage.idle();
    expect(await stage.client.getEntity(late, "a")).toBeUndefined();
    await stage.client.signalEntity(late, "a", "goes");
    await stage.idle();
    expect(await stateOf(stage, late)).toBe(1);
  });
});

describe("what an operation brings about", () => {
  const relay = entity("relay", (ctx) => {
    switch (ctx.operationName) {
      case "pass":
        for (const n of [1, 2, 3]) ctx.signalEntity(relay, "b", "take", n);
        return;
      case "later":
        ctx.signalEntity(new EntityInstanceId("relay", "b"), "take", "due", { signalTime: { hours: 1 } });
        return;
      case "start":
        return ctx.scheduleNewOrchestration(greets, "world", ctx.getInput<object | undefined>() ?? {});
      default:
        ctx.setState([...ctx.getState<unknown[]>([]), ctx.getInput()]);
    }
    return undefined;
  });

  it("is signals, in order", async () => {
    const stage = await Stage.open([relay]);
    await stage.client.signalEntity(relay, "a", "pass");
    await stage.client.signalEntity(relay, "a", "pass");
    await stage.idle();
    expect(await stateOf(stage, relay, "b")).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it("is signals at a time", async () => {
    const stage = await Stage.open([relay]);
    await stage.client.signalEntity(relay, "a", "later");
    await stage.idle();
    expect(await stateOf(stage, relay, "b")).toBeUndefined();
    stage.advance({ hours: 1 });
    await stage.idle();
    expect(await stateOf(stage, relay, "b")).toEqual(["due"]);
  });

  it("is orchestrations, with the id that was given or a new one, once", async () => {
    const stage = await Stage.open([relay, greets]);
    await stage.client.signalEntity(relay, "a", "start");
    await stage.client.signalEntity(relay, "a", "start", { instanceId: "mine", startAt: { hours: 1 } });
    await stage.client.signalEntity(relay, "a", "start", { instanceId: "mine" });
    await stage.idle();
    const statuses: string[] = [];
    for await (const { runtimeStatus } of stage.client.getAllInstances()) statuses.push(runtimeStatus);
    expect(statuses.sort()).toEqual(["Completed", "Pending"]);
    stage.advance({ hours: 1 });
    await stage.idle();
    expect(await stage.output("mine")).toBe("hello world");
  });

  it.each([
    ["The options of scheduleNewOrchestration() are a number.", 5],
    ["The option version is 2.", { version: 2 }],
    ['The option tags is {"a":1}.', { tags: { a: 1 } }],
  ])("is no orchestration with options that make no sense: %s", async (message, options) => {
    const stage = await Stage.open([relay, greets]);
    await stage.client.signalEntity(relay, "a", "start", options);
    await stage.idle();
    expect(stage.lines[0]?.fields["failure"]).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((stage.lines[0]?.fields["failure"] as { errorMessage: string }).errorMessage).toContain(message);
  });

  it("is refused once the operation has ended", async () => {
    let kept: EntityContext | undefined;
    const leaky = entity("leaky", (ctx) => {
      kept = ctx;
    });
    const stage = await Stage.open([leaky]);
    await stage.client.signalEntity(leaky, "a", "any");
    await stage.idle();
    expect(() => kept?.setState(1)).toThrow(InvalidArgumentError);
    expect(() => kept?.signalEntity(leaky, "b", "any")).toThrow('after operation "any" had ended');
  });
});

describe("signals of clients", () => {
  it("wait for their time", async () => {
    const stage = await Stage.open([counter]);
    await stage.client.signalEntity(counter, "a", "add", 1, { signalTime: new Date(stage.clock.now() + 5000) });
    await stage.client.signalEntity(counter, "a", "add", 10);
    await stage.idle();
    expect(await stateOf(stage, counter)).toBe(10);
    stage.advance({ seconds: 5 });
    await stage.idle();
    expect(await stateOf(stage, counter)).toBe(11);
  });

  it("fail, logged, where nobody registered the entity", async () => {
    const stage = await Stage.open([]);
    await stage.client.signalEntity(counter, "a", "add", 1);
    await stage.idle();
    expect(await stage.client.getEntity(counter, "a")).toBeUndefined();
    expect(stage.lines[0]?.fields["failure"]).toMatchObject({ code: "ENTITY_NOT_REGISTERED" });
  });
});

describe("definitions", () => {
  it("are refused when two differ only in case, or are no entity", async () => {
    const register = [counter, entity("COUNTER", () => undefined)];
    await expect(TaskHub.open({ backend: memory(), register })).rejects.toThrow(RegistrationError);
    expect(() => entity("a@b", () => undefined)).toThrow(InvalidArgumentError);
    expect(() => entity(" ", () => undefined)).toThrow(InvalidArgumentError);
    expect(() => entity("x", {} as never)).toThrow(InvalidArgumentError);
    expect(() => entity("x", NoEntity as never)).toThrow("does not extend TaskEntity");
  });
});
