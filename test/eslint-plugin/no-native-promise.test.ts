/** What `dacapo/no-native-promise` reports in each style, and when it can be fixed. */
import { noNativePromise } from "../../eslint-plugin/src/rules/no-native-promise.ts";
import { asyncGenerator, asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const combination = (api: string, instead: string, line: number, column: number): Expected => ({
  message: `${api} makes a promise, which is not a durable task. Use ${instead}.`,
  line,
  column,
});
const race = (api: string, line: number, column: number): Expected => ({
  message: `${api} is decided by the order in which promises settle. Use whenAny(), which also tells which task won.`,
  line,
  column,
});
const made = (api: string, context: string, line: number, column: number): Expected => ({
  message: `${api} settles when the host decides, which is not replayed. Wait for a durable task of ${context}.`,
  line,
  column,
});
const continuation = (method: string, line: number, column: number): Expected => ({
  message: `.${method}() makes a promise of a durable task, which is not replayed. Wait for the task, and go on after it.`,
  line,
  column,
});

testRule("no-native-promise", noNativePromise, {
  valid: [
    {
      name: "tasks combined by the context",
      code: functionsV4("yield context.df.Task.all([1].map((x) => context.df.callActivity(x)));"),
    },
    {
      name: "tasks combined by whenAll",
      code: generator("yield* whenAll([ctx.callActivity(input)]);", "", "orchestrator, whenAll"),
    },
    {
      name: "Promise.all in async style",
      code: asyncStyle("return Promise.all(input.map((x) => ctx.callActivity(x)));"),
    },
    {
      name: "Promise.all of async helpers",
      code: asyncStyle("return Promise.all(input.map(async (x) => await ctx.callActivity(x)));"),
    },
    {
      name: "Promise.all in Dacapo's async generators",
      code: asyncGenerator("yield Promise.all([ctx.callActivity(input)]);"),
    },
    {
      name: "Promise.allSettled in async style",
      code: asyncStyle("return Promise.allSettled(input.map((x) => ctx.callActivity(x)));"),
    },
    { name: "a promise that is settled already, in async style", code: asyncStyle("return Promise.resolve(1);") },
    { name: "then of something else", code: generator("input.then(1); input.promise.catch(2);") },
    {
      name: "another class called Promise",
      code: generator("return [new Promise(1), Promise.all([])];", "class Promise { static all() {} }"),
    },
    { name: "an imported Promise", code: generator("yield Promise.all([]);", 'import { Promise } from "./tasks.js";') },
    { name: "a reference without a call", code: generator("return input instanceof Promise;") },
    {
      name: "a combination in an activity beside",
      code: functionsV4("return 1;", 'df.app.activity("a", { handler: async () => Promise.all([new Promise(f)]) });'),
    },
    { name: "a settled promise in a generator that is not yielded", code: generator("input(Promise.resolve(1));") },
  ],
  invalid: [
    {
      name: "Promise.all of tasks in Durable Functions, fixed",
      code: functionsV4("const r = yield Promise.all([1].map((x) => context.df.callActivity(x)));"),
      output: functionsV4("const r = yield context.df.Task.all([1].map((x) => context.df.callActivity(x)));"),
      errors: [combination("Promise.all()", "Task.all()", 3, 17)],
    },
    {
      name: "Promise.all of a list of tasks, fixed",
      code: functionsV3(
        "const tasks = [];\nfor (const x of [1]) tasks.push(context.df.callActivity(x));\nyield Promise.all(tasks);",
      ),
      output: functionsV3(
        "const tasks = [];\nfor (const x of [1]) tasks.push(context.df.callActivity(x));\nyield context.df.Task.all(tasks);",
      ),
      errors: [combination("Promise.all()", "Task.all()", 5, 7)],
    },
    {
      name: "Promise.all of what may be anything, left to its author",
      code: functionsV3("yield Promise.all(context.df.getInput());"),
      output: null,
      errors: [combination("Promise.all()", "Task.all()", 3, 7)],
    },
    {
      name: "Promise.race, which gives another value than Task.any",
      code: functionsV4("yield Promise.race([context.df.callActivity(1), context.df.createTimer(2)]);"),
      output: null,
      errors: [
        {
          ...combination("Promise.race()", "Task.any()", 3, 7),
          suggestions: [
            {
              desc: "Use context.df.Task.any().",
              output: functionsV4(
                "yield context.df.Task.any([context.df.callActivity(1), context.df.createTimer(2)]);",
              ),
            },
          ],
        },
      ],
    },
    {
      name: "Promise.all in a generator of Dacapo, fixed where whenAll is imported",
      code: generator("return yield Promise.all([ctx.callActivity(1)]);", "", "orchestrator, whenAll as all"),
      output: generator("return yield all([ctx.callActivity(1)]);", "", "orchestrator, whenAll as all"),
      errors: [combination("Promise.all()", "whenAll()", 3, 14)],
    },
    {
      name: "Promise.all in a generator of Dacapo, suggested with the import",
      code: generator("return yield Promise.all([ctx.callActivity(1)]);"),
      output: null,
      errors: [
        {
          ...combination("Promise.all()", "whenAll()", 3, 14),
          suggestions: [
            {
              desc: "Use whenAll().",
              output: generator("return yield whenAll([ctx.callActivity(1)]);", "", "orchestrator, whenAll"),
            },
          ],
        },
      ],
    },
    {
      name: "Promise.all in durabletask-js, which does not look at promises",
      code: durableTask("await Promise.all([ctx.callActivity(1)]);"),
      output: null,
      errors: [
        {
          ...combination("Promise.all()", "whenAll()", 3, 7),
          suggestions: [
            {
              desc: "Use whenAll().",
              output: durableTask("await whenAll([ctx.callActivity(1)]);", "", "TaskHubGrpcWorker, whenAll"),
            },
          ],
        },
      ],
    },
    {
      name: "Promise.allSettled, which has no like",
      code: functionsV4("yield Promise.allSettled([context.df.callActivity(1)]);"),
      output: null,
      errors: [combination("Promise.allSettled()", "the tasks, each waited for in a try", 3, 7)],
    },
    {
      name: "Promise.any under an alias",
      code: generator("const { any } = Promise; yield any([ctx.callActivity(1), input]);"),
      output: null,
      errors: [combination("Promise.any()", "whenAny()", 3, 32)],
    },
    {
      name: "a race in async style, where whenAny tells who won",
      code: asyncStyle(
        'const timer = ctx.createTimer({ hours: 1 });\nreturn Promise.race([ctx.callActivity("a"), timer]);',
      ),
      output: null,
      errors: [
        {
          ...race("Promise.race()", 4, 8),
          suggestions: [
            {
              desc: "Use whenAny().",
              output: asyncStyle(
                'const timer = ctx.createTimer({ hours: 1 });\nreturn whenAny([ctx.callActivity("a"), timer]);',
                "",
                "orchestrator, whenAny",
              ),
            },
          ],
        },
      ],
    },
    {
      name: "the first of what nobody knows",
      code: asyncStyle("return Promise.any(input.others);"),
      output: null,
      errors: [race("Promise.any()", 3, 8)],
    },
    {
      name: "a continuation in async style",
      code: asyncStyle("return ctx.callActivity(input).then((x) => x + 1);"),
      output: null,
      errors: [continuation("then", 3, 8)],
    },
    {
      name: "a promise that is made, in a generator",
      code: functionsV4("yield new Promise((f) => f(1));"),
      output: null,
      errors: [made("new Promise()", "context.df", 3, 7)],
    },
    {
      name: "a promise that is made, in async style",
      code: asyncStyle("await new Promise((f) => input(f));"),
      output: null,
      errors: [made("new Promise()", "ctx", 3, 7)],
    },
    {
      name: "Promise.withResolvers",
      code: asyncStyle("return Promise.withResolvers().promise;"),
      output: null,
      errors: [made("Promise.withResolvers()", "ctx", 3, 8)],
    },
    {
      name: "a settled promise that is yielded",
      code: functionsV3("yield Promise.resolve(1);"),
      output: null,
      errors: [
        {
          message: "Promise.resolve() makes a promise, which is not a durable task. Use the value itself.",
          line: 3,
          column: 7,
        },
      ],
    },
    {
      name: "then on a task in a generator",
      code: functionsV4("yield context.df.callActivity(1).then((x) => x);"),
      output: null,
      errors: [continuation("then", 3, 7)],
    },
    {
      name: "catch on a task that a constant holds",
      code: generator("const t = ctx.callActivity(1);\nyield t.catch(() => 0);"),
      output: null,
      errors: [continuation("catch", 4, 7)],
    },
    {
      name: "finally on a task in durabletask-js",
      code: durableTask("yield ctx.callActivity(1).finally(ctx.done);"),
      output: null,
      errors: [continuation("finally", 3, 7)],
    },
    {
      name: "in a helper, reported at its call",
      code: generator("return wait(input);", "const wait = (f) => new Promise(f);"),
      output: null,
      errors: [
        {
          message:
            "Calls wait() -> new Promise() (input.ts:5). new Promise() settles when the host decides, which is not replayed. Wait for a durable task of ctx.",
          line: 3,
          column: 8,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-native-promise", noNativePromise, {
  valid: [
    {
      name: "an annotation",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx, n: number): Promise<number> => await ctx.callActivity<number>("a", n));',
    },
  ],
  invalid: [
    {
      name: "a list behind a type assertion, fixed",
      code: 'import { OrchestrationContext, Task } from "durable-functions";\nexport function* o(context: OrchestrationContext): any {\nyield Promise.all([context.df.callActivity("a")] as Task[]);\n}',
      output:
        'import { OrchestrationContext, Task } from "durable-functions";\nexport function* o(context: OrchestrationContext): any {\nyield context.df.Task.all([context.df.callActivity("a")] as Task[]);\n}',
      errors: [combination("Promise.all()", "Task.all()", 3, 7)],
    },
    {
      name: "type arguments, which the combination of tasks does not take",
      code: 'import { OrchestrationContext } from "durable-functions";\nexport function* o(context: OrchestrationContext): any {\nyield Promise.all<unknown>([context.df.callActivity("a")]);\n}',
      output: null,
      errors: [combination("Promise.all()", "Task.all()", 3, 7)],
    },
  ],
});
