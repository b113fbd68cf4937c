/** What `dacapo/no-wall-clock` reports and what it leaves alone, in plain JavaScript. */
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { functionsV4 } from "./frames.ts";
import { testRule, type Expected } from "./rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3. */
const orchestrated = (body: string, parameters = "ctx, input") =>
  `import { orchestrator } from "dacapo";\norchestrator("o", function* (${parameters}) {\n${body}\n});`;

const reads = (api: string, line: number, column: number, context = "ctx"): Expected => ({
  message: `${api} returns a different value on replay. Use ${context}.currentUtcDateTime.`,
  line,
  column,
});

/** A path as a reader writes it, `now() -> Date.now() (line 2)`, and where the call is. */
const calls = (path: string, line: number, column: number, context = "ctx", more = 0): Expected => {
  const [, steps = "", leaf = ""] = /^(.*) \(line (\d+)\)$/u.exec(path) ?? [];
  const api = steps.split(" -> ").at(-1) ?? "";
  return {
    message: `Calls ${steps} (input.ts:${leaf})${more > 0 ? ` (+${more} more)` : ""}. ${api} returns a different value on replay. Use ${context}.currentUtcDateTime.`,
    line,
    column,
  };
};

const suggests = (replacement: string, output: string) => ({
  suggestions: [{ desc: `Replace with ${replacement}.`, output }],
});

testRule("no-wall-clock: what reads a clock", noWallClock, {
  valid: [
    { name: "a moment made from a number", code: orchestrated("return new Date(input.ms);") },
    { name: "a moment made from what may be a number", code: orchestrated("return new Date(...input);") },
    { name: "arithmetic on dates", code: orchestrated('return Date.UTC(2020, 1) + Date.parse("2020-01-01");') },
    { name: "the context's time", code: orchestrated("return ctx.currentUtcDateTime.getTime();") },
    { name: "a reference without a call", code: orchestrated("return [Date.now, performance.now, typeof Date];") },
    {
      name: "a retry policy without a function",
      code: orchestrated('yield* ctx.callActivity("a", 1, { retry: { maxNumberOfAttempts: 2 } });'),
    },
    {
      name: "a function under another name, which nobody calls",
      code: orchestrated('yield* ctx.callActivity("a", 1, { later: () => Date.now() });'),
    },
    { name: "a property called now", code: orchestrated("return input.Date.now() + ctx.performance.now();") },
    { name: "a computed member", code: orchestrated("return Date[input]();") },
    { name: "a shadowed Date", code: orchestrated("const Date = input.clock; return Date.now() + new Date();") },
    { name: "a Date that is a parameter", code: orchestrated("return input.map((Date) => Date.now());") },
    { name: "a Date that is imported", code: `import { Date } from "./d.js";\n${orchestrated("return Date.now();")}` },
    { name: "a Date that the file replaces", code: `${orchestrated("return Date.now();")}\nDate = class {};` },
    { name: "an alias that is reassigned", code: orchestrated("let now = Date.now; now = () => 1; return now();") },
    { name: "a name bound in a circle", code: orchestrated("const a = b, b = a; return a.now() + new b();") },
    { name: "a destructured default", code: orchestrated("const { now = () => 1 } = Date; return now();") },
    { name: "hrtime of something else", code: orchestrated("const process = input; return process.hrtime();") },
    {
      name: "a name inside a with statement",
      code: 'const { orchestrator } = require("dacapo");\norchestrator("o", (c) => { with (c) { return Date.now(); } });',
      languageOptions: { sourceType: "script" },
    },
  ],
  invalid: [
    {
      name: "a retry handler in place",
      code: orchestrated('yield* ctx.callActivity("a", 1, { retry: () => Date.now() > 1 });'),
      output: orchestrated('yield* ctx.callActivity("a", 1, { retry: () => ctx.currentUtcDateTime.getTime() > 1 });'),
      errors: [reads("Date.now()", 3, 48)],
    },
    {
      name: "a retry handler by name, of a request",
      code: `${orchestrated("yield* ctx.callHttp({ url: input, retry: soon });")}\nconst soon = () => Date.now() > 1;`,
      output: null,
      errors: [calls("soon() -> Date.now() (line 5)", 3, 42)],
    },
    {
      name: "a policy's handleFailure",
      code: orchestrated('yield* ctx.callActivity("a", 1, { retry: { handleFailure: () => Date.now() > 1 } });'),
      output: orchestrated(
        'yield* ctx.callActivity("a", 1, { retry: { handleFailure: () => ctx.currentUtcDateTime.getTime() > 1 } });',
      ),
      errors: [reads("Date.now()", 3, 65)],
    },
    {
      name: "Date.now()",
      code: orchestrated("return Date.now();"),
      output: orchestrated("return ctx.currentUtcDateTime.getTime();"),
      errors: [reads("Date.now()", 3, 8)],
    },
    {
      name: "new Date(), with and without parentheses",
      code: orchestrated("return [new Date(), new Date];"),
      output: orchestrated("return [ctx.currentUtcDateTime, ctx.currentUtcDateTime];"),
      errors: [reads("new Date()", 3, 9), reads("new Date()", 3, 21)],
    },
    {
      name: "Date(), whatever its arguments",
      code: orchestrated("return Date(0);"),
      output: null,
      errors: [
        {
          ...reads("Date()", 3, 8),
          ...suggests("ctx.currentUtcDateTime.toString()", orchestrated("return ctx.currentUtcDateTime.toString();")),
        },
      ],
    },
    {
      name: "the clocks that count from an arbitrary moment",
      code: orchestrated("return [performance.now(), process.hrtime(), process.hrtime.bigint(), process.uptime()];"),
      output: null,
      errors: [
        reads("performance.now()", 3, 9),
        reads("process.hrtime()", 3, 28),
        reads("process.hrtime.bigint()", 3, 46),
        reads("process.uptime()", 3, 71),
      ],
    },
    {
      name: "a clock imported from a module",
      code: `import { hrtime as ticks } from "node:process";\nimport process from "process";\nimport { performance as p } from "perf_hooks";\n${orchestrated("return [ticks.bigint(), process.hrtime(), p.now()];")}`,
      output: null,
      errors: [
        reads("process.hrtime.bigint()", 6, 9),
        reads("process.hrtime()", 6, 25),
        reads("performance.now()", 6, 43),
      ],
    },
    {
      name: "a global reached through the global object or a string",
      code: orchestrated('return globalThis.Date["now"]() + Date?.now?.();'),
      output: orchestrated("return ctx.currentUtcDateTime.getTime() + ctx.currentUtcDateTime.getTime();"),
      errors: [reads("Date.now()", 3, 8), reads("Date.now()", 3, 35)],
    },
    {
      name: "an argument that reads the clock",
      code: orchestrated("return new Date(Date.now());"),
      output: orchestrated("return new Date(ctx.currentUtcDateTime.getTime());"),
      errors: [reads("Date.now()", 3, 17)],
    },
    {
      name: "functions nested in the orchestrator",
      code: orchestrated("const at = () => Date.now();\nreturn input.map(at);"),
      output: orchestrated("const at = () => ctx.currentUtcDateTime.getTime();\nreturn input.map(at);"),
      errors: [reads("Date.now()", 3, 18)],
    },
    {
      name: "a helper nested in the orchestrator, once",
      code: orchestrated("function at() { return performance.now(); }\nreturn at() + at();"),
      output: null,
      errors: [reads("performance.now()", 3, 24)],
    },
    {
      name: "a default of the orchestrator's parameter",
      code: orchestrated("return at;", "ctx, at = Date.now()"),
      output: orchestrated("return at;", "ctx, at = ctx.currentUtcDateTime.getTime()"),
      errors: [reads("Date.now()", 2, 40)],
    },
  ],
});

testRule("no-wall-clock: aliases of a clock", noWallClock, {
  valid: [],
  invalid: [
    ["const now = Date.now; return now();", 30],
    ["const { now } = Date; return now();", 30],
    ["const { Date: { now: at } } = globalThis; return at();", 50],
    ["const D = Date; return D.now();", 24],
    ["return (0, Date.now)();", 8],
  ].map(([body, column]) => {
    const code = orchestrated(String(body));
    const replaced = String(body).slice(0, Number(column) - 1) + "ctx.currentUtcDateTime.getTime();";
    const suggestion = suggests("ctx.currentUtcDateTime.getTime()", orchestrated(replaced));
    return {
      name: `${String(body)} is left to its author`,
      code,
      output: null,
      errors: [{ ...reads("Date.now()", 3, Number(column)), ...suggestion }],
    };
  }),
});

testRule("no-wall-clock: the fix", noWallClock, {
  valid: [],
  invalid: [
    {
      name: "calls the context by its own name",
      code: orchestrated("return new Date();", "context"),
      output: orchestrated("return context.currentUtcDateTime;", "context"),
      errors: [reads("new Date()", 3, 8, "context")],
    },
    {
      name: "calls the context of Durable Functions by its own name, whatever that is",
      code: functionsV4("return new Date();").replace("(context)", "(ctx)"),
      output: functionsV4("return ctx.df.currentUtcDateTime;").replace("(context)", "(ctx)"),
      errors: [reads("new Date()", 3, 8, "ctx.df")],
    },
    {
      name: "keeps apart what would run together",
      code: orchestrated("return(Date).now()in new Date()instanceof Object;"),
      output: orchestrated("return ctx.currentUtcDateTime.getTime()in ctx.currentUtcDateTime instanceof Object;"),
      errors: [reads("Date.now()", 3, 7), reads("new Date()", 3, 22)],
    },
    ...[
      ["const due = new Date();\ndue.setHours(due.getUTCHours() + 1);", 3, 13],
      ["let due;\ndue = (new Date());\ndue['setTime'](0);", 4, 8],
      ["use(new Date().setTime(0));", 3, 5],
    ].map(([body, line, column]) => ({
      name: `leaves a date of the engine's as it is: ${String(body)}`,
      code: functionsV4(String(body)),
      output: functionsV4(String(body).replace("new Date()", "new Date(context.df.currentUtcDateTime)")),
      errors: [reads("new Date()", Number(line), Number(column), "context.df")],
    })),
    {
      name: "reads the engine's date where it is only asked, or another date of the same name is changed",
      code: functionsV4(
        "const due = new Date();\nuse(due.getTime(), (due) => due.setTime(0));\n{ const due = new Date(0); due.setTime(1); }",
      ),
      output: functionsV4(
        "const due = context.df.currentUtcDateTime;\nuse(due.getTime(), (due) => due.setTime(0));\n{ const due = new Date(0); due.setTime(1); }",
      ),
      errors: [reads("new Date()", 3, 13, "context.df")],
    },
    {
      name: "needs no copy of a date of Dacapo, which is a new one each time",
      code: orchestrated("const due = new Date(); due.setTime(0);"),
      output: orchestrated("const due = ctx.currentUtcDateTime; due.setTime(0);"),
      errors: [reads("new Date()", 3, 13)],
    },
    {
      name: "is not offered where the context is shadowed",
      code: orchestrated("return input.map((ctx) => Date.now());"),
      output: null,
      errors: [reads("Date.now()", 3, 27)],
    },
    {
      name: "is a suggestion where the context is reassigned",
      code: orchestrated("ctx = input; return Date.now();"),
      output: null,
      errors: [
        {
          ...reads("Date.now()", 3, 21),
          ...suggests(
            "ctx.currentUtcDateTime.getTime()",
            orchestrated("ctx = input; return ctx.currentUtcDateTime.getTime();"),
          ),
        },
      ],
    },
    {
      name: "is a suggestion where the body declares the context again",
      code: orchestrated("var ctx; return new Date();"),
      output: null,
      errors: [
        {
          ...reads("new Date()", 3, 17),
          ...suggests("ctx.currentUtcDateTime", orchestrated("var ctx; return ctx.currentUtcDateTime;")),
        },
      ],
    },
    {
      name: "is a suggestion where nobody uses the value",
      code: orchestrated("new Date();"),
      output: null,
      errors: [
        {
          ...reads("new Date()", 3, 1),
          ...suggests("ctx.currentUtcDateTime", orchestrated("ctx.currentUtcDateTime;")),
        },
      ],
    },
    {
      name: "is a suggestion where it would drop a comment or an argument",
      code: orchestrated("return Date.now(/* UTC */) + Date.now(input());"),
      output: null,
      errors: [
        {
          ...reads("Date.now()", 3, 8),
          ...suggests(
            "ctx.currentUtcDateTime.getTime()",
            orchestrated("return ctx.currentUtcDateTime.getTime() + Date.now(input());"),
          ),
        },
        {
          ...reads("Date.now()", 3, 30),
          ...suggests(
            "ctx.currentUtcDateTime.getTime()",
            orchestrated("return Date.now(/* UTC */) + ctx.currentUtcDateTime.getTime();"),
          ),
        },
      ],
    },
    {
      name: "is not offered where the context has no name",
      code: orchestrated("return Date.now();", "{ callActivity }"),
      output: null,
      errors: [reads("Date.now()", 3, 8)],
    },
    {
      name: "is not offered where the context may be a default",
      code: orchestrated("return Date.now();", "ctx = {}"),
      output: null,
      errors: [reads("Date.now()", 3, 8)],
    },
    {
      name: "suggests a parameter where there is none",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async () => Date.now());',
      output: null,
      errors: [
        {
          ...reads("Date.now()", 2, 31),
          suggestions: [
            {
              desc: "Add the parameter ctx and replace with ctx.currentUtcDateTime.getTime().",
              output:
                'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => ctx.currentUtcDateTime.getTime());',
            },
          ],
        },
      ],
    },
    {
      name: "suggests no parameter whose name is taken",
      code: orchestrated("const ctx = 1; return Date.now();", ""),
      output: null,
      errors: [reads("Date.now()", 3, 23)],
    },
  ],
});

/** Writes code outside orchestrators, from line 1, and then an orchestrator whose body is on the last line but one. */
const beside = (outside: string, body: string) => `${outside}\n${orchestrated(body)}`;

testRule("no-wall-clock: helpers of the same file", noWallClock, {
  valid: [
    { name: "one that is never called", code: beside("const now = () => Date.now();", "return 1;") },
    { name: "one that is only referred to", code: beside("const now = () => Date.now();", "return typeof now;") },
    { name: "one that is reassigned", code: beside("let now = () => Date.now(); now = () => 1;", "return now();") },
    {
      name: "one that is shadowed",
      code: beside("const now = () => Date.now();", "return input.map((now) => now());"),
    },
    {
      name: "a parameter with the helper's name",
      code: beside("function now(now) { return now(); }\nconst at = () => Date.now();", "return now(input);"),
    },
    {
      name: "one that hands out a clock without reading it",
      code: beside("const clock = () => () => Date.now();", "return clock();"),
    },
    {
      name: "one that builds an object whose methods read the clock",
      code: beside("function clock() { return { now() { return Date.now(); } }; }", "return clock();"),
    },
    {
      name: "one that declares a class whose instances read the clock",
      code: beside(
        "function clock() { return class { at = Date.now(); get() { return Date.now(); } }; }",
        "return clock();",
      ),
    },
    {
      name: "one that passes a callback to a function nobody knows",
      code: beside('import later from "later";\nfunction plan() { later(() => Date.now()); }', "plan();"),
    },
    {
      name: "a default that the call makes unnecessary",
      code: beside(
        "function expired(at, now = Date.now()) { return at < now; }",
        "return expired(input.at, ctx.currentUtcDateTime.getTime()) || expired(...input);",
      ),
    },
    {
      name: "a default whose helper the call makes unnecessary",
      code: beside("const now = () => Date.now();\nconst at = (time = now()) => time;", "return at(1);"),
    },
    {
      name: "a parameter that is called, which is not the function that it belongs to",
      code: beside("function at(now, time = Date.now()) { return now(); }", "return at(input, 1);"),
    },
    {
      name: "one that passes a callback to a method nobody knows",
      code: beside("const f = (bus) => bus.subscribe(() => Date.now());", "return f(input);"),
    },
    {
      name: "a function that an array's method is given as data",
      code: beside("const f = (xs) => xs.reduce((x) => x, () => Date.now());", "return f(input);"),
    },
    {
      name: "a generator that an array's method calls and nobody iterates",
      code: beside("const f = (xs) => xs.map(function* () { yield Date.now(); });", "return f(input);"),
    },
    {
      name: "a default of a callback's parameter",
      code: beside("const f = (xs) => xs.map((x, i = Date.now()) => i);", "return f(input);"),
    },
    {
      name: "a method of an object that is replaced",
      code: beside("const clock = { now: () => Date.now() };\nclock.now = () => 0;", "return clock.now();"),
    },
  ],
  invalid: [
    {
      name: "are reported at the call, with the path",
      code: beside(
        "function now() {\n  return Date.now();\n}\nconst eligible = (o) => o.due < now();",
        "return eligible(input);",
      ),
      output: null,
      errors: [calls("eligible() -> now() -> Date.now() (line 2)", 7, 8)],
    },
    {
      name: "are reported once a call",
      code: beside("const now = () => Date.now();", "return now() + now();"),
      output: null,
      errors: [calls("now() -> Date.now() (line 1)", 4, 8), calls("now() -> Date.now() (line 1)", 4, 16)],
    },
    {
      name: "are reported once a clock, by the shortest path",
      code: beside(
        "const far = () => near();\nconst near = () => Date.now() + Date.now();\nconst both = () => far() + near() + new Date();",
        "return both();",
      ),
      output: null,
      errors: [
        calls("both() -> new Date() (line 3)", 6, 8),
        calls("both() -> near() -> Date.now() (line 2)", 6, 8, "ctx", 1),
      ],
    },
    {
      name: "may be methods of an object",
      code: beside("const clock = { now: () => Date.now() };", "return clock.now();"),
      output: null,
      errors: [calls("now() -> Date.now() (line 1)", 4, 8)],
    },
    {
      name: "may call themselves and each other",
      code: beside(
        "const even = (n) => n ? odd(n - 1) : true;\nconst odd = (n) => n ? even(n - 1) : Date.now();",
        "return even(9);",
      ),
      output: null,
      errors: [calls("even() -> odd() -> Date.now() (line 2)", 5, 8)],
    },
    {
      name: "are followed into functions called on the spot and callbacks of arrays",
      code: beside(
        "function stamp(xs) { return (() => xs.map((x) => ({ x, at: Date.now() })))(); }",
        "return stamp(input);",
      ),
      output: null,
      errors: [calls("stamp() -> Date.now() (line 1)", 4, 8)],
    },
    {
      name: "are followed when they are generators or asynchronous",
      code: beside(
        "function* waits(c) { yield c.createTimer(new Date()); }\nasync function late() { return Date.now(); }",
        "yield* waits(ctx); return late();",
      ),
      output: null,
      errors: [calls("waits() -> new Date() (line 1)", 5, 8), calls("late() -> Date.now() (line 2)", 5, 27)],
    },
    {
      name: "read the clock in a default that the call leaves to them",
      code: beside("function expired(at, now = Date.now()) { return at < now; }", "return expired(input);"),
      output: null,
      errors: [calls("expired() -> Date.now() (line 1)", 4, 8)],
    },
    {
      name: "are found again when a second call leaves the default to them",
      code: beside(
        "function expired(at, now = Date.now()) { return at < now; }\nconst both = () => expired(1, 2) || expired(1);",
        "return both();",
      ),
      output: null,
      errors: [calls("both() -> expired() -> Date.now() (line 1)", 5, 8)],
    },
    {
      name: "may have another name",
      code: beside("const now = () => Date.now();\nconst clock = now;", "return clock();"),
      output: null,
      errors: [calls("clock() -> Date.now() (line 1)", 5, 8)],
    },
    {
      name: "read the clock of a class when it is declared",
      code: beside("function f() { class C { static at = Date.now(); } return C; }", "return f();"),
      output: null,
      errors: [calls("f() -> Date.now() (line 1)", 4, 8)],
    },
    {
      name: "are named with the orchestrator's own name for the context",
      code: 'import { orchestrator } from "dacapo";\nconst now = () => Date.now();\norchestrator("o", (context) => now());',
      output: null,
      errors: [calls("now() -> Date.now() (line 2)", 3, 32, "context")],
    },
  ],
});
