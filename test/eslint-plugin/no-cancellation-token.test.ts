/** What `dacapo/no-cancellation-token` reports: signals that no orchestrator ever gets. */
import { noCancellationToken } from "../../eslint-plugin/src/rules/no-cancellation-token.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const fine = (name: string, code: string): ValidCase => ({ name, code });

const parameter = (type: string) =>
  `Nobody passes an orchestrator an ${type}, and a signal would not be replayed. Wait for an external event, or terminate the instance.`;
const member = (name: string) =>
  `An orchestrator's context has no '${name}': a signal would not be replayed. Wait for an external event, or terminate the instance.`;

/** A case with one report, where the marked text first stands in the code. */
function reported(name: string, code: string, text: string, message: string): InvalidCase {
  const before = code.slice(0, code.indexOf(text)).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return { name, code, output: null, errors: [{ message, line: before.length, column }] };
}

const v4 = (parameters: string, body = "") =>
  `import * as df from "durable-functions";\ndf.app.orchestration("o", function* (${parameters}) { ${body} });`;
const own = (parameters: string, before = "") =>
  `import { orchestrator } from "dacapo";\n${before}\nexport const o = orchestrator("o", async (${parameters}) => 1);`;

testRule("no-cancellation-token", noCancellationToken, {
  valid: [
    fine("a context alone", functionsV4('yield context.df.callActivity("work");')),
    fine(
      "a signal of an activity",
      'import { activity } from "dacapo";\nexport const a = activity("a", (ctx) => ctx.signal.aborted);',
    ),
    fine("a signal that the input is", generator("return input.signal;")),
    fine(
      "a signal of something else",
      asyncStyle("const race = make();\nreturn race.signal;", "const make = () => ({ signal: 1 });"),
    ),
    fine("a member of a member", durableTask("return ctx.instanceId.signal;")),
    fine("a context of a function inside", generator("return [{ signal: 1 }].map((ctx) => ctx.signal);")),
    fine(
      "another parameter in JSDoc",
      "const df = require('durable-functions');\nmodule.exports = df.orchestrator(\n/** @param {string} signal */\nfunction* (context, signal) { return signal; });",
    ),
    fine("an event by that name", generator('return yield* ctx.waitForExternalEvent("signal");')),
    fine("a member called", functionsV3("return context.df.signalEntity;")),
    fine("what is outside of orchestrators", 'import "dacapo"; export const f = (ctx) => ctx.signal;'),
  ],
  invalid: [
    reported("the context's", generator("if (ctx.signal.aborted) return 1;"), "ctx.signal", member("signal")),
    reported("the context's, in brackets", asyncStyle('await ctx["signal"];'), 'ctx["signal"]', member("signal")),
    reported(
      "the invocation's",
      functionsV4("return context.abortSignal;"),
      "context.abortSignal",
      member("abortSignal"),
    ),
    reported("the durable half's", functionsV3("return context.df.signal;"), "context.df.signal", member("signal")),
    reported(
      "a worker's",
      durableTask("return ctx.cancellationToken;"),
      "ctx.cancellationToken",
      member("cancellationToken"),
    ),
    reported("one taken out of the context", own("{ signal }"), "signal", member("signal")),
    reported("one under another name", own("{ signal: stop }"), "signal: stop", member("signal")),
    reported(
      "one in a function inside",
      generator("return [1].map(() => ctx.signal);"),
      "ctx.signal",
      member("signal"),
    ),
    reported(
      "a parameter described in JSDoc",
      "const df = require('durable-functions');\nmodule.exports = df.orchestrator(\n/** @param {AbortSignal} signal */\nfunction* (context, signal) { return signal; });",
      "signal) { return",
      parameter("AbortSignal"),
    ),
    {
      name: "two",
      code: generator("if (ctx.signal) return 1;\nreturn ctx.signal;"),
      output: null,
      errors: [
        { message: member("signal"), line: 3, column: 5 },
        { message: member("signal"), line: 4, column: 8 },
      ],
    },
  ],
});

testRuleOnTypeScript("no-cancellation-token", noCancellationToken, {
  valid: [
    fine("an input", own("ctx: unknown, input: string")),
    fine(
      "a type of the program",
      own("ctx: unknown, input: AbortSignal", "interface AbortSignal { readonly why: string }"),
    ),
    fine("a helper", own("ctx: unknown", "export const load = (signal: AbortSignal) => signal.aborted;")),
    fine(
      "an activity",
      'import { activity } from "dacapo";\nexport const a = activity("a", async (ctx: { signal: AbortSignal }, s: AbortSignal) => s);',
    ),
    fine(
      "a context that has one by its type",
      'import type { OrchestrationContext } from "dacapo";\ninterface Mine extends OrchestrationContext { readonly signal: boolean }\nexport async function flow(ctx: Mine) { return ctx.signal; }',
    ),
  ],
  invalid: [
    reported("a signal", v4("context, signal: AbortSignal"), "signal: AbortSignal", parameter("AbortSignal")),
    reported("a controller", own("ctx, stop: AbortController"), "stop: AbortController", parameter("AbortController")),
    reported(
      "a signal that may be missing",
      own("ctx, stop?: AbortSignal"),
      "stop?: AbortSignal",
      parameter("AbortSignal"),
    ),
    reported(
      "one of several types",
      own("ctx, s: AbortSignal | null"),
      "s: AbortSignal | null",
      parameter("AbortSignal"),
    ),
    reported(
      "a signal of a package",
      own("ctx, s: AbortSignalLike", 'import type { AbortSignalLike } from "@azure/abort-controller";'),
      "s: AbortSignalLike",
      parameter("AbortSignalLike"),
    ),
    reported(
      "an orchestrator known by its type",
      'import type { OrchestrationContext } from "@microsoft/durabletask-js";\nexport async function* flow(ctx: OrchestrationContext, stop: AbortSignal) {}',
      "stop: AbortSignal",
      parameter("AbortSignal"),
    ),
    reported(
      "a method",
      'import type { OrchestrationContext } from "durable-functions";\nclass A { *run(context: OrchestrationContext, s: AbortSignal) {} }',
      "s: AbortSignal",
      parameter("AbortSignal"),
    ),
  ],
});

testRuleWithTypes("no-cancellation-token", noCancellationToken, {
  valid: [
    {
      name: "an input whose type has a signal",
      files: { "flow.ts": own("ctx, input: { readonly signal: string }") },
    },
  ],
  invalid: [
    {
      name: "a signal of the library",
      files: { "flow.ts": v4("context, signal: AbortSignal") },
      errors: [{ message: parameter("AbortSignal"), line: 2, column: 47 }],
    },
    {
      name: "a member that the context's type does not have",
      files: { "flow.js": generator("return ctx.signal;") },
      options: { checkJs: false },
      errors: [{ message: member("signal"), line: 3, column: 8 }],
    },
  ],
});
