/** What `dacapo/no-await-non-durable` reports without types. */
import { noAwaitNonDurable } from "../../eslint-plugin/src/rules/no-await-non-durable.ts";
import { asyncGenerator, asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const promise = (api: string, context: string, line: number, column: number): Expected => ({
  message: `${api} is a promise, not a durable task of ${context}. Do its work in an activity.`,
  line,
  column,
});
const value = (what: string, context: string, line: number, column: number): Expected => ({
  message: `Only durable tasks of ${context} can be yielded, and this is ${what}.`,
  line,
  column,
});
const array = (combination: string, context: string, line: number, column: number): Expected => ({
  message: `Only durable tasks of ${context} can be yielded, and this is an array. Use ${combination}.`,
  line,
  column,
});

const ASYNC = "async function load() { return 1; }";

testRule("no-await-non-durable", noAwaitNonDurable, {
  valid: [
    {
      name: "tasks, in each style",
      code: generator('yield* ctx.callActivity("a"); yield ctx.createTimer({ hours: 1 });'),
    },
    { name: "a task that a constant holds", code: functionsV4('const t = context.df.callActivity("a"); yield t;') },
    {
      name: "a task that a helper makes",
      code: functionsV3("yield task(context);", 'const task = (c) => c.df.callActivity("a");'),
    },
    {
      name: "a task behind a condition",
      code: functionsV4('yield context.df.getInput() ? context.df.callActivity("a") : context.df.callActivity("b");'),
    },
    { name: "a combination", code: functionsV4('yield context.df.Task.any([context.df.callActivity("a")]);') },
    {
      name: "what may be a task",
      code: generator("yield input; yield input.task; yield make(1);", 'import { make } from "make";'),
    },
    {
      name: "an async helper that works durably, in async style",
      code: asyncStyle("return await step(ctx);", 'async function step(c) { return await c.callActivity("a"); }'),
    },
    {
      name: "an async helper that is given the context",
      code: asyncStyle("return await step(ctx, 1);", "async function step(c, x) { return x; }"),
    },
    {
      name: "an async helper that is given a function",
      code: asyncStyle(
        'return await twice(() => ctx.callActivity("a"));',
        "async function twice(f) { await f(); await f(); }",
      ),
    },
    {
      name: "an async helper whose request another rule reports",
      code: asyncStyle("return await load();", 'async function load() { return await fetch("a"); }'),
    },
    { name: "a plain value that is awaited", code: asyncStyle("return await 1;") },
    {
      name: "a plain value in Dacapo's async generators, which is handed back",
      code: asyncGenerator("return yield 1;"),
    },
    {
      name: "an async helper that is yielded in Dacapo's async generators",
      code: asyncGenerator("return yield load();", ASYNC),
    },
    {
      name: "a helper that gives a task asynchronously",
      code: durableTask("yield start(ctx);", 'async function start(c) { return c.callActivity("a"); }'),
    },
    {
      name: "a generator of numbers that is iterated",
      code: generator("for (const n of numbers()) input(n);", "function* numbers() { yield 1; yield [2]; }"),
    },
    { name: "an end that another rule explains", code: functionsV4("yield context.df.continueAsNew(1);") },
    {
      name: "a request that another rule reports",
      code: functionsV4('yield fetch("https://example.org"); yield fetch("a").then(f);'),
    },
    {
      name: "a promise that another rule reports",
      code: functionsV4("yield Promise.resolve(1); yield new Promise(f);"),
    },
    {
      name: "a continuation that another rule reports",
      code: functionsV4('yield context.df.callActivity("a").then(f);'),
    },
    { name: "a helper nobody knows, awaited", code: asyncStyle("await load();", 'import { load } from "loader";') },
    {
      name: "an activity that waits for anything",
      code: functionsV4(
        "return 1;",
        'df.app.activity("a", { handler: async () => { await load(); } });\nasync function load() {}',
      ),
    },
    {
      name: "a helper generator that is run",
      code: generator("return yield* step(ctx);", 'function* step(c) { return yield c.callActivity("a"); }'),
    },
  ],
  invalid: [
    {
      name: "an async helper, Durable Functions v4",
      code: functionsV4("const x = yield load();", ASYNC),
      output: null,
      errors: [promise("load()", "context.df", 3, 11)],
    },
    {
      name: "an async helper, Durable Functions v3",
      code: functionsV3("return (yield load()) + 1;", "const load = async () => 1;"),
      output: null,
      errors: [promise("load()", "context.df", 3, 9)],
    },
    {
      name: "an async helper, Dacapo",
      code: generator("yield load();", ASYNC),
      output: null,
      errors: [promise("load()", "ctx", 3, 1)],
    },
    {
      name: "an async helper, durabletask-js",
      code: durableTask("yield load();", ASYNC),
      output: null,
      errors: [promise("load()", "ctx", 3, 1)],
    },
    {
      name: "a method",
      code: functionsV4("yield api.load();", "const api = { async load() { return 1; } };"),
      output: null,
      errors: [promise("api.load()", "context.df", 3, 1)],
    },
    { name: "a number", code: functionsV4("yield 5;"), output: null, errors: [value("a number", "context.df", 3, 1)] },
    {
      name: "a text",
      code: generator('const x = yield "done";'),
      output: null,
      errors: [value("a text", "ctx", 3, 11)],
    },
    {
      name: "nothing",
      code: durableTask("yield; yield undefined; yield null;"),
      output: null,
      errors: [value("nothing", "ctx", 3, 1), value("nothing", "ctx", 3, 8), value("nothing", "ctx", 3, 25)],
    },
    {
      name: "an object",
      code: generator('yield { a: ctx.callActivity("a") };'),
      output: null,
      errors: [value("an object", "ctx", 3, 1)],
    },
    {
      name: "what the context knows already",
      code: functionsV3("const input = yield context.df.getInput();\nyield context.df.currentUtcDateTime;"),
      output: null,
      errors: [value("a value", "context.df", 3, 15), value("a value", "context.df", 4, 1)],
    },
    {
      name: "an array of tasks, Durable Functions",
      code: functionsV3('yield [context.df.callActivity("a")];'),
      output: null,
      errors: [array("Task.all()", "context.df", 3, 1)],
    },
    {
      name: "an array of tasks, Dacapo",
      code: generator('yield [ctx.callActivity("a")];'),
      output: null,
      errors: [array("whenAll()", "ctx", 3, 1)],
    },
    {
      name: "a signal, which is sent and forgotten",
      code: functionsV4('yield context.df.signalEntity(1, "add");'),
      output: null,
      errors: [
        {
          message: "context.df.signalEntity() gives nothing to wait for. Remove the yield.",
          line: 3,
          column: 1,
          suggestions: [{ desc: "Remove the yield.", output: functionsV4('context.df.signalEntity(1, "add");') }],
        },
      ],
    },
    {
      name: "a status",
      code: generator("const x = yield ctx.setCustomStatus(1);"),
      output: null,
      errors: [{ message: "ctx.setCustomStatus() gives nothing to wait for. Remove the yield.", line: 3, column: 11 }],
    },
    {
      name: "a task that is awaited in durabletask-js, whose engine sees what is yielded",
      code: durableTask('const x = await ctx.callActivity("a");'),
      output: null,
      errors: [
        {
          message: "await does not wait for ctx.callActivity() here: the engine sees only what is yielded. Use yield.",
          line: 3,
          column: 11,
          suggestions: [{ desc: "Use yield.", output: durableTask('const x = yield ctx.callActivity("a");') }],
        },
      ],
    },
    {
      name: "an async helper that waits for nothing durable, in async style",
      code: asyncStyle("return await load();", ASYNC),
      output: null,
      errors: [promise("load()", "ctx", 3, 8)],
    },
    {
      name: "in a helper without a context, at its call",
      code: functionsV4("yield* step();", `function* step() { yield load(); }\n${ASYNC}`),
      output: null,
      errors: [
        {
          message:
            "Calls step() -> load() (input.ts:5). load() is a promise, not a durable task of context.df. Do its work in an activity.",
          line: 3,
          column: 8,
        },
      ],
    },
    {
      name: "in a helper that works durably, where it is written",
      code: functionsV4(
        "yield* step(context);",
        `function* step(c) { yield c.df.callActivity("a"); yield load(); }\n${ASYNC}`,
      ),
      output: null,
      errors: [promise("load()", "c.df", 5, 51)],
    },
  ],
});

testRuleOnTypeScript("no-await-non-durable", noAwaitNonDurable, {
  valid: [
    {
      name: "a task behind a type assertion",
      code: 'import { OrchestrationContext } from "durable-functions";\nexport function* o(context: OrchestrationContext): any { return (yield context.df.callActivity("a") as any) as number; }',
    },
  ],
  invalid: [
    {
      name: "an async helper behind a type assertion",
      code: 'import { OrchestrationContext } from "durable-functions";\nexport function* o(context: OrchestrationContext): any {\nyield (load() as any);\n}\nasync function load(): Promise<number> { return 1; }',
      output: null,
      errors: [promise("load()", "context.df", 3, 1)],
    },
  ],
});
