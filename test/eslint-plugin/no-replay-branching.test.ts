/** What `dacapo/no-replay-branching` lets depend on the replay, and what not. */
import { noReplayBranching } from "../../eslint-plugin/src/rules/no-replay-branching.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3. */
const orchestrated = (body: string, after = "") =>
  `import { orchestrator, whenAll } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${body}\n});\n${after}`;

const durable = (api: string, line: number, column: number, when = "not replaying"): Expected => ({
  message: `${api} runs only when ${when}, so that replay and history no longer match. Only logging may depend on isReplaying.`,
  line,
  column,
});

const changes = (name: string, line: number, column: number, when = "not replaying"): Expected => ({
  message: `'${name}' is changed only when ${when}, and so has another value on replay. Only logging may depend on isReplaying.`,
  line,
  column,
});

testRule("no-replay-branching: durable work", noReplayBranching, {
  valid: [
    ["logs", 'if (!ctx.isReplaying) console.log("started");'],
    ["logs, or nothing", "ctx.isReplaying ? undefined : track(input);", "const track = (x) => console.log(x);"],
    ["logs with a helper", "if (!ctx.isReplaying) report(ctx, input);", "function report(c, x) { c.log.info(x); }"],
    [
      "works whatever the flag is",
      'const live = !ctx.isReplaying;\nif (live) ctx.log.info("x");\nyield* ctx.callActivity("a");',
    ],
    ["works on another condition", 'if (!input.isDone) yield* ctx.callActivity("a");'],
    ["works after the log", 'if (!ctx.isReplaying) { console.log("x"); }\nyield* ctx.callActivity("a");'],
    ["works on either of two conditions", 'if (!(ctx.isReplaying && input)) yield* ctx.callActivity("a");'],
    ["passes the flag on", 'const logger = make({ enabled: !ctx.isReplaying });\nyield* ctx.callActivity("a");'],
    ["is a function that nobody calls", 'if (!ctx.isReplaying) { const later = () => ctx.callActivity("a"); }'],
    ["takes no number of its own", "if (!ctx.isReplaying) console.log(Math.max(1, 2));"],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    {
      name: "an activity, only the first time",
      code: orchestrated('if (!ctx.isReplaying) {\n  yield* ctx.callActivity("audit");\n}'),
      output: null,
      errors: [durable("callActivity()", 4, 10)],
    },
    {
      name: "an activity, only the first time, by a flag that may be missing",
      code: orchestrated('if (!(ctx.isReplaying ?? true)) yield* ctx.callActivity("audit");'),
      output: null,
      errors: [durable("callActivity()", 3, 40)],
    },
    {
      name: "an activity, only on replay",
      code: orchestrated('if (ctx.isReplaying) yield* ctx.callActivity("audit");'),
      output: null,
      errors: [durable("callActivity()", 3, 29, "replaying")],
    },
    {
      name: "both branches",
      code: orchestrated(
        'const t = ctx.isReplaying ? ctx.createTimer({ hours: 1 }) : ctx.callActivity("a");\nyield* t;',
      ),
      output: null,
      errors: [durable("createTimer()", 3, 29, "replaying"), durable("callActivity()", 3, 61)],
    },
    {
      name: "a status, an event and continuing as new",
      code: orchestrated(
        'if (!ctx.isReplaying) ctx.setCustomStatus("a");\nif (ctx.isReplaying === false) ctx.signalEntity(input, "add");\nctx.isReplaying || ctx.continueAsNew();',
      ),
      output: null,
      errors: [
        durable("setCustomStatus()", 3, 23),
        durable("signalEntity()", 4, 32),
        durable("continueAsNew()", 5, 20),
      ],
    },
    {
      name: "what counts its calls",
      code: orchestrated("const id = ctx.isReplaying ? '' : ctx.newGuid();\nif (ctx.isReplaying) ctx.random();"),
      output: null,
      errors: [durable("newGuid()", 3, 35), durable("random()", 4, 22, "replaying")],
    },
    {
      name: "everything after an early return",
      code: orchestrated('if (ctx.isReplaying) return;\nyield* ctx.callActivity("a");\nyield* ctx.callActivity("b");'),
      output: null,
      errors: [durable("callActivity()", 4, 8), durable("callActivity()", 5, 8)],
    },
    {
      name: "many at once, in one report",
      code: orchestrated("if (!ctx.isReplaying) yield* whenAll(input.map((x) => ctx.callActivity(x)));"),
      output: null,
      errors: [durable("whenAll()", 3, 30)],
    },
    {
      name: "a callback",
      code: orchestrated("if (!ctx.isReplaying) input.forEach((x) => ctx.signalEntity(x, 'add'));"),
      output: null,
      errors: [durable("signalEntity()", 3, 23)],
    },
    {
      name: "a helper that works",
      code: orchestrated(
        "if (!ctx.isReplaying) yield* audit(input, ctx);",
        "function* audit(name, c) { yield* c.callActivity(name); }",
      ),
      output: null,
      errors: [durable("audit() -> callActivity()", 3, 30)],
    },
    {
      name: "waiting for what was begun before",
      code: orchestrated('const task = ctx.callActivity("a");\nif (!ctx.isReplaying) yield* task;'),
      output: null,
      errors: [durable("yield* task", 4, 23)],
    },
    {
      name: "a flag that has a name",
      code: orchestrated('const { isReplaying } = ctx;\nif (!isReplaying) yield* ctx.callActivity("a");'),
      output: null,
      errors: [durable("callActivity()", 4, 26)],
    },
    {
      name: "a guard in a helper, at the call of it",
      code: orchestrated(
        "yield* audit(input, ctx);",
        "function* audit(name, c) {\nif (!c.isReplaying) yield* c.callActivity(name);\n}",
      ),
      output: null,
      errors: [
        {
          message: `Calls audit() -> callActivity() (input.ts:6). ${durable("callActivity()", 0, 0).message}`,
          line: 3,
          column: 8,
        },
      ],
    },
    {
      name: "durable-functions v3",
      code: 'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) {\n  if (!context.df.isReplaying) {\n    context.df.setCustomStatus("started");\n    yield context.df.callActivity("notify");\n  }\n});',
      output: null,
      errors: [durable("setCustomStatus()", 4, 5), durable("callActivity()", 5, 11)],
    },
    {
      name: "durabletask-js",
      code: "worker.addOrchestrator(async (ctx) => {\n  if (!ctx.isReplaying) await ctx.callActivity(notify);\n});",
      output: null,
      errors: [durable("callActivity()", 2, 31)],
    },
  ],
});

testRule("no-replay-branching: state", noReplayBranching, {
  valid: [
    ["is the guard's own", "if (!ctx.isReplaying) { let n = 0; n += 1; console.log(n); }"],
    ["is only used under the guard", "let text;\nif (!ctx.isReplaying) { text = input.text; console.log(text); }"],
    ["reads", "let n = 1;\nif (!ctx.isReplaying) console.log(n + 1);\nreturn n;"],
    ["changes before", "let n = 1;\nn += 1;\nif (!ctx.isReplaying) console.log(n);\nreturn n;"],
    ["is a collection of the guard's", "if (!ctx.isReplaying) { const all = []; all.push(1); console.log(all); }"],
    ["sends to what it does not know", "if (!ctx.isReplaying) { input.metrics.push(1); }"],
  ].map(([name, body]) => ({ name: String(name), code: orchestrated(String(body)) })),
  invalid: [
    {
      name: "an assignment",
      code: orchestrated('let name = "a";\nif (!ctx.isReplaying) name = "b";\nreturn yield* ctx.callActivity(name);'),
      output: null,
      errors: [changes("name", 4, 23)],
    },
    {
      name: "counting",
      code: orchestrated("let n = 0;\nif (ctx.isReplaying) n++;\nif (!ctx.isReplaying) { n += 2; --n; }\nreturn n;"),
      output: null,
      errors: [changes("n", 4, 22, "replaying"), changes("n", 5, 25), changes("n", 5, 33)],
    },
    {
      name: "members, destructuring and deletion",
      code: orchestrated(
        "const s = { n: 0 }; let a;\nif (!ctx.isReplaying) { s.n = 1; [a] = input; delete s.n; input.seen = true; }\nreturn [s, a];",
      ),
      output: null,
      errors: [changes("s.n", 4, 25), changes("a", 4, 34), changes("s.n", 4, 47), changes("input.seen", 4, 59)],
    },
    {
      name: "a collection",
      code: orchestrated(
        "const all = [], seen = new Set();\nif (!ctx.isReplaying) { all.push(input); seen.add(input); }\nreturn [all, seen.size];",
      ),
      output: null,
      errors: [changes("all", 4, 25), changes("seen", 4, 42)],
    },
  ],
});

testRuleOnTypeScript("no-replay-branching", noReplayBranching, {
  valid: [
    {
      name: "outside orchestrators",
      code: 'import "dacapo";\nexport const o = (c: Client): unknown => (c.isReplaying ? undefined : c.callActivity("a"));',
    },
  ],
  invalid: [
    {
      name: "this",
      code: 'import type { OrchestrationContext } from "dacapo";\nexport class Flow {\n  n = 0;\n  async run(ctx: OrchestrationContext): Promise<void> {\n    if (!ctx.isReplaying) this.n += 1;\n  }\n}',
      output: null,
      errors: [changes("this.n", 5, 27)],
    },
  ],
});
