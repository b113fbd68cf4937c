/** Which clients `dacapo/no-client-in-orchestrator` keeps out of orchestrators. */
import { noClientInOrchestrator } from "../../eslint-plugin/src/rules/no-client-in-orchestrator.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const acts = (api: string, line: number, column: number): Expected => ({
  message: `${api} acts at once, and again on each replay. Use the context: it schedules sub-orchestrations, signals entities and waits for events.`,
  line,
  column,
});

/** Durable Functions, with a body that begins on line 3. */
const functions = (body: string, after = "") =>
  `const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) {\n${body}\n});\n${after}`;

/** durabletask-js, with a client of the module and a body that begins on line 4. */
const worker = (body: string, after = "") =>
  `import { TaskHubGrpcClient, TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nconst client = new TaskHubGrpcClient();\nnew TaskHubGrpcWorker().addOrchestrator(async function* o(ctx, input) {\n${body}\n});\n${after}`;

/** Dacapo, with a hub of the module and a body that begins on line 4. */
const dacapo = (body: string) =>
  `import { orchestrator, TaskHub } from "dacapo";\nconst hub = await TaskHub.open({});\norchestrator("o", function* (ctx, input) {\n${body}\n});`;

testRule("no-client-in-orchestrator", noClientInOrchestrator, {
  valid: [
    {
      name: "the context",
      code: functions('yield context.df.callSubOrchestrator("other");\ncontext.df.signalEntity(id, "add");'),
    },
    {
      name: "a starter of Durable Functions",
      code: functions("return 1;", 'exports.start = async (context) => df.getClient(context).startNew("o");'),
    },
    {
      name: "an activity that starts another",
      code: functions(
        "return 1;",
        'df.app.activity("start", { handler: (x, context) => df.getClient(context).startNew("o") });',
      ),
    },
    {
      name: "a client of the module that the orchestrator leaves alone",
      code: worker("yield ctx.callActivity(work);"),
    },
    {
      name: "a client that a helper beside the orchestrator uses",
      code: worker("return 1;", "export const start = () => client.scheduleNewOrchestration('o');"),
    },
    { name: "a hub beside the orchestrator", code: `${dacapo("return 1;")}\nawait hub.start();` },
    { name: "another object's client", code: worker("return input.client.scheduleNewOrchestration('o');") },
    { name: "a reference to a client", code: worker("return typeof client;") },
  ],
  invalid: [
    {
      name: "a client of Durable Functions, made and used",
      code: functions('const client = df.getClient(context);\nreturn client.startNew("other");'),
      output: null,
      errors: [acts("durable-functions.getClient()", 3, 16), acts("durable-functions.getClient().startNew()", 4, 8)],
    },
    {
      name: "a client of durabletask-js",
      code: worker(
        'await client.scheduleNewOrchestration("other");\nawait client.raiseOrchestrationEvent(input, "go");',
      ),
      output: null,
      errors: [
        acts("durabletask-js.TaskHubGrpcClient.scheduleNewOrchestration()", 4, 7),
        acts("durabletask-js.TaskHubGrpcClient.raiseOrchestrationEvent()", 5, 7),
      ],
    },
    {
      name: "a new one",
      code: worker("return new TaskHubGrpcClient();"),
      output: null,
      errors: [acts("new durabletask-js.TaskHubGrpcClient()", 4, 8)],
    },
    {
      name: "the client of a hub of Dacapo",
      code: dacapo('hub.client.scheduleNewOrchestration("other");\nhub.start();'),
      output: null,
      errors: [
        acts("dacapo.TaskHub.open().client.scheduleNewOrchestration()", 4, 1),
        acts("dacapo.TaskHub.open().start()", 5, 1),
      ],
    },
    {
      name: "a helper that starts another",
      code: worker("start();", "function start() { return client.scheduleNewOrchestration('o'); }"),
      output: null,
      errors: [
        {
          message: `Calls start() -> durabletask-js.TaskHubGrpcClient.scheduleNewOrchestration() (input.ts:6). ${acts("durabletask-js.TaskHubGrpcClient.scheduleNewOrchestration()", 0, 0).message}`,
          line: 4,
          column: 1,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-client-in-orchestrator", noClientInOrchestrator, {
  valid: [
    {
      name: "a client of another package",
      code: 'import { orchestrator } from "dacapo";\nimport type { DurableClient } from "mine";\nconst start = (c: DurableClient) => c.startNew("o");\norchestrator("o", async (ctx, c: DurableClient) => start(c));',
    },
  ],
  invalid: [
    {
      name: "a parameter that is a client by its type",
      code: 'import * as df from "durable-functions";\nconst start = (client: df.DurableClient) => client.startNew("x");\ndf.app.orchestration("o", function* (context) {\n  return start(context.df.getInput());\n});',
      output: null,
      errors: [
        {
          message: `Calls start() -> durable-functions.DurableClient.startNew() (input.ts:2). ${acts("durable-functions.DurableClient.startNew()", 0, 0).message}`,
          line: 4,
          column: 10,
        },
      ],
    },
  ],
});
