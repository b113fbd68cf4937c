/** Which loops `dacapo/require-continue-as-new` takes to be endless. */
import { requireContinueAsNew } from "../../eslint-plugin/src/rules/require-continue-as-new.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3. */
const orchestrated = (body: string, after = "") =>
  `import { orchestrator, whenAny } from "dacapo";\norchestrator("watch", function* (ctx, input) {\n${body}\n});\n${after}`;

const endless = (work: string, workLine: number, line: number, column = 1, context = "ctx"): Expected => ({
  message: `This loop never ends, and each pass adds ${work} (line ${String(workLine)}) to the history, which is replayed whole. Call ${context}.continueAsNew() after some passes, and return.`,
  line,
  column,
});

const POLL = 'yield* ctx.callActivity("poll");';

testRule("require-continue-as-new: loops that end", requireContinueAsNew, {
  valid: [
    [
      "continues as new and returns",
      `let n = 0;\nwhile (true) {\n${POLL}\nif (++n > 100) { ctx.continueAsNew(n); return; }\n}`,
    ],
    ["continues as new at once", `for (;;) {\n${POLL}\nctx.continueAsNew(input);\nreturn;\n}`],
    [
      "continues as new in a nested function",
      `const again = () => ctx.continueAsNew(input);\nwhile (true) { ${POLL} again(); }`,
    ],
    [
      "is left by break",
      `while (true) {\nconst s = yield* ctx.callActivity("poll");\nif (s === "done") break;\nyield* ctx.createTimer({ minutes: 1 });\n}`,
    ],
    ["is left by return", `for (;;) {\nconst s = yield* ctx.callActivity("poll");\nif (s.done) return s;\n}`],
    [
      "is left by throw",
      `while (true) {\nconst s = yield* ctx.callActivity("poll");\nif (s.failed) throw new Error("failed");\n}`,
    ],
    ["is left by a throw from its catch", `while (true) {\ntry { ${POLL} } catch (e) { if (e.fatal) throw e; }\n}`],
    [
      "is left by a labelled break from a loop inside",
      `outer: while (true) {\nfor (const x of input) { if (yield* ctx.callActivity("poll", x)) break outer; }\n}`,
    ],
    [
      "is left by a labelled break from a switch",
      `watch: while (true) {\nswitch (yield* ctx.callActivity("poll")) { case "done": break watch; default: }\n}`,
    ],
    [
      "is left by continuing a loop around it",
      `outer: for (const x of input) {\nwhile (true) { ${POLL} continue outer; }\n}`,
    ],
    ["has a condition that can change", `let done = false;\nwhile (!done) { done = yield* ctx.callActivity("poll"); }`],
    [
      "has a time limit",
      `const end = ctx.currentUtcDateTime.getTime() + 1000;\nwhile (ctx.currentUtcDateTime.getTime() < end) { ${POLL} }`,
    ],
    ["counts", `for (let i = 0; i < 10; i++) { ${POLL} }`],
    ["goes through a list", `for (const x of input) yield* ctx.callActivity("poll", x);`],
    ["never runs", `while (false) { ${POLL} }\ndo { ${POLL} } while (0);`],
    ["does nothing durable", `let n = 0;\nwhile (true) { if (++n > 10) return n; }`],
    [
      "waits for what was scheduled before it",
      `const events = input.map((name) => ctx.waitForExternalEvent(name));\nwhile (true) { yield* whenAny(events); }`,
    ],
    ["is in a function that nobody calls", `const unused = function* () { while (true) { ${POLL} } };`],
    [
      "calls a helper that continues as new",
      `while (true) { yield* step(ctx); }`,
      "function* step(ctx) { yield* ctx.callActivity('poll'); ctx.continueAsNew(); }",
    ],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    {
      name: "while (true)",
      code: orchestrated(
        'while (true) {\nconst item = yield* ctx.waitForExternalEvent("work");\nyield* ctx.callActivity("process", item);\n}',
      ),
      output: null,
      errors: [endless("waitForExternalEvent()", 4, 3)],
    },
    {
      name: "for (;;)",
      code: orchestrated('for (;;) yield* ctx.callSubOrchestrator("step");'),
      output: null,
      errors: [endless("callSubOrchestrator()", 3, 3)],
    },
    {
      name: "do while (true)",
      code: orchestrated("  do {\n    yield* ctx.createTimer({ hours: 1 });\n  } while (true);"),
      output: null,
      errors: [endless("createTimer()", 4, 3, 3)],
    },
    ...["1", "!0", "!false", '"on"', "(true)"].map((condition) => ({
      name: `while (${condition})`,
      code: orchestrated(`while (${condition}) { ${POLL} }`),
      output: null,
      errors: [endless("callActivity()", 3, 3)],
    })),
    {
      name: "a condition that is a constant or is never changed",
      code: orchestrated(
        `const forever = true; let done = false;\nwhile (forever) { ${POLL} }\nfor (; !done; ) { ${POLL} }`,
      ),
      output: null,
      errors: [endless("callActivity()", 4, 4), endless("callActivity()", 5, 5)],
    },
    {
      name: "a break that leaves only what is inside",
      code: orchestrated(
        `while (true) {\nfor (const x of input) { if (x) break; }\nswitch (yield* ctx.callActivity("poll")) { case 1: break; }\ninner: for (;;) { break inner; }\n}`,
      ),
      output: null,
      errors: [endless("callActivity()", 5, 3)],
    },
    {
      name: "a continue that begins the loop itself anew",
      code: orchestrated(`watch: while (true) {\nif (yield* ctx.callActivity("poll")) continue watch;\ncontinue;\n}`),
      output: null,
      errors: [endless("callActivity()", 4, 3, 8)],
    },
    {
      name: "a return of a nested function, and a throw that the loop catches",
      code: orchestrated(
        `while (true) {\ntry { const all = yield* ctx.callActivity("poll"); if (!all.map((x) => { return x; })) throw new Error("x"); } catch {}\n}`,
      ),
      output: null,
      errors: [endless("callActivity()", 4, 3)],
    },
    {
      name: "exits that no path reaches",
      code: orchestrated(`while (true) {\n${POLL}\nif (false) break;\ncontinue;\nreturn 1;\n}`),
      output: null,
      errors: [endless("callActivity()", 4, 3)],
    },
    {
      name: "work in a helper generator",
      code: orchestrated(
        "while (true) {\nyield* step(ctx);\n}",
        "function* step(c) { yield* pause(c); }\nfunction* pause(c) { yield c.createTimer(new Date(0)); }",
      ),
      output: null,
      errors: [endless("step() -> pause() -> createTimer()", 4, 3)],
    },
    {
      name: "work in a callback",
      code: orchestrated('while (true) {\nyield* whenAll(input.map((x) => ctx.callActivity("poll", x)));\n}'),
      output: null,
      errors: [endless("callActivity()", 4, 3)],
    },
    {
      name: "an endless loop of a helper, at the call of it",
      code: orchestrated(
        "return yield* watch(input, ctx);",
        `function* watch(name, c) {\nwhile (true) { yield* c.callActivity(name); }\n}`,
      ),
      output: null,
      errors: [
        {
          message: `Calls watch() -> while (true) (input.ts:6). ${endless("callActivity()", 6, 0).message}`,
          line: 3,
          column: 15,
        },
      ],
    },
  ],
});

testRule("require-continue-as-new: the other packages", requireContinueAsNew, {
  valid: [
    {
      name: "durable-functions v3: hands its context to code from elsewhere",
      code: 'const df = require("durable-functions");\nconst { step } = require("steps");\nmodule.exports = df.orchestrator(function* (context) {\nwhile (true) { yield context.df.callActivity("a"); yield* step(context); }\n});',
    },
    {
      name: "a loop outside orchestrators",
      code: 'import "dacapo";\nexport async function pump(queue) { while (true) { await queue.callActivity("x"); } }',
    },
    {
      name: "durable-functions v4: the monitor of its samples",
      code: `import * as df from "durable-functions";
df.app.orchestration("monitor", function* (context) {
  const expiry = context.df.getInput();
  while (context.df.currentUtcDateTime.getTime() < expiry) {
    const status = yield context.df.callActivity("status");
    if (status === "done") break;
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1000));
  }
});`,
    },
  ],
  invalid: [
    {
      name: "durable-functions v3",
      code: 'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) {\n  while (true) {\n    yield context.df.callActivityWithRetry("a", opts);\n  }\n});',
      output: null,
      errors: [endless("callActivityWithRetry()", 4, 3, 3, "context.df")],
    },
    {
      name: "durable-functions v4",
      code: 'import * as df from "durable-functions";\ndf.app.orchestration("o", function* (context) {\n  for (;;) yield context.df.waitForExternalEvent("go");\n});',
      output: null,
      errors: [endless("waitForExternalEvent()", 3, 3, 3, "context.df")],
    },
    {
      name: "durabletask-js",
      code: "worker.addOrchestrator(async function* durable(ctx) {\n  while (true) {\n    yield ctx.callActivity(work);\n  }\n});",
      output: null,
      errors: [endless("callActivity()", 3, 2, 3)],
    },
  ],
});

testRuleOnTypeScript("require-continue-as-new", requireContinueAsNew, {
  valid: [
    {
      name: "an async orchestrator that polls until it is done",
      code: 'import { orchestrator, type OrchestrationContext } from "dacapo";\norchestrator("o", async (ctx: OrchestrationContext) => {\nwhile (true) { if (await ctx.callActivity("poll")) return; }\n});',
    },
  ],
  invalid: [
    {
      name: "an async orchestrator, typed by its parameter",
      code: 'import type { OrchestrationContext } from "dacapo";\nexport async function watch(ctx: OrchestrationContext): Promise<void> {\n  while (true as boolean as true) {\n    await ctx.callActivity("poll");\n  }\n}',
      output: null,
      errors: [endless("callActivity()", 4, 3, 3)],
    },
  ],
});
