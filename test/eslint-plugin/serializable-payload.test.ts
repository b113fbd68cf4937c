/** What `dacapo/serializable-payload` reports: what an orchestrator sends and JSON does not carry. */
import { describe, expect, it } from "vitest";

import { serializablePayload } from "../../eslint-plugin/src/rules/serializable-payload.ts";
import { testRule, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { reportsOf } from "./typed-program.ts";

/** Code with an orchestrator of Dacapo, whose body is line 3. */
const flow = (body: string, around = "") =>
  `import { entity, orchestrator } from "dacapo";\norchestrator("flow", function* (ctx, input) {\n${body}\n});\n${around}`;

/** The same for Durable Functions. */
const app = (body: string, around = "") =>
  `const df = require("durable-functions");\ndf.app.orchestration("flow", function* (context) {\n${body}\n});\n${around}`;

const lost = (what: string, end: string) => `${what} does not survive JSON: ${end}. Send plain data.`;
const EMPTIED = "it arrives as {}";
const unawaited = (what: string) => `This sends ${what} and not its result. Wait for it first.`;

const fine = (name: string, code: string): ValidCase => ({ name, code });
const wrong = (name: string, code: string, column: number, message: string): InvalidCase => ({
  name,
  code,
  output: null,
  errors: [{ line: 3, column, message }],
});

/** A report about the input of an activity, which begins in column 33. */
const sent = (value: string, message: string, column = 33, around = "") =>
  wrong(`${value} is sent`, flow(`yield* ctx.callActivity("work", ${value});`, around), column, message);

const REQUEST = 'yield* ctx.callHttp({ method: "POST", url: "https://a",';
const V4_REQUEST = 'yield context.df.callHttp({ method: "POST", url: "a",';
const LEFT_OUT = lost("A function", "it is left out");

const MONEY = "class Money { cents = 1; add(other) { return other; } }";

testRule("serializable-payload", serializablePayload, {
  valid: [
    fine(
      "a generator that an orchestrator gives its work to",
      'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n' +
        "class Flow { async *run(ctx) { return yield ctx.callActivity('a'); } }\nconst flow = new Flow();\n" +
        'new TaskHubGrpcWorker().addNamedOrchestrator("flow", (ctx, input) => flow.run(ctx, input));',
    ),
    fine(
      "a generator that an orchestrator returns to the engine",
      'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n' +
        "async function* run(ctx) { return yield ctx.callActivity('a'); }\n" +
        'new TaskHubGrpcWorker().addNamedOrchestrator("flow", (ctx) => { return run(ctx); });',
    ),
    ...[
      '{ id: "1", tags: ["a"], count: 1, ok: true, none: null, deep: { at: [] } }',
      "[1, 'a', null, undefined]",
      "ctx.currentUtcDateTime",
      "ctx.currentUtcDateTime.toISOString()",
      "new Date(0)",
      'new URL("https://a.invalid")',
      "Buffer.from('a')",
      "[...new Map()]",
      "Object.fromEntries(new Map())",
      "Array.from(new Set())",
      'new Error("a").message',
      "String(Symbol('a'))",
      "Number(10n)",
      "input.map((x) => x + 1)",
      "{ ...input, done: input.check(() => true) }",
      "{ toJSON() { return 1; } }",
    ].map((value) => fine(`${value} is sent`, flow(`yield* ctx.callActivity("work", ${value});`))),
    fine("a request with a retry handler", flow(`${REQUEST} body: { n: 1 }, retry: () => true });`)),
    fine("a body that something else gives", flow(`${REQUEST} body: new Map(), ...input });`)),
    fine("a request that comes from elsewhere", flow("yield* ctx.callHttp(input);")),
    fine(
      "a class of data alone",
      flow(
        'yield* ctx.callActivity("a", new Order(1));',
        "class Order { static of() {} constructor(id) { this.id = id; } }",
      ),
    ),
    fine(
      "a class that says how it becomes JSON",
      flow('yield* ctx.callActivity("a", new Money());', "class Money { add() {} toJSON() { return 1; } }"),
    ),
    fine(
      "a class whose base says it",
      flow(
        'yield* ctx.callActivity("a", new Money());',
        "class Base { toJSON() { return 1; } }\nclass Money extends Base { add() {} }",
      ),
    ),
    fine(
      "a class whose base is not in sight",
      flow(
        'yield* ctx.callActivity("a", new Money());',
        'import { Base } from "base";\nclass Money extends Base { add() {} }',
      ),
    ),
    fine(
      "a task's result",
      app('const a = yield context.df.callActivity("a");\nyield context.df.callActivity("b", a);'),
    ),
    fine("a shadowed Map", flow('const Map = input.Map;\nyield* ctx.callActivity("a", new Map());')),
    fine(
      "a variable that is written twice",
      flow('let value = new Map();\nvalue = 1;\nyield* ctx.callActivity("a", value);'),
    ),
    fine("a map inside a helper's result", flow("return helper().size;", "function helper() { return new Map(); }")),
    fine("what is no context", flow('yield* ctx.callActivity("a");\ninput.queue().callActivity("a", new Map());')),
    fine(
      "a client's and an activity's own values",
      'import { activity } from "dacapo";\nactivity("a", async (ctx) => new Set([() => 1]).size);',
    ),
    fine(
      "a function that names the activity",
      'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nasync function a() {}\nasync function* o(ctx) { yield ctx.callActivity(a, 1); }\nnew TaskHubGrpcWorker().addOrchestrator(o);',
    ),
    fine(
      "a retry's options",
      app('yield context.df.callActivityWithRetry("a", new Retry(), 1);', "class Retry { next() {} }"),
    ),
    fine(
      "the promise that an async orchestrator returns",
      'import { orchestrator } from "dacapo";\nconst later = async () => 1;\norchestrator("o", async (ctx) => later());',
    ),
    fine(
      "the task that an async orchestrator returns",
      'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => { return ctx.callActivity("a"); });',
    ),
    fine("the function that an inner one returns", flow("const f = () => () => 1;\nreturn f()();")),
  ],
  invalid: [
    wrong("the body of a request", flow(`${REQUEST} body: new Map() });`), 63, lost("A Map", EMPTIED)),
    wrong("the body of a request of Durable Functions", app(`${V4_REQUEST} body: { to: () => 1 } });`), 67, LEFT_OUT),
    sent("new Map([['a', 1]])", lost("A Map", EMPTIED)),
    sent("new Set()", lost("A Set", EMPTIED)),
    sent("/a/u", lost("A RegExp", EMPTIED)),
    sent("new RegExp('a')", lost("A RegExp", EMPTIED)),
    sent("new TypeError('a')", lost("An Error", EMPTIED)),
    sent("Error('a')", lost("An Error", EMPTIED)),
    sent("() => 1", lost("A function", "it is left out")),
    sent("class {}", lost("A function", "it is left out")),
    sent("10n", lost("A bigint", "writing it throws")),
    sent("BigInt(1)", lost("A bigint", "writing it throws")),
    sent("Symbol('a')", lost("A symbol", "it is left out")),
    sent("new Money()", lost("A Money", "it arrives without its methods"), 33, MONEY),
    sent("new Euro()", lost("A Euro", "it arrives without its methods"), 33, `${MONEY}\nclass Euro extends Money {}`),
    sent("new Failure()", lost("A Failure", EMPTIED), 33, "class Failure extends Error {}"),
    sent("{ id: 1, tags: new Set() }", lost("A Set", EMPTIED), 48),
    sent("[1, [new Map()]]", lost("A Map", EMPTIED), 38),
    sent("{ id: 1, done() {} }", lost("A function", "it is left out"), 42),
    sent("helper", lost("A function", "it is left out"), 33, "function helper() {}"),
    sent("{ helper }", lost("A function", "it is left out"), 35, "const helper = () => 1;"),
    sent("input ? new Map() : 1", lost("A Map", EMPTIED), 41),
    sent("input ?? new Map()", lost("A Map", EMPTIED), 42),
    sent("later()", unawaited("a promise"), 33, "async function later() {}"),
    sent("Promise.all([])", unawaited("a promise")),
    sent('ctx.callActivity("other")', unawaited("a task")),
    sent("steps()", lost("A generator", EMPTIED), 33, "function* steps() {}"),
    wrong(
      "a task that is sent by its name",
      app('const a = context.df.callActivity("a"); yield context.df.callActivity("b", a);'),
      76,
      unawaited("a task"),
    ),
    wrong(
      "a retried activity's input",
      app('yield context.df.callActivityWithRetry("a", retry, new Map());'),
      52,
      lost("A Map", EMPTIED),
    ),
    wrong(
      "a sub-orchestration's input",
      app('yield context.df.callSubOrchestrator("a", new Map());'),
      43,
      lost("A Map", EMPTIED),
    ),
    wrong(
      "an entity's input",
      app('yield context.df.callEntity(new df.EntityId("a", "b"), "add", new Map());'),
      63,
      lost("A Map", EMPTIED),
    ),
    wrong("a signal's input", app('context.df.signalEntity(id, "add", new Map());'), 36, lost("A Map", EMPTIED)),
    wrong(
      "an entity's input, by its definition",
      flow('yield* ctx.callEntity(counter, "key", "add", new Map());', 'const counter = entity("counter", class {});'),
      46,
      lost("A Map", EMPTIED),
    ),
    wrong("the next execution's input", flow("ctx.continueAsNew(new Map());"), 19, lost("A Map", EMPTIED)),
    wrong("a status", flow("ctx.setCustomStatus({ seen: new Set() });"), 29, lost("A Set", EMPTIED)),
    wrong("an event", flow('ctx.sendEvent("id", "name", new Set());'), 29, lost("A Set", EMPTIED)),
    wrong("a result", flow("return new Set();"), 8, lost("A Set", EMPTIED)),
    {
      name: "an arrow function's result",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", (ctx) => new Set());',
      output: null,
      errors: [{ line: 2, column: 28, message: lost("A Set", EMPTIED) }],
    },
    wrong(
      "a value in a helper, at the orchestrator's call",
      flow("yield* send(ctx);", "function* send(c) { c.setCustomStatus(new Map()); }"),
      8,
      `Calls send() -> setCustomStatus() (input.ts:5). ${lost("A Map", EMPTIED)}`,
    ),
  ],
});

const TYPES = `import * as df from "durable-functions";
class Money { private cents = 1; add(other: Money) { return other; } }
class Point { constructor(readonly x: number) {} }
class Temperature { toJSON() { return 1; } }
interface Callbacks { id: string; done: () => void }
interface Perhaps { id: string; done?: () => void }
declare const map: Map<string, number>, perhapsMap: Map<string, number> | undefined, mapOrText: Map<string, number> | string;
declare const set: ReadonlySet<string>, big: bigint, failure: Error, promise: Promise<number>, money: Money, list: Money[];
declare const point: Point, temperature: Temperature, at: Date, callbacks: Callbacks, perhaps: Perhaps, any: any, bytes: Uint8Array;
declare const tree: Tree; interface Tree { children: Tree[]; label: string }
df.app.activity("takesDate", { handler: (input: Date) => input.getTime() });
df.app.activity("takesOrder", { handler: (input: { due?: Date; id: string }) => input.id });
df.app.activity("takesText", { handler: (input: string) => input });
`;

/** Lints one statement of an orchestrator with types, and returns its reports as `column: message`. */
function linted(statement: string): readonly string[] {
  const code = `${TYPES}df.app.orchestration("flow", function* (context: any): any {\n${statement}\n});\n`;
  return reportsOf("serializable-payload", { "main.ts": code }).map(({ line, column, message }) => {
    expect(line).toBe(TYPES.split("\n").length + 1);
    return `${String(column)}: ${message}`;
  });
}

describe("serializable-payload: by types", () => {
  it.each([
    "mapOrText",
    "point",
    "temperature",
    "at",
    "perhaps",
    "any",
    "bytes",
    "tree",
    "{ point, at }",
    "[...map]",
    "map.size",
  ])("%s survives", (value) => {
    expect(linted(`yield context.df.callActivity("work", ${value});`)).toEqual([]);
  });

  it.each([
    ["map", lost("A Map", EMPTIED)],
    ["perhapsMap", lost("A Map", EMPTIED)],
    ["set", lost("A Set", EMPTIED)],
    ["big", lost("A bigint", "writing it throws")],
    ["failure", lost("An Error", EMPTIED)],
    ["promise", unawaited("a promise")],
    ["money", lost("A Money", "it arrives without its methods")],
    ["list", lost("A Money", "it arrives without its methods")],
    ["callbacks", lost("A function", "it is left out")],
  ])("%s does not", (value, message) => {
    expect(linted(`yield context.df.callActivity("work", ${value});`)).toEqual([`39: ${message}`]);
  });

  it("reports the member of an object that is written in place", () => {
    expect(linted('yield context.df.callActivity("work", { id: 1, money });')).toEqual([
      `48: ${lost("A Money", "it arrives without its methods")}`,
    ]);
  });

  it.each([
    ['yield context.df.callActivity("takesDate", at);', 44, "takesDate"],
    ['yield context.df.callActivity("takesDate", context.df.currentUtcDateTime);', 44, "takesDate"],
    ['yield context.df.callActivity("takesOrder", { id: "1", due: at });', 61, "takesOrder"],
  ])("reports a date to an activity that takes a date: %s", (statement, column, name) => {
    expect(linted(statement)).toEqual([
      `${String(column)}: A Date does not survive JSON: it arrives as text, and activity '${name}' takes a Date. Send text, or take it.`,
    ]);
  });

  it.each([
    'yield context.df.callActivity("takesText", at);',
    'yield context.df.callActivity("takesOrder", { id: "1" });',
  ])("leaves other dates alone: %s", (statement) => {
    expect(linted(statement)).toEqual([]);
  });
});
