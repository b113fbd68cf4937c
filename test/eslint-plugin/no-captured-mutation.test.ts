/** What `dacapo/no-captured-mutation` reports and what it leaves alone. */
import { noCapturedMutation } from "../../eslint-plugin/src/rules/no-captured-mutation.ts";
import { functionsV4 } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

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
