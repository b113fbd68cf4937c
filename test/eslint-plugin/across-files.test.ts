/** How far a hazard is followed from the orchestrator's file into functions of others, seen through the clock. */
import ts from "typescript";

import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { program, reached, silent, told, type Reached } from "./call-cases.ts";
import { testRuleWithTypes, type TypedInvalidCase } from "./typed-rule-tester.ts";

/** A case for a helper `f` of another file. */
const helper = (name: string, text: string, more: Partial<Reached> = {}): TypedInvalidCase =>
  reached(name, {
    imports: 'import { f } from "./helper.js";',
    body: "return f();",
    files: { "helper.ts": text },
    path: "f() -> Date.now()",
    where: "helper.ts:1",
    column: 10,
    ...more,
  });

const CLOCK = "export const now = () => Date.now();";

const NAMES = ["two", "three", "four", "five", "six", "seven", "eight"];

/** Functions in files of their own, each of which calls the next. */
const chain: Readonly<Record<string, string>> = Object.fromEntries([
  ...["one", ...NAMES].slice(0, 7).map((name, index) => {
    const next = String(NAMES[index]);
    return [`${name}.ts`, `import { ${next} } from "./${next}.js";\nexport const ${name} = () => ${next}();`];
  }),
  ["eight.ts", "export const eight = () => Date.now();"],
]) as Readonly<Record<string, string>>;

testRuleWithTypes("no-wall-clock: functions of other files", noWallClock, {
  valid: [
    silent("a function that is named and not called", {
      imports: 'import { now } from "./clock.js";',
      body: "const f = now;\n  return typeof f;",
      files: { "clock.ts": CLOCK },
    }),
    silent("a type of a file that reads the clock", {
      imports: 'import type { Clock } from "./clock.js";',
      body: "const at: Clock = { now: 1 };\n  return at;",
      files: { "clock.ts": `export interface Clock { now: number }\n${CLOCK}\nnow();` },
    }),
    silent("another function of a file that reads the clock", {
      imports: 'import { pure } from "./clock.js";',
      body: "return pure(1);",
      files: { "clock.ts": `${CLOCK}\nexport const pure = (n: number) => n + 1;` },
    }),
    silent("a function written inside a helper, which nobody calls", {
      imports: 'import { f } from "./helper.js";',
      body: "return f();",
      files: { "helper.ts": "export function f() {\n  const late = () => Date.now();\n  return typeof late;\n}" },
    }),
    silent("a helper that is given the time", {
      imports: 'import { later } from "./helper.js";',
      body: "return later(ctx.currentUtcDateTime, 5);",
      files: {
        "helper.ts": "export const later = (from: Date, ms: number) => new Date(from.getTime() + ms);",
      },
    }),
    silent("a default that is not used", {
      imports: 'import { f } from "./helper.js";',
      body: "return f(ctx.currentUtcDateTime.getTime());",
      files: { "helper.ts": "export const f = (at = Date.now()) => at;" },
    }),
    silent("a clock of the helper's own", {
      imports: 'import { f } from "./helper.js";',
      body: "return f();",
      files: { "helper.ts": "const Date = { now: () => 1 };\nexport const f = () => Date.now();" },
    }),
    silent("a variable that may hold another function", {
      imports: 'import { f } from "./helper.js";',
      body: "return f();",
      files: { "helper.ts": "export let f = () => Date.now();\nexport const set = (g: () => number) => { f = g; };" },
    }),
    silent("a function of a package", {
      imports: 'import { stamp } from "acme";',
      body: "return stamp(() => Date.now());",
      files: { "node_modules/acme/index.d.ts": "export declare function stamp(read: () => number): number;" },
    }),
    silent("a callback that a helper keeps for later", {
      imports: 'import { keep } from "./helper.js";',
      body: "return keep(() => Date.now());",
      files: {
        "helper.ts": "export const kept: unknown[] = [];\nexport const keep = (f: () => number) => [f].length;",
      },
    }),
    silent("an activity that is called by its definition", {
      imports: 'import { stamp } from "./activities.js";',
      body: "return yield* ctx.callActivity(stamp, 1);",
      files: {
        "activities.ts":
          'import { activity } from "dacapo";\nexport const stamp = activity("stamp", (_ctx, n: number) => n + Date.now());',
      },
    }),
    silent("a leaf with a reason beside it", {
      imports: 'import { f } from "./helper.js";',
      body: "return f();",
      files: {
        "helper.ts":
          "// dacapo-ignore-next-line no-wall-clock: the value is only logged\nexport const f = () => Date.now();",
      },
    }),
    silent("a cycle of imports and of names that means nothing", {
      imports: 'import { a } from "./a.js";',
      body: "return a;",
      files: { "a.ts": 'export { b as a } from "./b.js";', "b.ts": 'export { a as b } from "./a.js";' },
    }),
    silent("a file that is not there", {
      imports: 'import { gone } from "./gone.js";',
      body: "return gone();",
      files: {},
    }),
  ],
  invalid: [
    helper("a declaration", "export function f() { return Date.now(); }"),
    helper("a constant", "export const f = () => Date.now();"),
    helper("a function expression", "export const f = function () { return Date.now(); };"),
    helper("an asynchronous function", "export async function f() { return Date.now(); }"),
    helper(
      "a function with overloads",
      "export function f(): number; export function f(a?: number): number { return a ?? Date.now(); }",
    ),
    helper("another name for a function", "const g = () => Date.now();\nexport const f = g;", {
      path: "f() -> Date.now()",
    }),
    helper("an export under another name", "const g = () => Date.now();\nexport { g as f };"),
    helper("a default that is used", "export const f = (at = Date.now()) => at;"),
    helper(
      "one of two functions",
      "const g = () => Date.now();\nexport const f = process.argv.length > 2 ? g : () => 0;",
    ),
    helper(
      "a fallback",
      "declare const given: (() => number) | undefined;\nexport const f = given ?? (() => Date.now());",
      {
        where: "helper.ts:2",
      },
    ),
    helper(
      "a function that calls itself",
      "export function f(n = 3): number { return n > 0 ? f(n - 1) : Date.now(); }",
    ),
    helper(
      "two functions that call each other",
      "export function f(n = 3): number { return g(n); }\nfunction g(n: number): number { return n > 0 ? f(n - 1) : Date.now(); }",
      { path: "f() -> g() -> Date.now()", where: "helper.ts:2" },
    ),
    helper("two readings, which are one report", "export const f = () => Date.now() - Date.now();", { more: 1 }),
    helper("a reading in a callback of an array", "export const f = () => [1].map((n) => n + Date.now());"),
    helper(
      "a reading in the callback of a promise",
      "export const f = () => Promise.resolve().then(() => Date.now());",
    ),
    helper("a reading inside a template", "export const f = () => `at ${Date.now()}`;"),
    helper("a global that is a property", "export const f = () => globalThis.Date.now();", {
      path: "f() -> Date.now()",
    }),
    helper("a reading behind a name", "const { now } = Date;\nexport const f = () => now();", {
      where: "helper.ts:2",
    }),
    reached("eight files", {
      imports: 'import { one } from "./one.js";',
      body: "return one();",
      files: chain,
      path: "one() -> two() -> three() -> four() -> five() -> ... -> Date.now()",
      where: "eight.ts:1",
      column: 10,
    }),
    reached("a default export", {
      imports: 'import stamp from "./helper.js";',
      body: "return stamp();",
      files: { "helper.ts": "export default function () { return Date.now(); }" },
      path: "stamp() -> Date.now()",
      where: "helper.ts:1",
      column: 10,
    }),
    reached("a default export of an expression", {
      imports: 'import stamp from "./helper.js";',
      body: "return stamp();",
      files: { "helper.ts": "export default () => Date.now();" },
      path: "stamp() -> Date.now()",
      where: "helper.ts:1",
      column: 10,
    }),
    reached("an index that renames", {
      imports: 'import { stamp } from "./lib/index.js";',
      body: "return stamp();",
      files: { "lib/index.ts": 'export { now as stamp } from "./clock.js";', "lib/clock.ts": CLOCK },
      path: "stamp() -> Date.now()",
      where: "lib/clock.ts:1",
      column: 10,
    }),
    reached("an index that exports all of another one", {
      imports: 'import { now } from "./lib";',
      body: "return now();",
      files: {
        "lib/index.ts": 'export * from "./inner.js";',
        "lib/inner.ts": 'export * from "./clock.js";',
        "lib/clock.ts": CLOCK,
      },
      path: "now() -> Date.now()",
      where: "lib/clock.ts:1",
      column: 10,
    }),
    reached("a namespace that is imported", {
      imports: 'import * as clock from "./clock.js";',
      body: "return clock.now();",
      files: { "clock.ts": CLOCK },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a namespace that is exported", {
      imports: 'import { clock } from "./lib.js";',
      body: "return clock.now();",
      files: { "lib.ts": 'export * as clock from "./clock.js";', "clock.ts": CLOCK },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a namespace of TypeScript", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return Clock.now();",
      files: { "clock.ts": "export namespace Clock { export const now = () => Date.now(); }" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("an import by the alias of a path", {
      imports: 'import { now } from "@lib/clock";',
      body: "return now();",
      files: { "lib/clock.ts": CLOCK },
      options: { paths: { "@lib/*": ["./lib/*"] } },
      path: "now() -> Date.now()",
      where: "lib/clock.ts:1",
      column: 10,
    }),
    reached("a file that is imported when it is needed", {
      imports: "export {};",
      body: 'const load = async () => (await import("./clock.js")).now();\n  return load();',
      files: { "clock.ts": CLOCK },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 28,
    }),
    reached("what CommonJS exports by name", {
      imports: 'import { stamp } from "./stamp.cjs";',
      body: "return stamp();",
      files: { "stamp.cjs": "exports.stamp = function () { return Date.now(); };" },
      path: "stamp() -> Date.now()",
      where: "stamp.cjs:1",
      column: 10,
    }),
    reached("what CommonJS exports as an object", {
      imports: 'import { stamp } from "./stamp.cjs";',
      body: "return stamp();",
      files: { "stamp.cjs": "const stamp = () => Date.now();\nmodule.exports = { stamp };" },
      path: "stamp() -> Date.now()",
      where: "stamp.cjs:1",
      column: 10,
    }),
    reached("what CommonJS exports as a whole", {
      imports: 'import stamp = require("./stamp.cjs");',
      body: "return stamp();",
      files: { "stamp.cjs": "module.exports = () => Date.now();" },
      options: { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Bundler },
      path: "stamp() -> Date.now()",
      where: "stamp.cjs:1",
      column: 10,
    }),
    reached("what CommonJS exports as a whole, as the default of a module", {
      imports: 'import stamp from "./stamp.cjs";',
      body: "return stamp();",
      files: { "stamp.cjs": "module.exports = () => Date.now();" },
      path: "stamp() -> Date.now()",
      where: "stamp.cjs:1",
      column: 10,
    }),
    {
      name: "CommonJS alone, a function and a class as a whole",
      files: {
        "order.cjs":
          'const { orchestrator } = require("dacapo");\nconst stamp = require("./stamp");\nconst Clock = require("./clock");\norchestrator("o", () => stamp() + new Clock().now());',
        "stamp.js": "module.exports = function () { return Date.now(); };",
        "clock.js": "class Clock { now() { return Date.now(); } }\nmodule.exports = Clock;",
      },
      errors: [
        { message: told("stamp() -> Date.now()", "stamp.js:1"), line: 4, column: 25 },
        { message: told("now() -> Date.now()", "clock.js:1"), line: 4, column: 35 },
      ],
    },
    reached("a generator helper", {
      imports: 'import { helper } from "./helper.js";',
      body: "return yield* helper(ctx);",
      files: {
        "helper.ts":
          'import type * as d from "dacapo";\nexport function* helper(c: Pick<d.OrchestrationContext, "newGuid">) {\n  yield;\n  return Date.now();\n}',
      },
      path: "helper() -> Date.now()",
      where: "helper.ts:4",
      column: 17,
    }),
    reached("a function that is passed on", {
      imports: 'import { now } from "./clock.js";\nimport { twice } from "./twice.js";'.replace("\n", " "),
      body: "return twice(now);",
      files: { "clock.ts": CLOCK, "twice.ts": "export const twice = (f: () => number) => f() + f();" },
      path: "twice() -> now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a function that is handed to an array", {
      imports: 'import { now } from "./clock.js";',
      body: "return [1, 2].map(now);",
      files: { "clock.ts": CLOCK },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 21,
    }),
    reached("a function that makes functions", {
      imports: 'import { make } from "./make.js";',
      body: "return make(5)();",
      files: { "make.ts": "export const make = (plus: number) => () => Date.now() + plus;" },
      path: "make()() -> Date.now()",
      where: "make.ts:1",
      column: 10,
    }),
    reached("a function that was made elsewhere", {
      imports: 'import { stamp } from "./stamp.js";',
      body: "return stamp();",
      files: {
        "stamp.ts": 'import { make } from "./make.js";\nexport const stamp = make(() => Date.now());',
        "make.ts": "export const make = (read: () => number) => () => read();",
      },
      path: "stamp() -> Date.now()",
      where: "stamp.ts:2",
      column: 10,
    }),
    reached("a function in an array", {
      imports: 'import { checks } from "./checks.js";',
      body: "return checks.map((check) => check(1));",
      files: {
        "checks.ts":
          "const limit = (max: number) => (n: number) => n < max;\nconst until = (at: number) => (n: number) => n + Date.now() < at;\nexport const checks = [limit(3), until(4)];",
      },
      path: "check() -> Date.now()",
      where: "checks.ts:2",
      column: 32,
    }),
    reached("a function in an array that a loop reads", {
      imports: 'import { checks } from "./checks.js";',
      body: "for (const check of checks) check();",
      files: { "checks.ts": "export const checks = [() => Date.now()];" },
      path: "check() -> Date.now()",
      where: "checks.ts:1",
      column: 31,
    }),
    reached("a function in an object", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: { "clock.ts": "export const clock = { now: () => Date.now() } as const;" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a method in an object, by a name of its own", {
      imports: 'import { clock } from "./clock.js";',
      body: "const { now } = clock;\n  return now();".replace("\n ", ""),
      files: { "clock.ts": "export const clock = { now() { return Date.now(); } };" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 33,
    }),
    reached("a value that is made when the file is loaded", {
      imports: 'import { STARTED } from "./clock.js";',
      body: "return STARTED + 1;",
      files: { "clock.ts": "export const STARTED = Date.now();" },
      path: "STARTED -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    {
      name: "three calls, which are three reports",
      ...program({
        imports: 'import { now } from "./clock.js";',
        body: "return now() + now() + now();",
        files: { "clock.ts": CLOCK },
      }),
      errors: [10, 18, 26].map((column) => ({ message: told("now() -> Date.now()", "clock.ts:1"), line: 4, column })),
    },
    {
      name: "one call that reaches two functions, which are two reports",
      ...program({
        imports: 'import { f } from "./helper.js";',
        body: "return f();",
        files: {
          "helper.ts":
            "const a = () => Date.now();\nconst b = () => performance.now();\nexport const f = () => a() + b();",
        },
      }),
      errors: [
        { message: told("f() -> a() -> Date.now()", "helper.ts:1"), line: 4, column: 10 },
        { message: told("f() -> b() -> performance.now()", "helper.ts:2"), line: 4, column: 10 },
      ],
    },
  ],
});
