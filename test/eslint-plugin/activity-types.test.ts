/** What `dacapo/activity-types` reports: inputs and results of other types than the activities declare. */
import { describe, expect, it } from "vitest";

import { activityTypes } from "../../eslint-plugin/src/rules/activity-types.ts";
import { testRule } from "./rule-tester.ts";
import { reportsOf } from "./typed-program.ts";

/** The activities of the cases: the name of each says what it takes, or what it gives. */
const ACTIVITIES = `import * as df from "durable-functions";
interface Order { id: string; total?: number; lines: { sku: string; due: Date }[] }
class Money { private cents = 0; currency = "EUR"; add(other: Money) { return other; } toText() { return String(this.cents); } }
enum Color { Red = "red", Blue = "blue" }
type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: number };
const activities = {
  text: (input: string) => input,
  number: (input: number) => input,
  optional: (input?: string) => input,
  fallback: (input = "none") => input,
  nullable: (input: string | null) => input,
  date: (input: Date) => input,
  order: (input: Order) => input,
  money: (input: Money) => input.currency,
  color: (input: Color) => input,
  shape: (input: Shape) => input.kind,
  pair: (input: [string, number]) => input,
  table: (input: Record<string, number>) => input,
  open: (input: any) => input,
  unknown: (input: unknown) => input,
  generic: <T>(input: T) => input,
  nothing: () => undefined,
  rest: (...inputs: string[]) => inputs.length,
  sneaky: function () { return arguments.length; },
  later: async (input: string) => input.length,
};
df.app.activity("text", { handler: activities.text });
df.app.activity("number", { handler: activities.number });
df.app.activity("optional", { handler: activities.optional });
df.app.activity("fallback", { handler: activities.fallback });
df.app.activity("nullable", { handler: activities.nullable });
df.app.activity("date", { handler: activities.date });
df.app.activity("order", { handler: activities.order });
df.app.activity("money", { handler: activities.money });
df.app.activity("color", { handler: activities.color });
df.app.activity("shape", { handler: activities.shape });
df.app.activity("pair", { handler: activities.pair });
df.app.activity("table", { handler: activities.table });
df.app.activity("open", { handler: activities.open });
df.app.activity("unknown", { handler: activities.unknown });
df.app.activity("generic", { handler: activities.generic });
df.app.activity("nothing", { handler: activities.nothing });
df.app.activity("rest", { handler: activities.rest });
df.app.activity("sneaky", { handler: activities.sneaky });
df.app.activity("later", { handler: activities.later });
declare const texts: string[], text: string, maybe: string | undefined, at: Date, widened: { kind: string; side: number };
declare const order: { id: string; lines: { sku: string; due: string }[] }, wrongOrder: { id: string; lines: number[] };
`;

const HEAD = ACTIVITIES.split("\n").length;

/** Lints a statement of an orchestrator, and returns its reports as `column: message`. */
function linted(statement: string): readonly string[] {
  const code = `${ACTIVITIES}df.app.orchestration("flow", function* (context: any): any {\n${statement}\n});\n`;
  const reports = reportsOf("activity-types", { "main.ts": code });
  return reports.map(({ line, column, message }) => {
    expect(line).toBe(HEAD + 1);
    return `${String(column)}: ${message}`;
  });
}

const call = (name: string, input?: string) =>
  `yield context.df.callActivity("${name}"${input === undefined ? "" : `, ${input}`});`;

describe("activity-types: inputs that are fine", () => {
  it.each([
    ["text", '"Tokyo"'],
    ["text", "text"],
    ["text", "maybe"],
    ["text", "at"],
    ["text", "context.df.getInput()"],
    ["number", "context.df.getInput().count"],
    ["optional", undefined],
    ["optional", "undefined"],
    ["optional", "null"],
    ["fallback", undefined],
    ["nullable", "null"],
    ["nullable", undefined],
    ["date", "at"],
    ["date", "at.toISOString()"],
    ["order", "order"],
    ["order", '{ id: "1", lines: [] }'],
    ["order", '{ id: "1", lines: [{ sku: "a", due: at }], extra: true }'],
    ["order", "{ ...order }"],
    ["money", '{ currency: "EUR" }'],
    ["money", "new Money()"],
    ["color", '"red"'],
    ["color", "Color.Blue"],
    ["color", "text"],
    ["shape", '{ kind: "square", side: 1 }'],
    ["shape", "widened"],
    ["pair", '["a", 1]'],
    ["pair", "[...texts]"],
    ["table", "{ a: 1, b: 2 }"],
    ["open", "1"],
    ["unknown", undefined],
    ["generic", "1"],
    ["nothing", undefined],
    ["nothing", "null"],
    ["nothing", "{}"],
    ["rest", '"a"'],
    ["sneaky", '"a"'],
  ])("%s of %s", (name, input) => {
    expect(linted(call(name, input))).toEqual([]);
  });

  it.each([
    ["a retry's options before the input", 'yield context.df.callActivityWithRetry("text", 5, "a");'],
    ["arguments behind a spread", 'yield context.df.callActivity(...["text", 1]);'],
    ["an activity that is not in sight", 'yield context.df.callActivity("elsewhere", 1);'],
    ["a name that is only known at run time", "yield context.df.callActivity(text, 1);"],
    ["another object's method", 'new Map().get("a").callActivity("text", 1);'],
  ])("%s", (_, statement) => {
    expect(linted(statement)).toEqual([]);
  });
});

describe("activity-types: inputs that are reported", () => {
  it.each([
    ["text", "5", 39, "Activity 'text' takes string, and gets number."],
    ["text", "null", 39, "Activity 'text' takes string, and gets null."],
    ["text", "texts", 39, "Activity 'text' takes string, and gets string[]."],
    ["text", undefined, 31, "Activity 'text' takes string, and gets nothing."],
    ["text", "undefined", 39, "Activity 'text' takes string, and gets nothing."],
    ["number", "text", 41, "Activity 'number' takes number, and gets string."],
    ["date", "5", 39, "Activity 'date' takes Date, and gets number."],
    ["order", '{ id: "1" }', 40, "Activity 'order' takes Order, and gets { id: string; }."],
    ["order", "{ id: 1, lines: [] }", 40, "Activity 'order' takes Order, and gets { id: number; lines: never[]; }."],
    ["order", "wrongOrder", 40, "Activity 'order' takes Order, and gets { id: string; lines: number[]; }."],
    ["order", "texts", 40, "Activity 'order' takes Order, and gets string[]."],
    ["money", "{ amount: 1 }", 40, "Activity 'money' takes Money, and gets { amount: number; }."],
    [
      "shape",
      '{ kind: "circle", side: 1 }',
      40,
      "Activity 'shape' takes Shape, and gets { kind: string; side: number; }.",
    ],
    ["pair", '[1, "a"]', 39, "Activity 'pair' takes [string, number], and gets (string | number)[]."],
    ["table", '{ a: "1" }', 40, "Activity 'table' takes Record<string, number>, and gets { a: string; }."],
    [
      "nothing",
      '"a"',
      42,
      "Activity 'nothing' takes no input, and gets one. Leave it out, or give the activity's function a parameter.",
    ],
  ])("%s of %s", (name, input, column, message) => {
    expect(linted(call(name, input))).toEqual([`${String(column)}: ${message}`]);
  });

  it("the input after a retry's options", () => {
    expect(linted('yield context.df.callActivityWithRetry("text", 5, 6);')).toEqual([
      "51: Activity 'text' takes string, and gets number.",
    ]);
  });
});

describe("activity-types: results", () => {
  it.each([
    'const result: string = yield context.df.callActivity("text", "a");',
    'const result: unknown = yield context.df.callActivity("text", "a");',
    'const result: string | number = yield context.df.callActivity("text", "a");',
    'const result: "a" | "b" = yield context.df.callActivity("text", "a");',
    'const result: number = yield context.df.callActivity("later", "a");',
    'const result: string = yield context.df.callActivity("date", at);',
    'const result: boolean = yield context.df.callActivity("open", 1);',
    'const { id }: { id: string } = yield context.df.callActivity("order", order);',
    'const result: string = yield context.df.callActivity("elsewhere");',
    'const task: number = context.df.callActivity("text", "a");',
    'return (yield context.df.callActivity("later", "a")) as number;',
  ])("fine: %s", (statement) => {
    expect(linted(statement)).toEqual([]);
  });

  it.each([
    [
      'const result: number = yield context.df.callActivity("text", "a");',
      "30: Activity 'text' gives string, which is taken for number.",
    ],
    [
      'const result: string = yield context.df.callActivity("later", "a");',
      "30: Activity 'later' gives number, which is taken for string.",
    ],
    [
      'const result: string[] = yield context.df.callActivity("nothing");',
      "32: Activity 'nothing' gives undefined, which is taken for string[].",
    ],
    [
      'return (yield context.df.callActivity("later", "a")) as string;',
      "15: Activity 'later' gives number, which is taken for string.",
    ],
    [
      'const { id }: { id: number } = yield context.df.callActivity("order", order);',
      "38: Activity 'order' gives Order, which is taken for { id: number; }.",
    ],
  ])("reported: %s", (statement, report) => {
    expect(linted(statement)).toEqual([report]);
  });
});

describe("activity-types: other packages", () => {
  it("compares the second parameter of a worker's activity, called by its function", () => {
    const code = `import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";
async function greet(_ctx: unknown, name: string) { return name; }
async function* flow(ctx: any): any {
  yield ctx.callActivity(greet, "Tokyo");
  yield ctx.callActivity(greet, 5);
}
const worker = new TaskHubGrpcWorker();
worker.addActivity(greet);
worker.addOrchestrator(flow);
`;
    expect(reportsOf("activity-types", { "main.ts": code })).toEqual([
      { file: "main.ts", line: 5, column: 33, message: "Activity 'greet' takes string, and gets number." },
    ]);
  });

  it("compares the type argument of a call by name with the result, across files", () => {
    const files = {
      "greet.ts":
        'import { activity } from "dacapo";\nexport const greet = activity("greet", async (_ctx: unknown, name: string) => name);\n',
      "main.ts": `import { orchestrator } from "dacapo";
import "./greet.ts";
export const flow = orchestrator("flow", function* (ctx: any): any {
  const length = yield* ctx.callActivity<number>("greet", "Tokyo");
  return [length, yield* ctx.callActivity<string>("greet", "Tokyo")];
});
`,
    };
    expect(reportsOf("activity-types", files)).toEqual([
      {
        file: "main.ts",
        line: 4,
        column: 25,
        message: "Activity 'greet' gives string, which is taken for number.",
      },
    ]);
  });
});

testRule("activity-types: without types", activityTypes, {
  valid: [
    {
      name: "it is silent",
      code: 'const df = require("durable-functions");\ndf.app.activity("a", { handler: () => 1 });\ndf.app.orchestration("o", function* (context) { yield context.df.callActivity("a", "surplus"); });',
    },
  ],
  invalid: [],
});
