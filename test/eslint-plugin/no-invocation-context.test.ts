/** What `dacapo/no-invocation-context` lets an orchestrator ask of the function that runs it. */
import { noInvocationContext } from "../../eslint-plugin/src/rules/no-invocation-context.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

/** Durable Functions, with a body that begins on line 3. */
const functions = (body: string, after = "", parameter = "context") =>
  `const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (${parameter}) {\n${body}\n});\n${after}`;

const asks = (member: string, line: number, column: number, context = "context.df"): Expected => ({
  message: `${member} belongs to one invocation of the function, and each replay is another one. Use ${context}, such as ${context}.getInput(), or an activity.`,
  line,
  column,
});

testRule("no-invocation-context", noInvocationContext, {
  valid: [
    ["the durable context", "return [context.df.getInput(), context.df.instanceId];"],
    ["the name of the function", "return [context.functionName, context.executionContext.functionName];"],
    ["the input, as the trigger has it", "return [context.bindingData.input, context.bindings.context.input.name];"],
    [
      "the instance, as the trigger has it",
      "return [context.bindingData.instanceId, context.triggerMetadata.instanceId];",
    ],
    [
      "the input under another name",
      "const trigger = context.bindings.context;\nconst { bindingData } = context;\nreturn [trigger.input, bindingData.input];",
    ],
    ["the input, taken apart", "const { input } = context.bindingData;\nreturn input;"],
    ["the log, which no-unsafe-logging reports", "context.log('a');"],
    [
      "another object's members",
      "const request = context.df.getInput();\nreturn [request.bindings, request.invocationId, request.context.res];",
    ],
    ["a context that is handed on", "return helper(context);", "const helper = (other) => other.df.instanceId;"],
  ].map(([name, body, after]) => ({ name: String(name), code: functions(String(body), after) })),
  invalid: [
    {
      name: "other bindings",
      code: functions("context.bindings.output = 1;\nreturn context.bindings.settings;"),
      output: null,
      errors: [asks("context.bindings.output", 3, 1), asks("context.bindings.settings", 4, 8)],
    },
    {
      name: "what the trigger says anew each time, and the bindings as a whole",
      code: functions("return [context.bindingData, context.bindingData.sys.utcNow, context.bindings];"),
      output: null,
      errors: [asks("context.bindingData.sys.utcNow", 3, 30), asks("context.bindings", 3, 62)],
    },
    {
      name: "what identifies the invocation",
      code: functions("return [context.invocationId, context.executionContext.invocationId, context.traceContext];"),
      output: null,
      errors: [
        asks("context.invocationId", 3, 9),
        asks("context.executionContext.invocationId", 3, 31),
        asks("context.traceContext", 3, 70),
      ],
    },
    {
      name: "the response, and the end of the invocation",
      code: functions("context.res = { status: 200 };\ncontext.done();"),
      output: null,
      errors: [asks("context.res", 3, 1), asks("context.done", 4, 1)],
    },
    {
      name: "inputs and outputs of v4",
      code: 'import * as df from "durable-functions";\ndf.app.orchestration("o", function* (context) {\n  context.extraOutputs.set(out, context.extraInputs.get(blob));\n  return context.retryContext?.retryCount ?? context.options;\n});',
      output: null,
      errors: [
        asks("context.extraOutputs.set", 3, 3),
        asks("context.extraInputs.get", 3, 33),
        asks("context.retryContext?.retryCount", 4, 10),
        asks("context.options", 4, 46),
      ],
    },
    {
      name: "a name for the data of the trigger, where it is used, and one for a value, where it is read",
      code: functions(
        "const data = context.bindingData;\nconst id = context.invocationId;\nreturn [data.sys, data.input, id, id];",
      ),
      output: null,
      errors: [asks("context.invocationId", 4, 12), asks("context.bindingData.sys", 5, 9)],
    },
    {
      name: "a context that is taken apart",
      code: functions("return [bindings.output, df.instanceId];", "", "{ df, bindings }"),
      output: null,
      errors: [asks("bindings.output", 3, 9)],
    },
    {
      name: "a helper that asks",
      code: functions("return idOf(context);", "function idOf(context) { return context.invocationId; }"),
      output: null,
      errors: [
        {
          message: `Calls idOf() -> context.invocationId (input.ts:5). ${asks("context.invocationId", 0, 0).message}`,
          line: 3,
          column: 8,
        },
      ],
    },
  ],
});

testRule("no-invocation-context: the other packages", noInvocationContext, {
  valid: [
    {
      name: "Dacapo's context",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (context) => [context.options, context.bindings]);',
    },
    {
      name: "durabletask-js",
      code: "worker.addOrchestrator(async (ctx) => { ctx.done(); return ctx.options; });",
    },
    {
      name: "a starter of Durable Functions",
      code: 'const df = require("durable-functions");\nmodule.exports = async (context) => { context.res = df.getClient(context).startNew("o", context.bindingData.id); };',
    },
  ],
  invalid: [],
});

testRuleOnTypeScript("no-invocation-context", noInvocationContext, {
  valid: [
    {
      name: "an activity",
      code: 'import * as df from "durable-functions";\nimport type { InvocationContext } from "@azure/functions";\ndf.app.activity("a", { handler: (x: string, context: InvocationContext) => context.invocationId });',
    },
  ],
  invalid: [
    {
      name: "an orchestrator that is typed by its parameter",
      code: 'import type { IOrchestrationFunctionContext } from "durable-functions/lib/src/classes";\nexport const handler = function* (context: IOrchestrationFunctionContext): Generator {\n  return context.bindings["out"];\n};',
      output: null,
      errors: [asks('context.bindings["out"]', 3, 10)],
    },
  ],
});
