/** How `dacapo/continue-as-new-usage` wants an execution to end. */
import { continueAsNewUsage } from "../../eslint-plugin/src/rules/continue-as-new-usage.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3. */
const orchestrated = (body: string, after = "") =>
  `import { orchestrator, whenAll, whenAny } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${body}\n});\n${after}`;

const awaited = (word: string, line: number, column: number, output: string): Expected => ({
  message: `continueAsNew() gives nothing to ${word}: the orchestrator starts anew when it returns. Call it, and return.`,
  line,
  column,
  suggestions: [{ desc: `Remove ${word}.`, output }],
});

const after = (work: string, workLine: number, line: number, column: number, output?: string): Expected => ({
  message: `continueAsNew() must be the last durable action, but ${work} (line ${String(workLine)}) comes after it. Return right after it.`,
  line,
  column,
  ...(output === undefined ? {} : { suggestions: [{ desc: "Add return.", output }] }),
});

const open = (tasks: string, line: number, column: number): Expected => ({
  message: `${tasks} is still open at continueAsNew(), which discards its result. Wait for it before, or cancel it.`,
  line,
  column,
});

testRule("continue-as-new-usage: waiting", continueAsNewUsage, {
  valid: [
    ["is called last", 'yield* ctx.callActivity("a");\nctx.continueAsNew(input);'],
    ["is returned", "return ctx.continueAsNew(input);"],
    ["is called, and a value is returned", "ctx.continueAsNew(input + 1);\nreturn input;"],
    ["is an argument's work", "return [ctx.continueAsNew(input)];"],
    ["is another object's", "yield input.workflow.continueAsNew();"],
  ].map(([name, body]) => ({ name: String(name), code: orchestrated(String(body)) })),
  invalid: [
    {
      name: "yield",
      code: orchestrated("yield ctx.continueAsNew(input);"),
      output: null,
      errors: [awaited("yield", 3, 1, orchestrated("ctx.continueAsNew(input);"))],
    },
    {
      name: "yield* in a return",
      code: orchestrated("return yield* ctx.continueAsNew();"),
      output: null,
      errors: [awaited("yield", 3, 8, orchestrated("return ctx.continueAsNew();"))],
    },
    {
      name: "parentheses",
      code: orchestrated("yield (ctx.continueAsNew());"),
      output: null,
      errors: [awaited("yield", 3, 1, orchestrated("(ctx.continueAsNew());"))],
    },
    {
      name: "the counter of durable-functions' samples",
      code: 'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) {\n  let n = context.df.getInput() || 0;\n  n++;\n  if (n < 10) {\n    yield context.df.continueAsNew(n);\n  }\n  return n;\n});',
      output: null,
      errors: [
        awaited(
          "yield",
          6,
          5,
          'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) {\n  let n = context.df.getInput() || 0;\n  n++;\n  if (n < 10) {\n    context.df.continueAsNew(n);\n  }\n  return n;\n});',
        ),
      ],
    },
    {
      name: "await",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => {\n  await ctx.continueAsNew();\n});',
      output: null,
      errors: [
        awaited(
          "await",
          3,
          3,
          'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => {\n  ctx.continueAsNew();\n});',
        ),
      ],
    },
    {
      name: "a context that is taken apart",
      code: 'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* ({ df }) {\n  yield df.continueAsNew(1);\n});',
      output: null,
      errors: [
        awaited(
          "yield",
          3,
          3,
          'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* ({ df }) {\n  df.continueAsNew(1);\n});',
        ),
      ],
    },
  ],
});

const A = 'yield* ctx.callActivity("a");';

testRule("continue-as-new-usage: what comes after", continueAsNewUsage, {
  valid: [
    ["returns", `if (input > 1) {\nctx.continueAsNew(input);\nreturn;\n}\n${A}`],
    ["returns it", `if (input > 1) return ctx.continueAsNew(input);\n${A}`],
    ["throws", `ctx.continueAsNew(input);\nthrow new Error("over");\n${A}`],
    ["is the other branch", `if (input > 1) ctx.continueAsNew(input);\nelse ${A}`],
    ["is another case", `switch (input) {\ncase 1: ctx.continueAsNew(1); break;\ncase 2: ${A} break;\n}`],
    ["leaves on both branches", `ctx.continueAsNew(1);\nif (input) { return 1; } else { return 2; }\n${A}`],
    ["is in a loop that goes on only now and then", `for (const x of input) {\n${A}\nif (x) ctx.continueAsNew(x);\n}`],
    ["leaves a loop", `while (true) {\n${A}\nif (input) { ctx.continueAsNew(1); break; }\n}\nreturn 1;`],
    ["is only arithmetic", "ctx.continueAsNew(input);\nconst n = input + 1;\nreturn n;"],
    ["logs", 'ctx.continueAsNew(input);\nctx.log.info("again");'],
    ["is in a function that nobody calls", `ctx.continueAsNew(input);\nconst later = function* () { ${A} };`],
    ["comes before", `${A}\nctx.setCustomStatus("again");\nctx.continueAsNew(input);`],
    ["catches", `try { ctx.continueAsNew(input); return; } catch (e) { ${A} }`],
  ].map(([name, body]) => ({ name: String(name), code: orchestrated(String(body)) })),
  invalid: [
    {
      name: "an activity in the same block",
      code: orchestrated(`ctx.continueAsNew(input);\n${A}`),
      output: null,
      errors: [after("callActivity()", 4, 3, 1, orchestrated(`return ctx.continueAsNew(input);\n${A}`))],
    },
    {
      name: "an activity in the return",
      code: orchestrated('ctx.continueAsNew(input);\nreturn yield* ctx.callActivity("a");'),
      output: null,
      errors: [
        after(
          "callActivity()",
          4,
          3,
          1,
          orchestrated('return ctx.continueAsNew(input);\nreturn yield* ctx.callActivity("a");'),
        ),
      ],
    },
    {
      name: "an activity behind the condition",
      code: orchestrated(`if (input > 1) {\n  ctx.continueAsNew(input - 1);\n}\n${A}`),
      output: null,
      errors: [
        after(
          "callActivity()",
          6,
          4,
          3,
          orchestrated(`if (input > 1) {\n  return ctx.continueAsNew(input - 1);\n}\n${A}`),
        ),
      ],
    },
    {
      name: "a timer on one branch",
      code: orchestrated("ctx.continueAsNew(input);\nif (input) yield* ctx.createTimer({ hours: 1 });"),
      output: null,
      errors: [
        after(
          "createTimer()",
          4,
          3,
          1,
          orchestrated("return ctx.continueAsNew(input);\nif (input) yield* ctx.createTimer({ hours: 1 });"),
        ),
      ],
    },
    {
      name: "a status",
      code: orchestrated('ctx.continueAsNew(input);\nctx.setCustomStatus("again");'),
      output: null,
      errors: [
        after(
          "setCustomStatus()",
          4,
          3,
          1,
          orchestrated('return ctx.continueAsNew(input);\nctx.setCustomStatus("again");'),
        ),
      ],
    },
    {
      name: "waiting for what was begun before",
      code: orchestrated(
        "const all = whenAll(input.map((x) => ctx.callActivity(x)));\nctx.continueAsNew(1);\nyield* all;\nyield* whenAny([all]);",
      ),
      output: null,
      errors: [
        open("'all'", 4, 1),
        after(
          "whenAny()",
          6,
          4,
          1,
          orchestrated(
            "const all = whenAll(input.map((x) => ctx.callActivity(x)));\nreturn ctx.continueAsNew(1);\nyield* all;\nyield* whenAny([all]);",
          ),
        ),
      ],
    },
    {
      name: "a helper that works",
      code: orchestrated(
        "ctx.continueAsNew(input);\nyield* clean(input, ctx);",
        "function* clean(n, c) { yield* c.callActivity(n); }",
      ),
      output: null,
      errors: [
        after(
          "clean() -> callActivity()",
          4,
          3,
          1,
          orchestrated(
            "return ctx.continueAsNew(input);\nyield* clean(input, ctx);",
            "function* clean(n, c) { yield* c.callActivity(n); }",
          ),
        ),
      ],
    },
    {
      name: "the next round of an endless loop",
      code: orchestrated(`let n = 0;\nwhile (true) {\n${A}\nif (++n > 100) ctx.continueAsNew(n);\n}`),
      output: null,
      errors: [
        after(
          "callActivity()",
          5,
          6,
          16,
          orchestrated(`let n = 0;\nwhile (true) {\n${A}\nif (++n > 100) return ctx.continueAsNew(n);\n}`),
        ),
      ],
    },
    {
      name: "work behind a loop that is left",
      code: orchestrated(`for (;;) {\nif (input) { ctx.continueAsNew(1); break; }\n}\n${A}`),
      output: null,
      errors: [
        after(
          "callActivity()",
          6,
          4,
          14,
          orchestrated(`for (;;) {\nif (input) { return ctx.continueAsNew(1); break; }\n}\n${A}`),
        ),
      ],
    },
    {
      name: "work in a finally",
      code: orchestrated(`try { ctx.continueAsNew(1); } finally { ${A} }`),
      output: null,
      errors: [after("callActivity()", 3, 3, 7, orchestrated(`try { return ctx.continueAsNew(1); } finally { ${A} }`))],
    },
    {
      name: "a second one",
      code: orchestrated("ctx.continueAsNew(1);\nctx.continueAsNew(2);"),
      output: null,
      errors: [after("continueAsNew()", 4, 3, 1, orchestrated("return ctx.continueAsNew(1);\nctx.continueAsNew(2);"))],
    },
    {
      name: "inside an expression there is no suggestion",
      code: orchestrated(`input && ctx.continueAsNew(1);\n${A}`),
      output: null,
      errors: [after("callActivity()", 4, 3, 10)],
    },
    {
      name: "in a helper, at the call of it",
      code: orchestrated(
        "again(input, ctx);",
        'function again(n, c) {\nc.continueAsNew(n);\nc.setCustomStatus("x");\n}',
      ),
      output: null,
      errors: [
        {
          ...after("setCustomStatus()", 7, 3, 1),
          message: `Calls again() -> continueAsNew() (input.ts:6). ${after("setCustomStatus()", 7, 0, 0).message}`,
        },
      ],
    },
    {
      name: "durabletask-js",
      code: "worker.addOrchestrator(async function* o(ctx) {\n  ctx.continueAsNew(1);\n  yield ctx.callActivity(clean);\n});",
      output: null,
      errors: [
        after(
          "callActivity()",
          3,
          2,
          3,
          "worker.addOrchestrator(async function* o(ctx) {\n  return ctx.continueAsNew(1);\n  yield ctx.callActivity(clean);\n});",
        ),
      ],
    },
  ],
});

testRule("continue-as-new-usage: open tasks", continueAsNewUsage, {
  valid: [
    ["waits", 'const t = ctx.callActivity("a");\nyield* t;\nctx.continueAsNew(1);'],
    [
      "waits for any, and cancels",
      'const go = ctx.waitForExternalEvent("go");\nconst late = ctx.createTimer({ hours: 1 });\nif ((yield* whenAny([go, late])) === go) late.cancel();\nctx.continueAsNew(1);',
    ],
    [
      "collects",
      'const all = [];\nfor (const x of input) all.push(ctx.callActivity("a", x));\nyield* whenAll(all);\nctx.continueAsNew(1);',
    ],
    ["hands on", 'const t = ctx.callActivity("a");\nuse(t);\nctx.continueAsNew(1);'],
    ["has made it elsewhere", 'if (input) { const t = ctx.callActivity("a"); yield* t; }\nctx.continueAsNew(1);'],
    [
      "waits in an earlier round",
      'const t = ctx.waitForExternalEvent("go");\nwhile (input.length) {\nif (input.pop()) { ctx.continueAsNew(1); return; }\nyield* t;\n}',
    ],
    ["has the result already", 'const r = yield* ctx.callActivity("a");\nctx.continueAsNew(1);'],
  ].map(([name, body]) => ({ name: String(name), code: orchestrated(String(body)) })),
  invalid: [
    {
      name: "an activity",
      code: orchestrated('const t = ctx.callActivity("a");\nctx.continueAsNew(1);'),
      output: null,
      errors: [open("'t'", 4, 1)],
    },
    {
      name: "two, from outside of the condition",
      code: orchestrated(
        'const a = ctx.createTimer({ hours: 1 }), b = ctx.waitForExternalEvent("b");\nif (input) {\nctx.continueAsNew(1);\nreturn;\n}\nyield* whenAny([a, b]);',
      ),
      output: null,
      errors: [open("'a' and 'b'", 5, 1)],
    },
  ],
});

testRuleOnTypeScript("continue-as-new-usage", continueAsNewUsage, {
  valid: [
    {
      name: "outside orchestrators",
      code: 'import "dacapo";\nexport async function restart(c: Client) { await c.continueAsNew(); c.callActivity("a"); }',
    },
  ],
  invalid: [
    {
      name: "no return where the function must return something else",
      code: 'import type { OrchestrationContext } from "dacapo";\nexport async function o(ctx: OrchestrationContext): Promise<string> {\n  ctx.continueAsNew();\n  return await ctx.callActivity("a");\n}',
      output: null,
      errors: [after("callActivity()", 4, 3, 3)],
    },
    {
      name: "a return where it may return nothing",
      code: 'import type { OrchestrationContext } from "dacapo";\nexport async function o(ctx: OrchestrationContext): Promise<void> {\n  ctx.continueAsNew();\n  await ctx.callActivity("a");\n}',
      output: null,
      errors: [
        after(
          "callActivity()",
          4,
          3,
          3,
          'import type { OrchestrationContext } from "dacapo";\nexport async function o(ctx: OrchestrationContext): Promise<void> {\n  return ctx.continueAsNew();\n  await ctx.callActivity("a");\n}',
        ),
      ],
    },
  ],
});
