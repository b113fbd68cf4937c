/** What `dacapo/no-direct-orchestrator-call` reports: orchestrators that are run without the engine. */
import { expect, it } from "vitest";

import { noDirectOrchestratorCall } from "../../eslint-plugin/src/rules/no-direct-orchestrator-call.ts";
import { testRule, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { reportsOf } from "./typed-program.ts";

const inside = (name: string, context: string) =>
  `'${name}' is an orchestrator, and called like a function it has no history of its own. Call it through ${context}.callSubOrchestrator().`;
const outside = (name: string) =>
  `'${name}' is an orchestrator, and only the engine runs it. Start it through a client.`;

const fine = (name: string, code: string): ValidCase => ({ name, code });

/** Code of a worker with a registered `child`; the orchestrator's body begins on line 5. */
const worker = (body: string, after = "") =>
  'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n' +
  "const worker = new TaskHubGrpcWorker();\n" +
  "async function* child(ctx, input) { return yield ctx.callActivity('a', input); }\n" +
  `async function* parent(ctx, input) {\n${body}\n}\n` +
  `worker.addOrchestrator(child);\nworker.addOrchestrator(parent);${after}`;

/** The same for Durable Functions. */
const app = (body: string, after = "") =>
  'const df = require("durable-functions");\n' +
  "function* child(context) { return yield context.df.callActivity('a'); }\n" +
  'df.app.orchestration("kid", child);\n' +
  `df.app.orchestration("parent", function* (context) {\n${body}\n});${after}`;

/** A case with one report, whose suggestion turns one text of the code into another. */
function wrong(
  name: string,
  code: string,
  at: { readonly line: number; readonly column: number },
  message: string,
  replaced?: readonly [from: string, to: string, replacement: string],
): InvalidCase {
  const suggestions =
    replaced === undefined
      ? {}
      : { suggestions: [{ desc: `Replace with ${replaced[2]}.`, output: code.replace(replaced[0], replaced[1]) }] };
  return { name, code, output: null, errors: [{ ...at, message, ...suggestions }] };
}

testRule("no-direct-orchestrator-call", noDirectOrchestratorCall, {
  valid: [
    fine("a sub-orchestration by its function", worker("return yield ctx.callSubOrchestrator(child, input);")),
    fine("a sub-orchestration by its name", app('return yield context.df.callSubOrchestrator("kid");')),
    fine(
      "a helper that is not registered",
      app("return yield* steps(context);", "\nfunction* steps(context) { yield context.df.callActivity('a'); }"),
    ),
    fine(
      "a helper that takes a typed context",
      'import { OrchestrationContext } from "durable-functions";\n/** @param {OrchestrationContext} context */\nfunction* steps(context) {}\n/** @param {OrchestrationContext} context */\nexport function* flow(context) { yield* steps(context); }',
    ),
    fine("a reference", worker("return [child, typeof child, child.name, child.length];")),
    fine("a bound reference", worker("return typeof child.bind(null);")),
    fine("a function of the same name", worker("const child = (x) => x;\nreturn child(input);")),
    fine(
      "an activity called as the function that it is",
      worker("return 1;", "\nasync function work() {}\nworker.addActivity(work);\nwork();"),
    ),
    fine(
      "a factory of orchestrators",
      app("return 1;", "\nconst make = () => function* (context) {};\ndf.app.orchestration('made', make());"),
    ),
    fine(
      "a call in a function that nobody is known to run",
      worker("return 1;", "\nexport const run = (ctx) => child(ctx);"),
    ),
    fine(
      "what a registration gives, which makes a task",
      app('return yield sub("a");', "\nconst sub = df.app.orchestration('sub', function* () {});"),
    ),
  ],
  invalid: [
    wrong(
      "an orchestrator's generator that is iterated (durabletask-js)",
      worker("return yield* child(ctx, input);"),
      { line: 5, column: 15 },
      inside("child", "ctx"),
      [
        "yield* child(ctx, input)",
        'yield ctx.callSubOrchestrator("child", input)',
        'ctx.callSubOrchestrator("child", input)',
      ],
    ),
    wrong(
      "an orchestrator's generator that is iterated (Durable Functions)",
      app("return yield* child(context);"),
      { line: 5, column: 15 },
      inside("child", "context.df"),
      ["yield* child(context)", 'yield context.df.callSubOrchestrator("kid")', 'context.df.callSubOrchestrator("kid")'],
    ),
    wrong(
      "an orchestrator's generator that nobody iterates",
      worker("child(ctx);"),
      { line: 5, column: 1 },
      inside("child", "ctx"),
      ["child(ctx);", 'ctx.callSubOrchestrator("child");', 'ctx.callSubOrchestrator("child")'],
    ),
    wrong(
      "an orchestrator of Dacapo, in generator style",
      'import { orchestrator } from "dacapo";\nfunction* child(ctx, n) { return n; }\norchestrator("kid", child);\norchestrator("parent", function* (ctx, n) { return yield* child(ctx, n + 1); });',
      { line: 4, column: 59 },
      inside("child", "ctx"),
      ["child(ctx, n + 1)", 'ctx.callSubOrchestrator("kid", n + 1)', 'ctx.callSubOrchestrator("kid", n + 1)'],
    ),
    wrong(
      "an orchestrator of Dacapo, in async style",
      'import { orchestrator } from "dacapo";\nconst child = async (ctx) => 1;\norchestrator("kid", child);\norchestrator("parent", async (ctx) => await child(ctx));',
      { line: 4, column: 45 },
      inside("child", "ctx"),
      ["child(ctx))", 'ctx.callSubOrchestrator("kid"))', 'ctx.callSubOrchestrator("kid")'],
    ),
    wrong(
      "a definition, which is no function at all",
      'import { orchestrator } from "dacapo";\nconst kid = orchestrator("kid", async (ctx) => 1);\norchestrator("parent", async (ctx) => await kid(ctx));',
      { line: 3, column: 45 },
      inside("kid", "ctx"),
    ),
    wrong(
      "an orchestrator whose registered name is not known",
      app("return yield* named(context);", "\nfunction* named() {}\ndf.app.orchestration(process.argv[2], named);"),
      { line: 5, column: 15 },
      inside("named", "context.df"),
    ),
    wrong(
      "a context that cannot be reached",
      worker("const f = (ctx) => child(ctx);\nreturn f(input);"),
      { line: 5, column: 20 },
      inside("child", "ctx"),
    ),
    wrong(
      "an orchestrator that calls itself",
      worker("return yield* parent(ctx, input);"),
      { line: 5, column: 15 },
      inside("parent", "ctx"),
      [
        "yield* parent(ctx, input)",
        'yield ctx.callSubOrchestrator("parent", input)',
        'ctx.callSubOrchestrator("parent", input)',
      ],
    ),
    wrong(
      "a helper's call, at the orchestrator's",
      worker("return yield* help(ctx);", "\nasync function* help(c) { return yield* child(c); }"),
      { line: 5, column: 15 },
      `Calls help() -> child() (input.ts:9). ${inside("child", "ctx")}`,
    ),
    wrong(
      "a call while the module loads",
      worker("return 1;", "\nchild({}).next();"),
      { line: 9, column: 1 },
      outside("child"),
    ),
    wrong(
      "a call in an activity",
      worker(
        "return 1;",
        "\nworker.addNamedActivity('a', async (_, input) => {\n  for await (const x of child({}, input)) use(x);\n});",
      ),
      { line: 10, column: 25 },
      outside("child"),
    ),
  ],
});

it("no-direct-orchestrator-call: an orchestrator of another file is one", () => {
  const files = {
    "child.ts":
      'import * as df from "durable-functions";\nexport function* child(context: any) { yield context.df.callActivity("a"); }\ndf.app.orchestration("kid", child);\n',
    "main.ts":
      'import * as df from "durable-functions";\nimport { child } from "./child.ts";\ndf.app.orchestration("main", function* (context) {\n  return yield* child(context);\n});\n',
  };
  expect(reportsOf("no-direct-orchestrator-call", files)).toEqual([
    {
      file: "main.ts",
      line: 4,
      column: 17,
      message: inside("child", "context.df"),
      suggested: [files["main.ts"].replace("yield* child(context)", 'yield context.df.callSubOrchestrator("kid")')],
    },
  ]);
});
