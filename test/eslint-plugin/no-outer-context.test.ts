/** What `dacapo/no-outer-context` reports and what it leaves alone. */
import { noOuterContext } from "../../eslint-plugin/src/rules/no-outer-context.ts";
import { functionsV4 } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

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
      code: inside("return own.instanceId + ctx.instanceId;", "own"),
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
