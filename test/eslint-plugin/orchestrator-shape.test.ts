/** What `dacapo/orchestrator-shape` reports: orchestrators that Durable Functions cannot drive. */
import { orchestratorShape } from "../../eslint-plugin/src/rules/orchestrator-shape.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";

const FUNCTIONS = 'const df = require("durable-functions");\n';

const fine = (name: string, code: string): ValidCase => ({ name, code });

const wrong = (name: string, code: string, line: number, column: number, shape: string): InvalidCase => ({
  name,
  code,
  output: null,
  errors: [
    {
      line,
      column,
      message: `Durable Functions drives orchestrators that are generator functions, and this is ${shape}. Write function* and yield each task.`,
    },
  ],
});

testRule("orchestrator-shape", orchestratorShape, {
  valid: [
    fine(
      "a generator (v3)",
      `${FUNCTIONS}module.exports = df.orchestrator(function* (context) { yield context.df.callActivity("a"); });`,
    ),
    fine(
      "a generator (v4)",
      `${FUNCTIONS}df.app.orchestration("o", function* (context) { return yield context.df.callActivity("a"); });`,
    ),
    fine(
      "a generator in options",
      `${FUNCTIONS}df.app.orchestration("o", { *handler(context) { yield context.df.callActivity("a"); } });`,
    ),
    fine(
      "a plain function that returns another's generator",
      `${FUNCTIONS}df.app.orchestration("o", (context) => steps(context));\nfunction* steps(context) { yield context.df.callActivity("a"); }`,
    ),
    fine(
      "a plain function that needs no durable work",
      `${FUNCTIONS}df.app.orchestration("o", (context) => context.df.instanceId);`,
    ),
    fine(
      "a plain function with a generator inside",
      `${FUNCTIONS}df.app.orchestration("o", function (context) {\n  return (function* () { yield context.df.callActivity("a"); })();\n});`,
    ),
    fine(
      "a factory of generators",
      `${FUNCTIONS}const make = (name) => function* (context) { yield context.df.callActivity(name); };\ndf.app.orchestration("o", make("a"));`,
    ),
    fine("an async activity", `${FUNCTIONS}df.app.activity("a", { handler: async () => 1 });`),
    fine("an async entity", `${FUNCTIONS}df.app.entity("e", async (context) => context.df.setState(1));`),
    fine(
      "an async client",
      `${FUNCTIONS}df.app.client.http("h", { handler: async (request, client) => client.startNew("o") });`,
    ),
    fine(
      "an async helper inside an orchestrator",
      `${FUNCTIONS}df.app.orchestration("o", function* (context) {\n  const f = async () => 1;\n  yield context.df.callActivity("a");\n});`,
    ),
    ...[
      "function* (ctx) { yield* ctx.createTimer({ seconds: 1 }); }",
      "async (ctx) => { await ctx.createTimer({ seconds: 1 }); }",
      "async function* (ctx) { yield ctx.createTimer({ seconds: 1 }); }",
      '(ctx) => ctx.callActivity("a")',
    ].map((shape) =>
      fine(`any shape for dacapo: ${shape}`, `import { orchestrator } from "dacapo";\norchestrator("o", ${shape});`),
    ),
    fine(
      "an async generator of durabletask-js",
      'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nnew TaskHubGrpcWorker().addNamedOrchestrator("o", async function* (ctx) { yield ctx.createTimer(1); });',
    ),
  ],
  invalid: [
    wrong(
      "an async function (v3)",
      `${FUNCTIONS}module.exports = df.orchestrator(async function (context) { await context.df.callActivity("a"); });`,
      2,
      34,
      "an async function",
    ),
    wrong(
      "an async arrow function (v4)",
      `${FUNCTIONS}df.app.orchestration("o", async (context) => context.df.instanceId);`,
      2,
      27,
      "an async function",
    ),
    wrong(
      "an async generator",
      `${FUNCTIONS}df.app.orchestration("o", async function* (context) { yield context.df.callActivity("a"); });`,
      2,
      27,
      "an async generator",
    ),
    wrong(
      "an async handler in options",
      `${FUNCTIONS}df.app.orchestration("o", {\n  async handler(context) { await context.df.callActivity("a"); },\n});`,
      3,
      3,
      "an async function",
    ),
    wrong(
      "a declaration that is registered later",
      `${FUNCTIONS}async function flow(context) { return 1; }\ndf.app.orchestration("flow", flow);`,
      2,
      1,
      "an async function",
    ),
    wrong(
      "a plain function that makes a task",
      `${FUNCTIONS}df.app.orchestration("o", function flow(context) { return context.df.callActivity("a"); });`,
      2,
      36,
      "a plain function",
    ),
    wrong(
      "a plain arrow function that makes a task",
      `${FUNCTIONS}df.app.orchestration("o", (context) => context.df.callActivity("a"));`,
      2,
      27,
      "a plain function",
    ),
  ],
});

const TYPED = 'import type { OrchestrationContext, OrchestrationHandler } from "durable-functions";\n';

testRuleOnTypeScript("orchestrator-shape: functions that are recognised by their types", orchestratorShape, {
  valid: [
    fine(
      "a helper that makes tasks",
      `${TYPED}export const tasks = (context: OrchestrationContext) => [1].map((n) => context.df.callActivity("a", n));`,
    ),
    fine(
      "a helper that makes one task",
      `${TYPED}export function task(context: OrchestrationContext) { return context.df.callActivity("a"); }`,
    ),
    fine(
      "an async helper that makes none",
      `${TYPED}export async function log(context: OrchestrationContext) { return context.df.instanceId; }`,
    ),
    fine(
      "a generator",
      `${TYPED}export const flow: OrchestrationHandler = function* (context) { yield context.df.callActivity("a"); };`,
    ),
  ],
  invalid: [
    wrong(
      "an async function that awaits tasks",
      `${TYPED}export async function flow(context: OrchestrationContext) {\n  await context.df.callActivity("a");\n}`,
      2,
      8,
      "an async function",
    ),
    wrong(
      "an async function where a handler belongs",
      `${TYPED}export const flow: OrchestrationHandler = async (context) => {\n  await context.df.createTimer(at);\n};`,
      2,
      43,
      "an async function",
    ),
  ],
});
