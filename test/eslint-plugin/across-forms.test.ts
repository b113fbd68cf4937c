/** The forms in which a program hands on functions, values and modules between files, seen through the clock. */
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { reached, silent, told, program, type Call, type Reached } from "./call-cases.ts";
import { testRuleWithTypes, type TypedCase, type TypedInvalidCase } from "./typed-rule-tester.ts";

type Files = Readonly<Record<string, string>>;

const call = (imports: string, body: string, files: Files): Call => ({ imports, body, files });

/** Nothing is reported. */
const fine = (name: string, imports: string, body: string, files: Files): TypedCase =>
  silent(name, call(imports, body, files));

/** The clock is reached from `return`, in column 10, by the path. */
const found = (
  name: string,
  imports: string,
  body: string,
  files: Files,
  [path, where]: readonly [string, string],
  more: Partial<Reached> = {},
): TypedInvalidCase => reached(name, { ...call(imports, body, files), path, where, column: 10, ...more });

const CLOCK = { "clock.ts": "export function now() { return Date.now(); }\nexport const zero = () => 0;" };
const BARREL = { ...CLOCK, "lib.ts": 'export * as clock from "./clock.js";\nexport * from "./lib.js";' };
const TABLE = {
  "table.ts":
    "export const table = { live: () => Date.now(), fixed: () => 0 } as const;\n" +
    'export const of = (kind: "live" | "fixed") => table[kind];\n' +
    "export const steps = [() => 0, () => Date.now()];\n" +
    "export const map = new Map<string, () => number>([['live', () => Date.now()]]);",
};
const FUNCTIONS = {
  "functions.ts": [
    "export const retry = <T>(f: () => T): T => attempt(f, 3);",
    "function attempt<T>(f: () => T, n: number): T { try { return f(); } catch (e) { if (n === 0) throw e; return attempt(f, n - 1); } }",
    "export const lazy = <T>(f: () => T) => () => f();",
    "export const pipe = (x: number, ...fs: ((n: number) => number)[]) => fs.reduce((a, f) => f(a), x);",
    "export const first = (...fs: (() => number)[]) => fs[0]?.() ?? 0;",
    "export const run = <T>({ f }: { f: () => T }) => f();",
    "export const kindOf = (f: () => unknown) => typeof f;",
    "export const tag = (s: TemplateStringsArray) => s.length + Date.now();",
  ].join("\n"),
};
const FACTORY = {
  "factory.ts":
    "export function makeClock(name: string) { function now() { return Date.now(); } return { now, name: () => name }; }\n" +
    "export class Service { constructor(private readonly clock: ReturnType<typeof makeClock>) {} made() { return this.clock.now(); } age(at: Date) { return at.getTime(); } }",
};
const SETTINGS = {
  "settings.ts":
    "export const settings = { get now() { return Date.now(); }, get fixed() { return 1; } };\n" +
    "export const started = Date.now();\nexport const config = { started: Date.now(), limit: 3, deep: { at: Date.now(), n: 1 } };",
};
const GENERATORS = {
  "generators.ts":
    "export function* step() { yield 1; return Date.now(); }\nexport function* calm() { yield 1; return 0; }",
};
const COMMON = {
  "common.js":
    'exports.now = () => Date.now();\nexports.deep = { now: () => Date.now() };\nexports.Ids = require("./ids");\nexports.zero = () => 0;',
  "ids.js": "class Ids { next() { return Date.now(); } zero() { return 0; } }\nmodule.exports = Ids;",
};
const NATIVE = {
  "native.d.ts":
    "/** @nondeterministic clock */\nexport declare function day(): number;\n/** @deterministic */\nexport declare function hash(): number;\nexport declare function other(): number;",
};
const SHARED = {
  "node_modules/@acme/shared/package.json": '{ "name": "@acme/shared", "types": "index.d.ts" }',
  "node_modules/@acme/shared/index.d.ts": "/** @nondeterministic clock */\nexport declare function tick(): number;",
};

const from = (names: string, file: string) => `import { ${names} } from "./${file}.js";`;

testRuleWithTypes("no-wall-clock: forms between files", noWallClock, {
  valid: [
    fine("another export of a namespace of a barrel", from("clock", "lib"), "return clock.zero();", BARREL),
    fine("a function of a table that is chosen by name", from("table", "table"), "return table.fixed();", TABLE),
    fine("a function of a list that is chosen by place", from("steps", "table"), "return steps[0]?.();", TABLE),
    fine("a function of a map, nobody knows which", from("map", "table"), 'return map.get("live")?.();', TABLE),
    fine(
      "a callback that is only looked at",
      from("kindOf", "functions"),
      "return kindOf(() => Date.now());",
      FUNCTIONS,
    ),
    fine(
      "a callback that is made and not called",
      from("lazy", "functions"),
      "return typeof lazy(() => Date.now());",
      FUNCTIONS,
    ),
    fine(
      "callbacks that are gathered, and are calm",
      from("pipe", "functions"),
      "return pipe(1, (n) => n + 1);",
      FUNCTIONS,
    ),
    fine(
      "another member of what a factory makes",
      from("makeClock", "factory"),
      'return makeClock("a").name();',
      FACTORY,
    ),
    fine(
      "a method that does not use what was injected",
      from("Service, makeClock", "factory"),
      'return new Service(makeClock("a")).age(ctx.currentUtcDateTime);',
      FACTORY,
    ),
    fine(
      "a function that is bound and not called",
      from("makeClock", "factory"),
      'const c = makeClock("a"); const f = c.now.bind(c); return typeof f;',
      FACTORY,
    ),
    fine("another getter", from("settings", "settings"), "return settings.fixed;", SETTINGS),
    fine(
      "another getter, taken out",
      from("settings", "settings"),
      "const { fixed } = settings; return fixed;",
      SETTINGS,
    ),
    fine("another member of a constant", from("config", "settings"), "return config.limit;", SETTINGS),
    fine(
      "another member of a constant, taken out",
      from("config", "settings"),
      "const { limit } = config; return limit;",
      SETTINGS,
    ),
    fine("another member of a member of a constant", from("config", "settings"), "return config.deep.n;", SETTINGS),
    fine("a generator that nothing runs", from("step", "generators"), "step(); return 0;", GENERATORS),
    fine("a generator that is calm", from("calm", "generators"), "return yield* calm();", GENERATORS),
    fine("another member of a CommonJS module", 'import lib from "./common.js";', "return lib.zero();", COMMON),
    fine(
      "another method of a class that a CommonJS module gives",
      from("Ids", "common"),
      "return new Ids().zero();",
      COMMON,
    ),
    fine("what a declaration calls deterministic", from("hash", "native"), "return hash();", NATIVE),
    fine("what a declaration says nothing about", from("other", "native"), "return other();", NATIVE),
    fine("data", 'import data from "./data.json";', "return data.now;", { "data.json": '{ "now": 1 }' }),
  ],
  invalid: [
    found("a namespace of a barrel", from("clock", "lib"), "return clock.now();", BARREL, [
      "now() -> Date.now()",
      "clock.ts:1",
    ]),
    found("a namespace in a namespace", 'import * as lib from "./lib.js";', "return lib.clock.now();", BARREL, [
      "now() -> Date.now()",
      "clock.ts:1",
    ]),
    found(
      "a namespace that is taken apart",
      'import * as lib from "./lib.js";',
      "const { clock: { now } } = lib; return now();",
      BARREL,
      ["now() -> Date.now()", "clock.ts:1"],
      { column: 42 },
    ),
    found("an optional call", 'import * as lib from "./clock.js";', "return lib?.now?.();", CLOCK, [
      "now() -> Date.now()",
      "clock.ts:1",
    ]),
    found("a member by a text", 'import * as lib from "./clock.js";', 'return lib["now"]();', CLOCK, [
      "now() -> Date.now()",
      "clock.ts:1",
    ]),
    found(
      "a default under another name",
      'import { default as stamp } from "./d.js";',
      "return stamp();",
      { "d.ts": "export default () => Date.now();" },
      ["stamp() -> Date.now()", "d.ts:1"],
    ),
    found(
      "a member of a default object",
      'import lib from "./d.js";',
      "return lib.deep.now();",
      { "d.ts": "export default { deep: { now() { return Date.now(); } } };" },
      ["now() -> Date.now()", "d.ts:1"],
    ),
    found(
      "a class that is a default",
      'import Clock from "./d.js";',
      "return new Clock().now();",
      { "d.ts": "export default class { now() { return Date.now(); } }" },
      ["now() -> Date.now()", "d.ts:1"],
    ),
    found("a function of a table", from("table", "table"), "return table.live();", TABLE, [
      "live() -> Date.now()",
      "table.ts:1",
    ]),
    found(
      "some function of a table",
      from("table", "table"),
      "return Object.values(table).map((f) => f());",
      TABLE,
      ["f() -> Date.now()", "table.ts:1"],
      { column: 42 },
    ),
    found("a function that a function chooses", from("of", "table"), 'return of("live")();', TABLE, [
      "live() -> Date.now()",
      "table.ts:1",
    ]),
    found("a function through two helpers", from("retry", "functions"), "return retry(() => Date.now());", FUNCTIONS, [
      "retry() -> attempt() -> Date.now()",
      "order.ts:4",
    ]),
    found("a function in an object", from("run", "functions"), "return run({ f: () => Date.now() });", FUNCTIONS, [
      "run() -> f() -> Date.now()",
      "order.ts:4",
    ]),
    found("a function that a maker keeps", from("lazy", "functions"), "return lazy(() => Date.now())();", FUNCTIONS, [
      "lazy()() -> Date.now()",
      "order.ts:4",
    ]),
    found(
      "one of the functions that a parameter gathers",
      from("pipe", "functions"),
      "return pipe(1, (n) => n, (n) => n + Date.now());",
      FUNCTIONS,
      ["pipe() -> Date.now()", "order.ts:4"],
    ),
    found(
      "the first of the functions that a parameter gathers",
      from("first", "functions"),
      "return first(() => Date.now());",
      FUNCTIONS,
      ["first() -> Date.now()", "order.ts:4"],
    ),
    found("a tag of a template", from("tag", "functions"), "return tag`a`;", FUNCTIONS, [
      "tag() -> Date.now()",
      "functions.ts:8",
    ]),
    found("what a factory makes", from("makeClock", "factory"), 'return makeClock("a").now();', FACTORY, [
      "now() -> Date.now()",
      "factory.ts:1",
    ]),
    found(
      "what a factory has made for a variable",
      from("makeClock", "factory"),
      'const c = makeClock("a"); return c.now();',
      FACTORY,
      ["now() -> Date.now()", "factory.ts:1"],
      { column: 36 },
    ),
    found(
      "what a factory makes for a service",
      from("Service, makeClock", "factory"),
      'return new Service(makeClock("a")).made();',
      FACTORY,
      ["made() -> now() -> Date.now()", "factory.ts:1"],
    ),
    found(
      "a bound function",
      from("makeClock", "factory"),
      'const c = makeClock("a"); const f = c.now.bind(c); return f();',
      FACTORY,
      ["f() -> Date.now()", "factory.ts:1"],
      { column: 61 },
    ),
    found(
      "a function that is called on an object",
      from("makeClock", "factory"),
      'return makeClock("a").now.call(undefined);',
      FACTORY,
      ["now() -> Date.now()", "factory.ts:1"],
    ),
    found("a getter", from("settings", "settings"), "return settings.now;", SETTINGS, [
      "now -> Date.now()",
      "settings.ts:1",
    ]),
    found(
      "a getter that is taken out",
      from("settings", "settings"),
      "const { now } = settings; return now;",
      SETTINGS,
      ["now -> Date.now()", "settings.ts:1"],
      { column: 11 },
    ),
    found(
      "a constant, once where it is kept",
      from("started", "settings"),
      "const at = started; return [at, at].map((x) => x + at);",
      SETTINGS,
      ["started -> Date.now()", "settings.ts:2"],
      { column: 14 },
    ),
    found(
      "a member of a constant that is taken out",
      from("config", "settings"),
      "const { started, limit } = config; return [started, limit];",
      SETTINGS,
      ["config -> Date.now()", "settings.ts:3"],
      { column: 30 },
    ),
    found("a member of a member of a constant", from("config", "settings"), "return config.deep.at;", SETTINGS, [
      "config.deep.at -> Date.now()",
      "settings.ts:3",
    ]),
    found(
      "a generator that is run",
      from("step", "generators"),
      "return yield* step();",
      GENERATORS,
      ["step() -> Date.now()", "generators.ts:1"],
      { column: 17 },
    ),
    found(
      "a generator that is run step by step",
      from("step", "generators"),
      "return [...step()];",
      GENERATORS,
      ["step() -> Date.now()", "generators.ts:1"],
      { column: 14 },
    ),
    found("a member of a CommonJS module", 'import lib from "./common.js";', "return lib.now();", COMMON, [
      "now() -> Date.now()",
      "common.js:1",
    ]),
    found(
      "a member of a member of a CommonJS module",
      'import lib from "./common.js";',
      "return lib.deep.now();",
      COMMON,
      ["now() -> Date.now()", "common.js:2"],
    ),
    found(
      "a class that a CommonJS module takes from another one",
      from("Ids", "common"),
      "return new Ids().next();",
      COMMON,
      ["next() -> Date.now()", "ids.js:1"],
    ),
    {
      name: "what a declaration calls nondeterministic",
      ...program(call(from("day", "native"), "return day();", NATIVE)),
      errors: [
        { message: "day() returns a different value on replay. Use ctx.currentUtcDateTime.", line: 4, column: 10 },
      ],
    },
    {
      name: "what a package declares to be nondeterministic",
      ...program(call('import { tick } from "@acme/shared";', "return tick();", SHARED)),
      errors: [
        { message: "tick() returns a different value on replay. Use ctx.currentUtcDateTime.", line: 4, column: 10 },
      ],
    },
    {
      name: "each of two calls of one helper",
      ...program(call(from("now", "clock"), "return [now(), now()];", CLOCK)),
      errors: [11, 18].map((column) => ({ message: told("now() -> Date.now()", "clock.ts:1"), line: 4, column })),
    },
  ],
});
