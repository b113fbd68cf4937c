/** What `dacapo/no-captured-mutation` reports and what it leaves alone. */
import { noCapturedMutation } from "../../eslint-plugin/src/rules/no-captured-mutation.ts";
import { durableTask, functionsV4 } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected, type ValidCase } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

/** An activity on line 4, written inside an orchestrator whose locals are on line 3. */
const inside = (locals: string, step: string) =>
  `import { activity, orchestrator } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${locals}\nconst step = activity("step", async (own, x) => {\n${step}\n});\nreturn yield* ctx.callActivity(step);\n});`;

/** A module variable on line 2, an activity whose body is line 4, and an orchestrator whose body is line 7. */
const beside = (variable: string, step: string, body: string) =>
  `import { activity, orchestrator } from "dacapo";\n${variable}\nconst step = activity("step", async () => {\n${step}\n});\norchestrator("o", function* (ctx) {\n${body}\n});`;

const captured = (name: string, line: number, column: number, activity = "activity 'step'"): Expected => ({
  message: `'${name}' is changed inside ${activity}, which is skipped on replay. Return the value instead.`,
  line,
  column,
});
const report = (name: string, column = 1) => ({ output: null, errors: [captured(name, 5, column)] });

testRule("no-captured-mutation", noCapturedMutation, {
  valid: [
    { name: "a variable of the activity's own", code: inside("", "let n = 0; n += 1; return n;") },
    { name: "a parameter of the activity's own", code: inside("", "x = x ?? 1; own.seen = true; return x;") },
    { name: "a variable that shadows the outer one", code: inside("let n = 0;", "{ let n = 1; n += 1; }") },
    { name: "an outer variable that is only read", code: inside("const n = input.n;", "return n + 1;") },
    { name: "the orchestrator's own change", code: inside("let n = 0; n += 1;", "return 1;") },
    {
      name: "a callback of the orchestrator's own",
      code: inside("let n = 0; [1].forEach((x) => { n += x; });", "return 1;"),
    },
    { name: "a result that is assigned", code: inside("let n = 0; n = yield* ctx.callActivity('a');", "return 1;") },
    {
      name: "a module's counter that only activities read",
      code: beside("let count = 0;", "count += 1; return count;", "return yield* ctx.callActivity(step);"),
    },
    {
      name: "a module's client that only activities use",
      code: beside("const cache = new Map();", "cache.set('a', 1);", "return yield* ctx.callActivity(step);"),
    },
    {
      name: "a client that a factory was given",
      code: 'import { activity } from "dacapo";\nexport const make = (client) => activity("a", async () => { client.add(1); client.last = 1; });',
    },
    {
      name: "an object that was made elsewhere",
      code: beside('import { db } from "db";', "db.set('a', 1);", "return db.name;"),
    },
    {
      name: "a counter of a function that is no orchestrator",
      code: 'import { activity } from "dacapo";\nexport function setUp() { let calls = 0; return activity("a", async () => { calls += 1; return calls; }); }',
    },
    {
      name: "a member of the activity's result",
      code: inside("", "const result = { n: 0 }; result.n = 1; result.list = []; result.list.push(1); return result;"),
    },
    {
      name: "a function that is no activity",
      code: 'import { orchestrator } from "dacapo";\nlet n = 0;\nexport const f = () => { n += 1; };\norchestrator("o", () => n);',
    },
  ],
  invalid: [
    ...(
      [
        ["n = 5;", 1],
        ["n += 1;", 1],
        ["n++;", 1],
        ["--n;", 3],
        ["[n] = [1];", 2],
        ["({ n } = { n: 2 });", 4],
        ["for (n of [1]) own(n);", 6],
        ["n ??= 1;", 1],
        ["const f = () => { n = 1; }; f();", 19],
      ] as const
    ).map(([write, column]) => ({ name: write, code: inside("let n = 0;", write), ...report("n", column) })),
    { name: "a member of an outer object", code: inside("const all = { n: 0 };", "all.n = 1;"), ...report("all") },
    {
      name: "a deeper member by its computed name",
      code: inside("const all = { n: {} };", "all.n[x] = 1;"),
      ...report("all"),
    },
    { name: "a member that is deleted", code: inside("const all = { n: 0 };", "delete all.n;"), ...report("all", 8) },
    { name: "an outer list", code: inside("const list = [];", "list.push(1);"), ...report("list") },
    { name: "an outer map", code: inside("const seen = new Map();", "seen.set(1, 2);"), ...report("seen") },
    { name: "the orchestrator's own input", code: inside("", "input = null;"), ...report("input") },
    {
      name: "two variables are two reports",
      code: inside("let a = 0, b = 0;", "a = 1; b = 1;"),
      output: null,
      errors: [captured("a", 5, 1), captured("b", 5, 8)],
    },
    {
      name: "a module's variable that an orchestrator reads",
      code: beside("let count = 0;", "count += 1;", "return count;"),
      output: null,
      errors: [captured("count", 4, 1)],
    },
    {
      name: "a module's list that a helper of an orchestrator reads",
      code: beside("const list = []; const size = () => list.length;", "list.push(1);", "return size();"),
      output: null,
      errors: [captured("list", 4, 1)],
    },
    {
      name: "an activity of Durable Functions",
      code: functionsV4(
        "return total;",
        'let total = 0;\ndf.app.activity("add", { handler: (n) => { total += n; } });',
      ),
      output: null,
      errors: [captured("total", 6, 44, "activity 'add'")],
    },
    {
      name: "a function that is handed to callActivity in place",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => {\nlet n = 0;\nawait ctx.callActivity(async () => { n += 1; });\nreturn n;\n});',
      output: null,
      errors: [captured("n", 4, 38, "an activity")],
    },
  ],
});

testRuleOnTypeScript("no-captured-mutation", noCapturedMutation, {
  valid: [
    {
      name: "a typed local",
      code: inside("", "const list: string[] = []; list.push('a'); return list as readonly string[];"),
    },
  ],
  invalid: [
    {
      name: "behind a type assertion",
      code: inside("let n: number | undefined;", "(n as number) = 1;"),
      ...report("n", 2),
    },
  ],
});

const fine = (name: string, code: string): ValidCase => ({ name, code });
const wrong = (name: string, code: string, ...errors: Expected[]) => ({ name, code, output: null, errors });

const behind = (name: string, call: string, line: number, column: number, activity = "activity 'step'"): Expected => ({
  message: `'${name}' is changed by ${call} inside ${activity}, which is skipped on replay. Return the value instead.`,
  line,
  column,
});

testRule("no-captured-mutation: objects", noCapturedMutation, {
  valid: [
    fine(
      "another member than the one that orchestrators read",
      beside("const state = { hits: 0, limit: 5 };", "state.hits += 1;", "return state.limit;"),
    ),
    fine("a copy", inside("const all = { n: 0 };", "const all2 = { ...all }; all2.n = 1; return all2;")),
    fine("an object that a function gave", inside("const all = { n: 0 };", "const all2 = copy(all); all2.n = 1;")),
    fine("a client of the orchestrator's, whatever it is", inside("const client = connect();", "client.set('a', 1);")),
    fine("a name that changes what it means", inside("const all = { n: 0 };", "let t = all; t = {}; t.n = 1;")),
    fine("Object.assign to an own object", inside("const all = { n: 0 };", "return Object.assign({}, all);")),
    fine(
      "a list that only a client reads",
      functionsV4(
        'yield context.df.callActivity("a");',
        'const list = [];\ndf.app.activity("a", { handler: () => { list.push(1); } });\ndf.app.client.http("h", { handler: () => list.length });',
      ),
    ),
    fine(
      "a member of the name that orchestrators read of something else",
      beside("let n = 0;", "n += 1;", "return { n: 1 }.n + ctx.n;"),
    ),
    fine("a variable that an orchestrator only sets", beside("let n = 0;", "n += 1;", "n = 0;")),
    fine(
      "what activities remember for each other",
      functionsV4(
        'return yield context.df.callActivity("a");',
        'let client;\ndf.app.activity("a", { handler: () => (client ??= connect()) });',
      ),
    ),
  ],
  invalid: [
    wrong(
      "another name for an outer object",
      inside("const all = { n: 0 };", "const t = all; t.n = 1;"),
      captured("t", 5, 16),
    ),
    wrong("another name for the orchestrator's input", inside("", "const t = input; t.n = 1;"), captured("t", 5, 18)),
    wrong(
      "a member that orchestrators read",
      beside("const state = { hits: 0, limit: 5 };", "state.hits += 1;", "return state.hits;"),
      captured("state", 4, 1),
    ),
    wrong(
      "an object that orchestrators hand on",
      beside("const state = { hits: 0, limit: 5 };", "state.hits += 1;", 'yield* ctx.callActivity("b", state);'),
      captured("state", 4, 1),
    ),
    wrong(
      "an object that orchestrators ask",
      beside("const state = { hits: 0, get() { return this.hits; } };", "state.hits += 1;", "return state.get();"),
      captured("state", 4, 1),
    ),
    wrong("Object.assign", inside("const all = { n: 0 };", "Object.assign(all, { n: 1 });"), captured("all", 5, 1)),
    wrong(
      "a variable of the function that sets everything up, which the orchestrator reads",
      'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nexport function setUp() {\nlet count = 0;\nconst work = async () => { count += 1; };\nconst worker = new TaskHubGrpcWorker();\nworker.addActivity(work);\nworker.addOrchestrator(async function* flow(ctx) { yield ctx.callActivity(work); return count; });\n}',
      captured("count", 4, 28, "activity 'work'"),
    ),
    wrong(
      "a function that durabletask-js calls by itself",
      durableTask("let n = 0;\nconst work = async () => { n += 1; };\nyield ctx.callActivity(work);\nreturn n;"),
      captured("n", 4, 28, "activity 'work'"),
    ),
  ],
});

testRule("no-captured-mutation: functions that activities call", noCapturedMutation, {
  valid: [
    fine("called by the orchestrator", inside("let n = 0; const add = () => { n += 1; }; add();", "return 1;")),
    fine("with a variable of their own", inside("const add = () => { let n = 0; n += 1; return n; };", "add();")),
    fine(
      "with a variable that only activities read",
      beside(
        "const seen = new Map(); function remember(key) { seen.set(key, 1); }",
        "remember('a');",
        "return yield* ctx.callActivity(step);",
      ),
    ),
    fine(
      "that fill a value once for whoever asks first",
      beside("let made; function value() { return (made ??= make()); }", "return value();", "return value();"),
    ),
    fine(
      "whose inner functions change what the outer one declares",
      beside(
        "function count(list) { let n = 0; list.forEach(() => { n += 1; }); return n; }",
        "return count([1]);",
        "return count([2]);",
      ),
    ),
  ],
  invalid: [
    wrong(
      "a function of the orchestrator",
      inside("let n = 0; const add = () => { n += 1; };", "add();"),
      behind("n", "add()", 5, 1),
    ),
    wrong(
      "through another function",
      inside("const list = []; const put = (v) => list.push(v); const add = () => { put(1); };", "if (x) add();"),
      behind("list", "add()", 5, 8),
    ),
    wrong(
      "a function of the module, whose variable an orchestrator reads",
      beside(
        "const seen = new Map(); function remember(key) { seen.set(key, 1); }",
        "remember('a');",
        "return seen.get('a');",
      ),
      behind("seen", "remember()", 4, 1),
    ),
  ],
});

testRuleWithTypes("no-captured-mutation", noCapturedMutation, {
  valid: [
    {
      name: "a state of another file that only activities read",
      files: {
        "main.ts":
          'import { activity, orchestrator } from "dacapo";\nimport { remember } from "./state";\nconst step = activity("step", async () => { remember("a"); });\norchestrator("o", function* (ctx) { yield* ctx.callActivity(step, undefined); });',
        "state.ts":
          "const seen = new Map<string, number>();\nexport function remember(key: string): void { seen.set(key, 1); }\nexport function known(key: string) { return seen.has(key); }",
      },
    },
    {
      name: "a client that has the methods of a map",
      files: {
        "main.ts":
          'import { activity, orchestrator } from "dacapo";\ninterface Client { set(key: string): void }\norchestrator("o", function* (ctx, client: Client) { activity("step", async () => { client.set("a"); }); });',
      },
    },
  ],
  invalid: [
    {
      name: "a state of another file that an orchestrator asks for",
      files: {
        "main.ts":
          'import { activity, orchestrator } from "dacapo";\nimport { known, remember } from "./state";\nconst step = activity("step", async () => { remember("a"); });\norchestrator("o", function* (ctx) { yield* ctx.callActivity(step, undefined); return known("a"); });',
        "state.ts":
          "const seen = new Map<string, number>();\nexport function remember(key: string): void { seen.set(key, 1); }\nexport function known(key: string) { return seen.has(key); }",
      },
      errors: [behind("seen", "remember()", 3, 45)],
    },
    {
      name: "an object of another file",
      files: {
        "main.ts":
          'import { activity } from "dacapo";\nimport { state as shared } from "./state";\nexport const step = activity("step", async () => { shared.hits += 1; });',
        "flow.ts":
          'import { orchestrator } from "dacapo";\nimport { state } from "./state";\norchestrator("o", () => state.hits);',
        "state.ts": "export const state = { hits: 0 };",
      },
      errors: [captured("shared", 3, 52)],
    },
    {
      name: "a list that the input is",
      files: {
        "main.ts":
          'import { activity, orchestrator } from "dacapo";\norchestrator("o", function* (ctx, input: string[]) {\nactivity("step", async () => { input.push("a"); });\n});',
      },
      errors: [captured("input", 3, 32)],
    },
  ],
});
