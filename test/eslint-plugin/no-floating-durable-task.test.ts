/** What `dacapo/no-floating-durable-task` reports and what it leaves alone. */
import { noFloatingDurableTask } from "../../eslint-plugin/src/rules/no-floating-durable-task.ts";
import { asyncGenerator, asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

type Frame = (body: string) => string;

const LOST = "is never waited for, so its result and its error are lost.";

/** A report with the suggestion that puts a word before the call. */
function floating(
  frame: Frame,
  body: string,
  api: string,
  word: string,
  options: { readonly line?: number; readonly column?: number; readonly fixed?: string; readonly early?: boolean } = {},
) {
  const { line = 3, column = 1, fixed, early = false } = options;
  const message = early
    ? `${api} gives a task, not its result. Write ${word} before it.`
    : `${api} ${LOST} Write ${word} before it.`;
  const output = frame(fixed ?? body.slice(0, column - 1) + `${word} ` + body.slice(column - 1));
  return {
    code: frame(body),
    output: null,
    errors: [{ message, line, column, suggestions: [{ desc: `Add ${word}.`, output }] }],
  };
}

const unread = (api: string, name: string, line: number, column: number): Expected => ({
  message: `${api} is kept in '${name}', which nothing waits for, so its result and its error are lost.`,
  line,
  column,
});

const collect = (api: string, line: number, column: number): Expected => ({
  message: `${api} ${LOST} Collect the tasks, with map() for example, and wait for all of them.`,
  line,
  column,
});

testRule("no-floating-durable-task: tasks that nobody waits for", noFloatingDurableTask, {
  valid: [
    { name: "waited for in each style", code: generator('yield* ctx.callActivity("a"); yield ctx.callActivity("a");') },
    { name: "awaited", code: asyncStyle('await ctx.callActivity("a");') },
    { name: "yielded in an async generator", code: durableTask('yield ctx.callActivity("a");') },
    {
      name: "how a task stands, which another one is waited for with",
      code: functionsV3(
        'const t = context.df.callActivity("a");\nyield context.df.callActivity("b");\nreturn t.isCompleted ? t.result : 0;',
      ),
    },
    {
      name: "a member that somebody gives the task",
      code: functionsV3('const t = context.df.callActivity("a");\nt.label = "a";\nyield t;'),
    },
    {
      name: "the standing of a task, taken out of it",
      code: functionsV3('const { isCompleted, result } = context.df.callActivity("a");\nreturn isCompleted && result;'),
    },
    { name: "returned", code: asyncStyle('return ctx.callActivity("a");') },
    { name: "the result of an arrow function", code: asyncStyle('const f = () => ctx.callActivity("a"); return f();') },
    { name: "marked by void", code: generator('void ctx.callActivity("a");') },
    {
      name: "what gives no task",
      code: functionsV4('context.df.signalEntity(id, "add"); context.df.setCustomStatus(1);'),
    },
    { name: "what ends the execution", code: functionsV4("context.df.continueAsNew(1);") },
    { name: "an event that is sent", code: durableTask('ctx.sendEvent("id", "name", 1);') },
    {
      name: "a task that is yielded later",
      code: functionsV3(
        'const t = context.df.callActivity("a");\nyield context.df.callActivity("b");\nreturn yield t;',
      ),
    },
    {
      name: "tasks that are collected and yielded together",
      code: functionsV3(
        'const tasks = [];\nfor (const x of [1, 2]) tasks.push(context.df.callActivity("a", x));\nyield context.df.Task.all(tasks);',
      ),
    },
    {
      name: "tasks that are mapped and yielded together",
      code: functionsV4(
        'const tasks = [1].map((x) => context.df.callActivity("a", x));\nyield context.df.Task.all(tasks);',
      ),
    },
    {
      name: "a list of tasks by index",
      code: functionsV4(
        'const tasks = [];\ntasks[0] = context.df.callActivity("a");\nyield context.df.Task.all(tasks);',
      ),
    },
    {
      name: "a timer that loses against an event and is cancelled",
      code: functionsV4(
        'const event = context.df.waitForExternalEvent("e");\nconst timer = context.df.createTimer(at());\nconst winner = yield context.df.Task.any([event, timer]);\nif (winner === event) timer.cancel();',
        "const at = () => new Date(0);",
      ),
    },
    {
      name: "a continuation that another rule reports",
      code: asyncStyle('ctx.callActivity("a").then((x) => x);'),
    },
    { name: "a task in an object", code: generator('const all = { a: ctx.callActivity("a") };\nreturn yield* all.a;') },
    { name: "a task that is handed to a helper", code: generator('collect(ctx.callActivity("a"));') },
    { name: "a task that is assigned and then read", code: generator('let t;\nt = ctx.callActivity("a");\nyield* t;') },
    {
      name: "a task that a nested function reads",
      code: asyncStyle('const t = ctx.callActivity("a");\nconst f = async () => await t;\nreturn f();'),
    },
    {
      name: "a condition between tasks",
      code: generator('const t = input ? ctx.callActivity("a") : ctx.callActivity("b");\nyield t;'),
    },
    {
      name: "a promise made of tasks",
      code: asyncStyle('await Promise.all(input.map((x) => ctx.callActivity("a", x)));'),
    },
    {
      name: "an async helper that is awaited",
      code: asyncStyle("await charge(ctx);", 'async function charge(c) { await c.callActivity("a"); }'),
    },
    {
      name: "an async helper without durable work",
      code: asyncStyle("log(1);", "async function log(x) { return x; }"),
    },
    { name: "a destructured literal of tasks", code: generator('const [a] = [ctx.callActivity("a")];\nyield a;') },
    {
      name: "a task that is compared later",
      code: generator('const t = ctx.callActivity("a");\nreturn t.isCompleted;'),
    },
    { name: "a lock of something else", code: generator("mutex.lock(1);", "const mutex = { lock() {} };") },
    {
      name: "a lock of a parameter that is no context",
      code: generator("f(input);", "function f(mutex) { mutex.lock(); }"),
    },
    { name: "code that is no orchestrator", code: 'export const f = (ctx) => { ctx.callActivity("a"); };' },
    {
      name: "an activity beside an orchestrator",
      code: functionsV4("return 1;", 'df.app.activity("a", { handler: (c) => { c.callActivity("b"); } });'),
    },
  ],
  invalid: [
    {
      name: "a response that is read and was never waited for",
      code: functionsV3('const response = context.df.callHttp("GET", "x");\nif (response.statusCode >= 400) return 1;'),
      output: null,
      errors: [
        {
          ...unread("context.df.callHttp()", "response", 3, 18),
          suggestions: [
            {
              desc: "Add yield.",
              output: functionsV3(
                'const response = yield context.df.callHttp("GET", "x");\nif (response.statusCode >= 400) return 1;',
              ),
            },
          ],
        },
      ],
    },
    {
      name: "a result that is taken out of the task",
      ...floating(
        functionsV4,
        'const { status } = context.df.callActivity("a");',
        "context.df.callActivity()",
        "yield",
        {
          column: 20,
          early: true,
        },
      ),
    },
    { name: "a statement, Dacapo", ...floating(generator, 'ctx.callActivity("a");', "ctx.callActivity()", "yield*") },
    { name: "a statement, async", ...floating(asyncStyle, 'ctx.callActivity("a");', "ctx.callActivity()", "await") },
    {
      name: "a statement, async generator",
      ...floating(asyncGenerator, "ctx.createTimer({ hours: 1 });", "ctx.createTimer()", "yield*"),
    },
    {
      name: "a statement, durabletask-js",
      ...floating(durableTask, 'ctx.waitForExternalEvent("e");', "ctx.waitForExternalEvent()", "yield"),
    },
    {
      name: "a statement, Durable Functions v4",
      ...floating(
        functionsV4,
        'context.df.callActivityWithRetry("a", r);',
        "context.df.callActivityWithRetry()",
        "yield",
      ),
    },
    {
      name: "a statement, Durable Functions v3",
      ...floating(functionsV3, 'context.df.callSubOrchestrator("b");', "context.df.callSubOrchestrator()", "yield"),
    },
    {
      name: "a call of an entity, of which only a signal may be forgotten",
      ...floating(functionsV3, 'context.df.callEntity(id, "get");', "context.df.callEntity()", "yield"),
    },
    {
      name: "a call over HTTP",
      ...floating(functionsV4, 'context.df.callHttp({ method: "GET" });', "context.df.callHttp()", "yield"),
    },
    {
      name: "a call over HTTP in Dacapo",
      ...floating(generator, "ctx.callHttp(input);", "ctx.callHttp()", "yield*"),
    },
    {
      name: "a combination of tasks",
      ...floating(
        functionsV4,
        'context.df.Task.all([context.df.callActivity("a")]);',
        "context.df.Task.all()",
        "yield",
      ),
    },
    {
      name: "behind a condition",
      ...floating(generator, 'input && ctx.callActivity("a");', "ctx.callActivity()", "yield*", {
        column: 10,
        fixed: 'input && (yield* ctx.callActivity("a"));',
      }),
    },
    {
      name: "a context under another name",
      ...floating(functionsV4, 'const { df: d } = context; d.callActivity("a");', "d.callActivity()", "yield", {
        column: 28,
      }),
    },
    {
      name: "a helper that only makes tasks",
      ...floating(generator, 'const go = (x) => ctx.callActivity("a", x); go(1);', "go()", "yield*", { column: 45 }),
    },
    {
      name: "an async helper that works durably",
      ...floating(
        (body) => asyncStyle(body, 'async function charge(c) { await c.callActivity("a"); }'),
        "charge(ctx);",
        "charge()",
        "await",
      ),
    },
    {
      name: "a promise made of tasks",
      ...floating(asyncStyle, 'Promise.all(input.map((x) => ctx.callActivity("a", x)));', "Promise.all()", "await"),
    },
    {
      name: "a condition that is always true",
      ...floating(generator, 'if (ctx.callActivity("a")) return 1;', "ctx.callActivity()", "yield*", {
        column: 5,
        early: true,
      }),
    },
    {
      name: "the negation of a task",
      ...floating(functionsV4, 'return !context.df.callActivity("a");', "context.df.callActivity()", "yield", {
        column: 9,
        early: true,
        fixed: 'return !(yield context.df.callActivity("a"));',
      }),
    },
    {
      name: "a task in a text",
      ...floating(asyncStyle, 'return `${ctx.callActivity("a")}`;', "ctx.callActivity()", "await", {
        column: 11,
        early: true,
      }),
    },
    {
      name: "a task that is taken apart",
      ...floating(functionsV3, 'const [a] = context.df.callActivity("a");', "context.df.callActivity()", "yield", {
        column: 13,
        early: true,
      }),
    },
    {
      name: "a task that is iterated",
      ...floating(
        functionsV4,
        'for (const x of context.df.callActivity("a")) f(x);',
        "context.df.callActivity()",
        "yield",
        {
          column: 17,
          early: true,
        },
      ),
    },
  ],
});

testRule("no-floating-durable-task: tasks that are kept and forgotten", noFloatingDurableTask, {
  valid: [],
  invalid: [
    {
      name: "in a constant that nothing reads",
      code: generator('const t = ctx.callActivity("a");'),
      output: null,
      errors: [
        {
          ...unread("ctx.callActivity()", "t", 3, 11),
          suggestions: [{ desc: "Add yield*.", output: generator('const t = yield* ctx.callActivity("a");') }],
        },
      ],
    },
    {
      name: "a timer that is only cancelled",
      code: functionsV4("const timer = context.df.createTimer(new Date(0));\ntimer.cancel();"),
      output: null,
      errors: [
        {
          ...unread("context.df.createTimer()", "timer", 3, 15),
          suggestions: [
            {
              desc: "Add yield.",
              output: functionsV4("const timer = yield context.df.createTimer(new Date(0));\ntimer.cancel();"),
            },
          ],
        },
      ],
    },
    {
      name: "in a constant that is only compared",
      code: durableTask(
        "const timer = ctx.createTimer(1);\nconst winner = whenAny([timer]);\nif (winner == timer) return 1;",
      ).replace("TaskHubGrpcWorker }", "TaskHubGrpcWorker, whenAny }"),
      output: null,
      errors: [
        {
          ...unread("whenAny()", "winner", 4, 16),
          suggestions: [
            {
              desc: "Add yield.",
              output: durableTask(
                "const timer = ctx.createTimer(1);\nconst winner = yield whenAny([timer]);\nif (winner == timer) return 1;",
              ).replace("TaskHubGrpcWorker }", "TaskHubGrpcWorker, whenAny }"),
            },
          ],
        },
      ],
    },
    {
      name: "in a list that only grows",
      code: functionsV3(
        'const tasks = [];\nfor (const x of [1]) tasks.push(context.df.callActivity("a", x));\nreturn 1;',
      ),
      output: null,
      errors: [unread("context.df.callActivity()", "tasks", 4, 33)],
    },
    {
      name: "in a list made by map",
      code: asyncStyle('const tasks = input.map((x) => ctx.callActivity("a", x));'),
      output: null,
      errors: [unread("ctx.callActivity()", "tasks", 3, 32)],
    },
    {
      name: "by forEach",
      code: functionsV4('[1].forEach((x) => context.df.callActivity("a", x));'),
      output: null,
      errors: [collect("context.df.callActivity()", 3, 20)],
    },
    {
      name: "by forEach, in a block",
      code: generator('input.forEach((x) => { ctx.callActivity("a", x); });'),
      output: null,
      errors: [collect("ctx.callActivity()", 3, 24)],
    },
    {
      name: "by map whose list nobody takes",
      code: generator('input.map((x) => ctx.callActivity("a", x));'),
      output: null,
      errors: [collect("ctx.callActivity()", 3, 18)],
    },
    {
      name: "by forEach with an async function",
      code: asyncStyle('input.forEach(async (x) => { await ctx.callActivity("a", x); });'),
      output: null,
      errors: [
        {
          message:
            "forEach() does not wait for an async function. Use a for-of loop, or map() and wait for all of them.",
          line: 3,
          column: 15,
        },
      ],
    },
    {
      name: "in a helper, reported at its call",
      code: generator("step(ctx);", 'const step = (c) => { c.callActivity("a"); };'),
      output: null,
      errors: [
        {
          message: `Calls step() -> c.callActivity() (input.ts:5). c.callActivity() ${LOST} Collect the tasks, with map() for example, and wait for all of them.`,
          line: 3,
          column: 1,
        },
      ],
    },
    {
      name: "in a helper that is orchestrator code itself, reported there alone",
      ...floating(
        (body) => generator("yield* step(ctx);", `function* step(c) {\n${body}\n}`),
        'c.callActivity("a");',
        "c.callActivity()",
        "yield*",
        { line: 6 },
      ),
    },
  ],
});

testRuleOnTypeScript("no-floating-durable-task", noFloatingDurableTask, {
  valid: [
    {
      name: "a task behind a type assertion",
      code: 'import type { OrchestrationContext } from "@microsoft/durabletask-js";\nexport async function* o(ctx: OrchestrationContext): any { return (yield (ctx.callActivity("a") as Task<number>)) as number; }',
    },
    {
      name: "tasks of a typed list",
      code: 'import { OrchestrationContext, Task } from "durable-functions";\nexport function* o(context: OrchestrationContext) {\n  const tasks: Task[] = [];\n  tasks.push(context.df.callActivity("a"));\n  return yield context.df.Task.all(tasks);\n}',
    },
  ],
  invalid: [
    {
      name: "a function recognised by its type",
      code: 'import { OrchestrationContext } from "durable-functions";\nexport function* o(context: OrchestrationContext) {\n(context.df!.callActivity("a") as unknown);\n}',
      output: null,
      errors: [
        {
          message: `context.df!.callActivity() ${LOST} Write yield before it.`,
          line: 3,
          column: 2,
          suggestions: [
            {
              desc: "Add yield.",
              output:
                'import { OrchestrationContext } from "durable-functions";\nexport function* o(context: OrchestrationContext) {\nyield (context.df!.callActivity("a") as unknown);\n}',
            },
          ],
        },
      ],
    },
  ],
});
