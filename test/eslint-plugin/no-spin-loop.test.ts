/** Which loops `dacapo/no-spin-loop` takes to hang. */
import { noSpinLoop } from "../../eslint-plugin/src/rules/no-spin-loop.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3. */
const orchestrated = (body: string, after = "") =>
  `import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${body}\n});\n${after}`;

const ENDLESS =
  "This loop has no end and never yields: the orchestrator hangs in it. Wait for a durable task, or leave it.";

const endless = (line: number, column = 1): Expected => ({ message: ENDLESS, line, column });

const unchanging = (value: string, line: number, column = 1, context = "ctx"): Expected => ({
  message: `${value} changes only when the orchestrator yields, so this loop never ends. Wait for a durable task in it, such as ${context}.createTimer().`,
  line,
  column,
});

testRule("no-spin-loop: loops without an end", noSpinLoop, {
  valid: [
    ["is left", "let n = 0;\nwhile (true) { if (++n > 10) break; }"],
    ["returns", "for (;;) { if (input.next() === undefined) return; }"],
    ["throws", 'while (true) { throw new Error("never"); }'],
    ["yields", "while (true) { yield* ctx.createTimer({ hours: 1 }); }"],
    [
      "gives out numbers one by one",
      "const ids = function* () { let n = 0; while (true) yield n++; };\nreturn ids().next().value;",
    ],
    ["schedules work, which require-continue-as-new reports", 'while (true) { ctx.callActivity("a"); }'],
    ["calls what may throw", "while (true) { input.parser.advance(); }"],
    ["calls what is imported", "while (true) { step(input); }", 'import { step } from "steps";'],
    [
      "calls a function that throws",
      "while (true) { next(); }",
      'function next() { if (Math.sqrt(2) > 1) throw new Error("over"); }',
    ],
    ["calls what ends the process", "while (true) { process.exit(1); }"],
    ["makes what may throw", "while (true) { new input.Parser(); }"],
    ["counts", "for (let i = 0; i < 10; i += 1) use(i);"],
    ["empties a list", "while (input.length > 0) input.pop();"],
    ["is not called", "const unused = () => { while (true) {} };"],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    { name: "an empty loop", code: orchestrated("while (true) {}"), output: null, errors: [endless(3)] },
    { name: "for (;;)", code: orchestrated("  for (;;);"), output: null, errors: [endless(3, 3)] },
    { name: "do while", code: orchestrated("do { input.push(1); } while (true);"), output: null, errors: [endless(3)] },
    {
      name: "a loop that counts",
      code: orchestrated("let n = 0;\nwhile (true) { n += 1; console.log(n); }"),
      output: null,
      errors: [endless(4)],
    },
    {
      name: "a flag that nothing sets",
      code: orchestrated("let stop = false;\nwhile (!stop) { input.shift(); }"),
      output: null,
      errors: [endless(4)],
    },
    {
      name: "a throw that the loop catches itself",
      code: orchestrated('while (true) { try { throw new Error("x"); } catch {} }'),
      output: null,
      errors: [endless(3)],
    },
    {
      name: "a function that does nothing harmful",
      code: orchestrated("while (true) { step(input); }", "function step(list) { list.push(list.length); }"),
      output: null,
      errors: [endless(3)],
    },
    {
      name: "continuing as new again and again",
      code: orchestrated("while (true) { ctx.isReplaying; }\nwhile (true) { Math.max(1, 2); }"),
      output: null,
      errors: [endless(3), endless(4)],
    },
    {
      name: "a loop of a helper, at the call of it",
      code: orchestrated("hang();", "function hang() {\nwhile (true) {}\n}"),
      output: null,
      errors: [{ message: `Calls hang() -> while (true) (input.ts:6). ${ENDLESS}`, line: 3, column: 1 }],
    },
    {
      name: "a loop of a nested function, where it is",
      code: orchestrated("const hang = () => { for (;;) {} };\nhang();"),
      output: null,
      errors: [endless(3, 22)],
    },
  ],
});

testRule("no-spin-loop: conditions that wait for another turn", noSpinLoop, {
  valid: [
    ["waits in its body", "while (ctx.currentUtcDateTime < input.end) { yield* ctx.createTimer({ seconds: 1 }); }"],
    ["waits for its own condition", 'while (ctx.isReplaying && (yield* ctx.callActivity("a"))) {}'],
    ["counts as well", "let n = 0;\nwhile (ctx.currentUtcDateTime < input.end && n < 10) { n += 1; }"],
    ["moves the end", "const end = { at: 0 };\nwhile (ctx.currentUtcDateTime > end.at) { end.at += 1000; }"],
    [
      "moves a date",
      "let at = new Date(0);\nwhile (at < ctx.currentUtcDateTime) { at = new Date(at.getTime() + 1000); }",
    ],
    [
      "changes through a function",
      "let ready = false;\nconst step = () => { ready = true; };\nwhile (!ready) { step(); }",
    ],
    ["empties a list elsewhere", "const step = () => input.pop();\nwhile (input.length > 0) { step(); }"],
    ["asks what may change by itself", "while (!input.parser.isDone) {}\nwhile (input.next()) {}"],
    ["counts in its incrementor", "for (let at = 0; at < ctx.currentUtcDateTime.getTime(); at += 1000) use(at);"],
    [
      "calls a function in its condition",
      "while (goesOn(ctx.currentUtcDateTime)) {}",
      "let n = 0; const goesOn = (at) => n++ < at;",
    ],
    ["is left", "while (!ctx.isReplaying) { if (input.pop() === 1) break; }"],
    ["asks another object's flag", "while (!input.queue.isCompleted) { input.queue.step(); }"],
    ["waits for its task", 'const task = ctx.callActivity("a");\nwhile (!task.isCompleted) { yield* task; }'],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    {
      name: "the clock of the context",
      code: orchestrated("while (ctx.currentUtcDateTime < input.end) {}"),
      output: null,
      errors: [unchanging("ctx.currentUtcDateTime", 3)],
    },
    {
      name: "the clock as a number, against a constant",
      code: orchestrated(
        "const end = input.end;\nfor (; ctx.currentUtcDateTime.getTime() < end; ) { console.log(1); }",
      ),
      output: null,
      errors: [unchanging("ctx.currentUtcDateTime", 4)],
    },
    {
      name: "a value that is bound for good, and the size of a list that nothing touches",
      code: orchestrated("const ready = input.ready;\nwhile (!ready) {}\nwhile (input.length > 0) {}"),
      output: null,
      errors: [4, 5].map((line) => ({
        message:
          "Nothing in this loop changes its condition, and it never yields: once entered, the orchestrator hangs in it.",
        line,
        column: 1,
      })),
    },
    {
      name: "the replay flag",
      code: orchestrated("while (ctx.isReplaying) {}\ndo {} while (!ctx.isReplaying);"),
      output: null,
      errors: [unchanging("ctx.isReplaying", 3), unchanging("ctx.isReplaying", 4)],
    },
    {
      name: "a task that nobody waits for",
      code: orchestrated('const task = ctx.callActivity("a");\nwhile (!task.isCompleted) { input.push(1); }'),
      output: null,
      errors: [unchanging("task.isCompleted", 4)],
    },
    {
      name: "durable-functions v3, with moment",
      code: 'const df = require("durable-functions");\nconst moment = require("moment");\nmodule.exports = df.orchestrator(function* (context) {\n  const end = context.df.getInput();\n  while (moment.utc(context.df.currentUtcDateTime).isBefore(end)) {\n  }\n});',
      output: null,
      errors: [unchanging("context.df.currentUtcDateTime", 5, 3, "context.df")],
    },
    {
      name: "durabletask-js",
      code: "worker.addOrchestrator(async (ctx) => {\n  const task = ctx.waitForExternalEvent('go');\n  while (!task.isComplete) {}\n});",
      output: null,
      errors: [unchanging("task.isComplete", 3, 3)],
    },
  ],
});

testRuleOnTypeScript("no-spin-loop", noSpinLoop, {
  valid: [
    {
      name: "outside orchestrators",
      code: 'import "dacapo";\nexport function hang(): never { while (true) {} }',
    },
  ],
  invalid: [
    {
      name: "an orchestrator that is typed by its parameter",
      code: 'import type { OrchestrationContext } from "durable-functions";\nexport function* o(context: OrchestrationContext): Generator {\n  while (context.df.isReplaying) {}\n}',
      output: null,
      errors: [unchanging("context.df.isReplaying", 3, 3, "context.df")],
    },
  ],
});
