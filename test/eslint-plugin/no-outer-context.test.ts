/** What `dacapo/no-outer-context` reports and what it leaves alone. */
import { noOuterContext } from "../../eslint-plugin/src/rules/no-outer-context.ts";
import { durableTask, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected, type ValidCase } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

/** An activity whose body is line 4, written inside an orchestrator. */
const inside = (step: string, parameters = "", context = "ctx", locals = "") =>
  `import { activity, orchestrator } from "dacapo";\norchestrator("o", function* (${context}, input) { ${locals}\nconst step = activity("step", async (${parameters}) => {\n${step}\n});\nreturn yield* ctx.callActivity(step);\n});`;

const outer = (
  name: string,
  line: number,
  column: number,
  activity = "activity 'step'",
  owner = "orchestrator 'o'",
): Expected => ({
  message: `'${name}' is the context of ${owner}, and ${activity} does not run inside of that. Use the activity's own context, or pass what it needs as its input.`,
  line,
  column,
});
const report = (name: string, ...columns: number[]) => ({
  output: null,
  errors: columns.map((column) => outer(name, 4, column)),
});

testRule("no-outer-context", noOuterContext, {
  valid: [
    { name: "the activity's own context", code: inside("return own.instanceId;", "own") },
    {
      name: "the activity's own context under the same name",
      code: inside("await ctx.sleep({ seconds: 1 }); return ctx.instanceId;", "ctx"),
    },
    { name: "a name that shadows the context", code: inside("const ctx = own; return ctx.instanceId;", "own") },
    { name: "the orchestrator's input", code: inside("return input.id;") },
    { name: "a member of the context's name", code: inside("return own.ctx + { ctx: 1 }.ctx;", "own") },
    {
      name: "what the orchestrator took out of its context",
      code: inside("return id;", "", "ctx", "const id = ctx.instanceId;"),
    },
    {
      name: "a callback of the orchestrator's own",
      code: functionsV4('yield context.df.Task.all([1].map((x) => context.df.callActivity("a", x)));'),
    },
    {
      name: "a helper of the orchestrator's own",
      code: functionsV4('const call = (x) => context.df.callActivity("a", x); yield call(1);'),
    },
    {
      name: "an activity beside an orchestrator",
      code: functionsV4("return 1;", 'df.app.activity("a", { handler: (x, context) => context.df });'),
    },
    {
      name: "a client beside an orchestrator",
      code: functionsV4(
        "return 1;",
        'df.app.client.http("c", { handler: (request, client, context) => context.log(1) });',
      ),
    },
    {
      name: "an activity in a function that is no orchestrator",
      code: 'import { activity } from "dacapo";\nexport const make = (ctx) => activity("a", async () => ctx.name);',
    },
    {
      name: "an entity's context",
      code: 'import { entity } from "dacapo";\nentity("e", (ctx) => { const f = () => ctx.state; return f(); });',
    },
    {
      name: "a function that is no activity",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx) { const f = () => ctx.newGuid(); return f(); });',
    },
    {
      name: "a nested orchestrator's own context",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx) { const inner = orchestrator("i", (ctx) => ctx.instanceId); return yield* ctx.callSubOrchestrator(inner); });',
    },
    {
      name: "a global of the context's name",
      code: 'import { activity } from "dacapo";\nactivity("a", async () => ctx.name);',
    },
  ],
  invalid: [
    { name: "a task", code: inside('await ctx.callActivity("inner");'), ...report("ctx", 7) },
    { name: "a timer", code: inside("await ctx.createTimer({ seconds: 5 });"), ...report("ctx", 7) },
    {
      name: "an identifier and the time",
      code: inside("return ctx.newGuid() + ctx.currentUtcDateTime;"),
      ...report("ctx", 8, 24),
    },
    {
      name: "a status, in a function inside the activity",
      code: inside("const f = () => ctx.setCustomStatus(1); f();"),
      ...report("ctx", 17),
    },
    { name: "a logger", code: inside('ctx.log.info("a");'), ...report("ctx", 1) },
    { name: "the context as an argument", code: inside("return use(ctx);"), ...report("ctx", 12) },
    { name: "the context as a property", code: inside("return { ctx };"), ...report("ctx", 10) },
    { name: "the context in a condition", code: inside("if (ctx) return 1;"), ...report("ctx", 5) },
    {
      name: "an alias of the context",
      code: inside("return c.newGuid();", "", "ctx", "const c = ctx;"),
      ...report("c", 8),
    },
    {
      name: "beside the activity's own context",
      code: inside("return own.instanceId + ctx.newGuid();", "own"),
      ...report("ctx", 25),
    },
    {
      name: "an activity of Durable Functions",
      code: functionsV4(
        'df.app.activity("a", { handler: async () => context.df.instanceId });\nyield context.df.callActivity("a");',
      ),
      output: null,
      errors: [outer("context", 3, 45, "activity 'a'")],
    },
    {
      name: "the durable half of a context",
      code: functionsV4(
        'const d = context.df;\ndf.app.activity("a", { handler: async () => d.newGuid() });\nyield d.callActivity("a");',
      ),
      output: null,
      errors: [outer("d", 4, 45, "activity 'a'")],
    },
    {
      name: "a destructured half of a context",
      code: 'import * as d from "durable-functions";\nd.app.orchestration("o", function* ({ df }) {\nd.app.activity("a", { handler: async () => df.newGuid() });\nyield df.callActivity("a");\n});',
      output: null,
      errors: [outer("df", 3, 44, "activity 'a'")],
    },
    {
      name: "a function that is handed to callActivity in place",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => {\nawait ctx.callActivity(async () => ctx.newGuid());\n});',
      output: null,
      errors: [outer("ctx", 3, 36, "an activity")],
    },
    {
      name: "an activity that is a function declaration",
      code: 'import { orchestrator, activity } from "dacapo";\norchestrator("o", async (ctx) => {\nasync function work() { return ctx.newGuid(); }\nawait ctx.callActivity(activity("w", work));\n});',
      output: null,
      errors: [outer("ctx", 3, 32, "activity 'w'")],
    },
  ],
});

testRuleOnTypeScript("no-outer-context", noOuterContext, {
  valid: [
    {
      name: "a type of the same name",
      code: 'import { activity, orchestrator } from "dacapo";\norchestrator("o", async (ctx) => { await ctx.callActivity(activity("a", async (own: ctx) => own as ctx)); });',
    },
  ],
  invalid: [{ name: "behind a non-null assertion", code: inside("return ctx!.newGuid();"), ...report("ctx", 8) }],
});

const fine = (name: string, code: string): ValidCase => ({ name, code });
const wrong = (name: string, code: string, ...errors: Expected[]) => ({ name, code, output: null, errors });

/** A report that offers the activity's own context. */
const owned = (report: Expected, own: string, output: string): Expected => ({
  ...report,
  suggestions: [{ desc: `Use '${own}', the activity's own context.`, output }],
});

const behind = (call: string, activity: string, line: number, column: number): Expected => ({
  message: `${call} uses the context of orchestrator 'o', and ${activity} does not run inside of that. Pass what it needs as its input.`,
  line,
  column,
});

/** Dacapo, where activities are written as well; the body begins on line 3. */
const dacapo = (body: string, after = "") => generator(body, after, "activity, orchestrator");

testRule("no-outer-context: what is the context", noOuterContext, {
  valid: [
    fine(
      "values that were taken out of it by their names",
      dacapo(
        'const { instanceId, currentUtcDateTime: at } = ctx;\nactivity("a", async () => instanceId + String(at));',
      ),
    ),
    fine(
      "values that a parameter's pattern takes out",
      'import { activity, orchestrator } from "dacapo";\norchestrator("o", function* ({ instanceId, log }) { activity("a", async () => instanceId); log.info("x"); });',
    ),
    fine(
      "a function that the activity only gives values",
      dacapo('const label = (id) => "x" + id;\nactivity("a", async (own) => label(own.instanceId));'),
    ),
    fine(
      "a function with a context of its own name",
      dacapo('const read = (ctx) => ctx.name;\nactivity("a", async () => read({ name: 1 }));'),
    ),
    fine(
      "a function that activities and orchestrators hand a value",
      dacapo('const at = ctx.currentUtcDateTime;\nconst now = () => at;\nactivity("a", async () => now());'),
    ),
    fine(
      "an activity of durabletask-js beside the orchestrator",
      durableTask(
        "yield ctx.callActivity(hello, input);",
        "async function hello(ctx, name) { return ctx.orchestrationId + name; }",
      ),
    ),
    fine("a label", dacapo('activity("a", async () => { ctx: for (;;) break ctx; });')),
    fine(
      "an activity that a function outside makes",
      dacapo("yield* ctx.callActivity(make(input));", 'const make = (ctx) => activity("a", async () => ctx.length);'),
    ),
  ],
  invalid: [
    wrong(
      "a name that the activity gives it is one use",
      dacapo('activity("a", async () => {\n  const own = ctx;\n  return own.newGuid();\n});'),
      outer("ctx", 4, 15, "activity 'a'"),
    ),
    wrong(
      "a default of a parameter",
      dacapo('activity("a", async (own, id = ctx.newGuid()) => id);'),
      outer("ctx", 3, 32, "activity 'a'"),
    ),
    wrong(
      "a field of a class inside",
      dacapo('activity("a", async () => new (class { id = ctx.newGuid(); })());'),
      outer("ctx", 3, 45, "activity 'a'"),
    ),
    wrong(
      "a half that was taken out by its name",
      dacapo('const { entities } = ctx;\nactivity("a", async () => entities.signalEntity("e", "add"));'),
      outer("entities", 4, 27, "activity 'a'"),
    ),
    wrong(
      "a function that durabletask-js calls by itself",
      durableTask("const work = async () => ctx.newGuid();\nyield ctx.callActivity(work);"),
      outer("ctx", 3, 26, "activity 'work'"),
    ),
  ],
});

testRule("no-outer-context: functions of the orchestrator", noOuterContext, {
  valid: [
    fine(
      "called by the orchestrator",
      dacapo('const id = () => ctx.newGuid();\nactivity("a", async () => 1);\nreturn id();'),
    ),
    fine("named and not called", dacapo('const id = () => ctx.newGuid();\nactivity("a", async () => typeof id);')),
  ],
  invalid: [
    wrong(
      "called by the activity",
      dacapo('const report = () => ctx.setCustomStatus("a");\nactivity("a", async () => { report(); });'),
      behind("report()", "activity 'a'", 4, 29),
    ),
    wrong(
      "called through another one",
      dacapo('const id = () => ctx.newGuid();\nconst label = () => "x" + id();\nactivity("a", async () => label());'),
      behind("label()", "activity 'a'", 5, 27),
    ),
    wrong(
      "called twice",
      dacapo('function id() { return ctx.newGuid(); }\nactivity("a", async () => {\n  id();\n  id();\n});'),
      behind("id()", "activity 'a'", 5, 3),
      behind("id()", "activity 'a'", 6, 3),
    ),
  ],
});

testRule("no-outer-context: the activity's own context", noOuterContext, {
  valid: [fine("is used", dacapo('activity("a", async (own) => own.instanceId);'))],
  invalid: [
    wrong(
      "has the member",
      dacapo('activity("a", async (own) => ctx.instanceId);'),
      owned(outer("ctx", 3, 30, "activity 'a'"), "own", dacapo('activity("a", async (own) => own.instanceId);')),
    ),
    wrong(
      "has it under another name",
      durableTask("const work = async (own) => ctx.instanceId;\nyield ctx.callActivity(work);"),
      owned(
        outer("ctx", 3, 29, "activity 'work'"),
        "own",
        durableTask("const work = async (own) => own.orchestrationId;\nyield ctx.callActivity(work);"),
      ),
    ),
    wrong(
      "is the second parameter in Durable Functions, and logs",
      functionsV4(
        'df.app.activity("a", { handler: (input, inner) => {\n  context.log(input);\n  return context.df.instanceId;\n} });',
      ),
      owned(
        outer("context", 4, 3, "activity 'a'"),
        "inner",
        functionsV4(
          'df.app.activity("a", { handler: (input, inner) => {\n  inner.log(input);\n  return context.df.instanceId;\n} });',
        ),
      ),
      outer("context", 5, 10, "activity 'a'"),
    ),
    wrong(
      "does not have the member",
      dacapo('activity("a", async (own) => ctx.random());'),
      outer("ctx", 3, 30, "activity 'a'"),
    ),
    wrong(
      "is hidden by another name",
      dacapo('activity("a", async (own) => [1].map((own) => ctx.instanceId + own));'),
      outer("ctx", 3, 47, "activity 'a'"),
    ),
    wrong(
      "is taken apart",
      dacapo('activity("a", async ({ log }) => ctx.instanceId);'),
      outer("ctx", 3, 34, "activity 'a'"),
    ),
  ],
});

testRuleWithTypes("no-outer-context", noOuterContext, {
  valid: [
    {
      name: "an activity of another file",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { work } from "./work";\norchestrator("o", function* (ctx) {\n  yield* ctx.callActivity(work);\n});',
        "work.ts":
          'import { activity } from "dacapo";\nexport const work = activity("a", async (ctx: { instanceId: string }) => ctx.instanceId);',
      },
    },
  ],
  invalid: [
    {
      name: "an orchestrator that its type makes one",
      files: {
        "main.ts":
          'import { activity, type OrchestrationContext } from "dacapo";\nexport function* flow(context: OrchestrationContext) {\n  const a = activity("a", async () => context.newGuid());\n  yield* context.callActivity(a);\n}',
      },
      errors: [outer("context", 3, 39, "activity 'a'", "orchestrator 'flow'")],
    },
  ],
});
