/** What `dacapo/no-unused-generator-call` reports, and how it is fixed. */
import { noUnusedGeneratorCall } from "../../eslint-plugin/src/rules/no-unused-generator-call.ts";
import { asyncGenerator, asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const STEP = 'function* step(c) { return yield c.callActivity("a"); }';
const DF_STEP = 'function* step(c) { return yield c.df.callActivity("a"); }';

const unused = (line: number, column: number, api = "step()"): Expected => ({
  message: `${api} only makes a generator, and its body never runs. Use yield*.`,
  line,
  column,
});
const yielded = (line: number, column: number, api = "step()"): Expected => ({
  message: `${api} makes a generator, which is not a durable task. Use yield* instead of yield.`,
  line,
  column,
});
const awaited = (line: number, column: number): Expected => ({
  message: "step() makes a generator, and await does not run it. Use yield*.",
  line,
  column,
});
const combined = (combination: string, line: number, column: number, api = "step()"): Expected => ({
  message: `${api} makes a generator, and ${combination} takes durable tasks only. Make it a sub-orchestration.`,
  line,
  column,
});

testRule("no-unused-generator-call", noUnusedGeneratorCall, {
  valid: [
    { name: "a helper run by yield*", code: generator("yield* step(ctx);", STEP) },
    { name: "a helper whose result is used", code: functionsV4("return yield* step(context);", DF_STEP) },
    { name: "a generator that is kept and run later", code: generator("const s = step(ctx); yield* s;", STEP) },
    { name: "a generator that is iterated", code: generator("for (const t of step(ctx)) yield t;", STEP) },
    {
      name: "a generator that is spread",
      code: generator("return [...numbers()];", "function* numbers() { yield 1; }"),
    },
    { name: "a generator taken apart", code: generator("const [a] = numbers();", "function* numbers() { yield 1; }") },
    {
      name: "a generator that is handed on",
      code: generator("return yield* run(step(ctx));", `${STEP}\nfunction* run(g) { yield* g; }`),
    },
    {
      name: "a generator that is returned",
      code: generator("return yield* make(ctx);", `${STEP}\nconst make = (c) => step(c);`),
    },
    {
      name: "a generator that is stepped by hand",
      code: generator("return numbers().next().value;", "function* numbers() { yield 1; }"),
    },
    {
      name: "an async generator run by yield*",
      code: asyncGenerator("yield* step(ctx);", 'async function* step(c) { yield c.callActivity("a"); }'),
    },
    {
      name: "an async generator iterated",
      code: asyncStyle("for await (const x of numbers()) input(x);", "async function* numbers() { yield 1; }"),
    },
    { name: "a plain helper", code: generator("step(ctx);", "function step() { return 1; }") },
    {
      name: "a plain helper that is yielded",
      code: generator("yield step(ctx);", 'const step = (c) => c.callActivity("a");'),
    },
    { name: "a helper nobody knows", code: generator("step(ctx); yield step(ctx);", 'import { step } from "steps";') },
    {
      name: "a helper that may be plain",
      code: generator("yield step(ctx);", 'const step = Math.abs(1) ? function* () {} : (c) => c.callActivity("a");'),
    },
    {
      name: "a helper that is reassigned",
      code: generator("step(ctx);", "let step = function* () {}; step = () => 1;"),
    },
    { name: "a generator marked by void", code: generator("void step(ctx);", STEP) },
    {
      name: "an orchestrator that another rule reports",
      code: functionsV4(
        "yield other(context);",
        'function* other(context) { yield context.df.callActivity("a"); }\ndf.app.orchestration("other", other);',
      ),
    },
    {
      name: "a combination of tasks",
      code: functionsV3('yield context.df.Task.all([1].map((x) => context.df.callActivity("a", x)));'),
    },
  ],
  invalid: [
    {
      name: "a statement",
      code: generator("step(ctx);", STEP),
      output: generator("yield* step(ctx);", STEP),
      errors: [unused(3, 1)],
    },
    {
      name: "a statement in an async generator",
      code: asyncGenerator("step(ctx);", STEP),
      output: asyncGenerator("yield* step(ctx);", STEP),
      errors: [unused(3, 1)],
    },
    {
      name: "a helper that is yielded, Dacapo",
      code: generator("const r = yield step(ctx);", STEP),
      output: generator("const r = yield* step(ctx);", STEP),
      errors: [yielded(3, 17)],
    },
    {
      name: "a helper that is yielded, Durable Functions v4",
      code: functionsV4("return yield step(context);", DF_STEP),
      output: functionsV4("return yield* step(context);", DF_STEP),
      errors: [yielded(3, 14)],
    },
    {
      name: "a helper that is yielded, Durable Functions v3",
      code: functionsV3("yield (step(context));", DF_STEP),
      output: functionsV3("yield* (step(context));", DF_STEP),
      errors: [yielded(3, 8)],
    },
    {
      name: "a helper that is yielded, durabletask-js",
      code: durableTask("yield step(ctx);", STEP),
      output: durableTask("yield* step(ctx);", STEP),
      errors: [yielded(3, 7)],
    },
    {
      name: "a method",
      code: generator("yield steps.first(ctx);", 'const steps = { *first(c) { yield c.callActivity("a"); } };'),
      output: generator("yield* steps.first(ctx);", 'const steps = { *first(c) { yield c.callActivity("a"); } };'),
      errors: [yielded(3, 7, "steps.first()")],
    },
    {
      name: "a helper written inside the orchestrator",
      code: generator("function* step() { yield* ctx.createTimer({ hours: 1 }); }\nstep();"),
      output: generator("function* step() { yield* ctx.createTimer({ hours: 1 }); }\nyield* step();"),
      errors: [unused(4, 1)],
    },
    {
      name: "an async generator in a generator, which cannot run it",
      code: generator("yield step(ctx);", "async function* step(c) { yield c; }"),
      output: null,
      errors: [yielded(3, 7)],
    },
    {
      name: "a statement in an async function, which cannot run it",
      code: asyncStyle("step(ctx);", STEP),
      output: null,
      errors: [unused(3, 1)],
    },
    {
      name: "a helper that is awaited",
      code: asyncStyle("return await step(ctx);", STEP),
      output: null,
      errors: [awaited(3, 14)],
    },
    {
      name: "a helper that is awaited where it could be run",
      code: durableTask("await step(ctx);", STEP),
      output: null,
      errors: [
        { ...awaited(3, 7), suggestions: [{ desc: "Use yield*.", output: durableTask("yield* step(ctx);", STEP) }] },
      ],
    },
    {
      name: "a constant that nothing reads",
      code: generator("const r = step(ctx);", STEP),
      output: null,
      errors: [
        {
          ...unused(3, 11),
          suggestions: [{ desc: "Use yield*.", output: generator("const r = yield* step(ctx);", STEP) }],
        },
      ],
    },
    {
      name: "a condition",
      code: generator("return !step(ctx);", STEP),
      output: null,
      errors: [
        {
          ...unused(3, 9),
          suggestions: [{ desc: "Use yield*.", output: generator("return !(yield* step(ctx));", STEP) }],
        },
      ],
    },
    {
      name: "by forEach",
      code: generator("input.forEach((x) => step(x));", STEP),
      output: null,
      errors: [unused(3, 22)],
    },
    {
      name: "a generator given to forEach",
      code: generator('input.forEach(function* (x) { yield* ctx.callActivity("a", x); });'),
      output: null,
      errors: [{ message: "forEach() does not run a generator. Use a for-of loop.", line: 3, column: 15 }],
    },
    {
      name: "among the tasks of a combination",
      code: functionsV4('yield context.df.Task.all([context.df.callActivity("a"), step(context)]);', DF_STEP),
      output: null,
      errors: [combined("context.df.Task.all()", 3, 58)],
    },
    {
      name: "as the list of a combination",
      code: functionsV3("yield context.df.Task.all([1].map((x) => step(context, x)));", DF_STEP),
      output: null,
      errors: [combined("context.df.Task.all()", 3, 42)],
    },
    {
      name: "as generators written in a combination",
      code: functionsV4(
        'yield context.df.Task.all([1].map(function* (x) { yield context.df.callActivity("a", x); }));',
      ),
      output: null,
      errors: [combined("context.df.Task.all()", 3, 35, "function*")],
    },
    {
      name: "in a helper, reported at its call",
      code: generator("yield* run(1);", `${STEP}\nfunction* run(x) { step(x); }`),
      output: null,
      errors: [
        {
          message:
            "Calls run() -> step() (input.ts:6). step() only makes a generator, and its body never runs. Use yield*.",
          line: 3,
          column: 8,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-unused-generator-call", noUnusedGeneratorCall, {
  valid: [
    {
      name: "a method of this class, run",
      code: 'import { OrchestrationContext } from "durable-functions";\nclass Flow {\n*run(context: OrchestrationContext) { yield* this.step(context); }\n*step(context: OrchestrationContext) { yield context.df.callActivity("a"); }\n}',
    },
  ],
  invalid: [
    {
      name: "a method of this class, not run",
      code: 'import { OrchestrationContext } from "durable-functions";\nclass Flow {\n*run(context: OrchestrationContext) { yield this.step(context); }\n*step(context: OrchestrationContext) { yield context.df.callActivity("a"); }\n}',
      output:
        'import { OrchestrationContext } from "durable-functions";\nclass Flow {\n*run(context: OrchestrationContext) { yield* this.step(context); }\n*step(context: OrchestrationContext) { yield context.df.callActivity("a"); }\n}',
      errors: [yielded(3, 45, "this.step()")],
    },
  ],
});
