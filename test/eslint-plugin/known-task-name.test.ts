/** What `dacapo/known-task-name` reports: calls by a name that is provably nobody's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Linter } from "eslint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { knownTaskName } from "../../eslint-plugin/src/rules/known-task-name.ts";
import { functionsV4 } from "./frames.ts";
import { testRule, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { reportsOf } from "./typed-program.ts";

const fine = (name: string, code: string): ValidCase => ({ name, code });

const near = (kind: string, name: string, meant: string) =>
  `No ${kind} '${name}' is registered. Did you mean '${meant}'?`;
const unknown = (kind: string, name: string) => `No ${kind} '${name}' is registered. Register it, or call one that is.`;

/** A case with one report of a misspelt literal, which the suggestion puts right. */
function misspelt(
  name: string,
  code: string,
  at: { readonly line: number; readonly column: number },
  kind: string,
  written: string,
  meant: string,
): InvalidCase {
  const lines = code.split("\n");
  const line = lines[at.line - 1] ?? "";
  lines[at.line - 1] = line.slice(0, at.column) + meant + line.slice(at.column + written.length);
  const suggestions = [{ desc: `Call '${meant}'.`, output: lines.join("\n") }];
  return { name, code, output: null, errors: [{ ...at, message: near(kind, written, meant), suggestions }] };
}

/** Code of Durable Functions that registers two activities and an orchestrator, whose body begins on line 4. */
const app = (body: string, before = "") =>
  `const df = require("durable-functions");${before}\n` +
  'df.app.activity("charge", { handler: () => 1 }); df.app.activity("refund", { handler: () => 2 });\n' +
  `df.app.orchestration("flow", function* (context) {\n${body}\n});`;

/** The same for a worker that nothing else can reach. */
const worker = (body: string, after = "") =>
  'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n' +
  "async function charge() {}\n" +
  `async function* flow(ctx) {\n${body}\n}\n` +
  `const worker = new TaskHubGrpcWorker();\nworker.addActivity(charge);\nworker.addOrchestrator(flow);${after}`;

testRule("known-task-name: one file", knownTaskName, {
  valid: [
    fine(
      "the registered names",
      app('yield context.df.callActivity("charge");\nyield context.df.callActivity("refund");'),
    ),
    fine(
      "a constant that is a registered name",
      app("yield context.df.callActivity(CHARGE);", ' const CHARGE = "charge";'),
    ),
    fine("a name that is only known at run time", app("yield context.df.callActivity(context.df.getInput());")),
    fine(
      "a name of another kind, of which nothing is registered",
      app('yield context.df.callEntity(new df.EntityId("counter", "1"), "add");'),
    ),
    fine(
      "a sub-orchestration in a helper of the only orchestrator",
      'import * as df from "durable-functions";\ndf.app.orchestration("flow", function* (context) { yield* turn(context); });\n' +
        'function* turn(context) { yield context.df.callSubOrchestrator("child"); }',
    ),
    fine(
      "a sub-orchestration, where the only orchestrator is the caller",
      app('yield context.df.callSubOrchestrator("child");'),
    ),
    fine(
      "an activity, where none is registered",
      'import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx) { yield* ctx.callActivity("a"); });',
    ),
    fine(
      "an activity, where the host names some",
      'const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) { yield context.df.callActivity("a"); });',
    ),
    fine(
      "other names, where one is computed",
      app('yield context.df.callActivity("chrage");', " df.app.activity(process.argv[2], { handler: f });"),
    ),
    fine(
      "more strange names than known ones",
      app(
        'yield context.df.callActivity("one");\nyield context.df.callActivity("two");\nyield context.df.callActivity("three");',
      ),
    ),
    fine(
      "a strange name beside imports of other files",
      app('yield context.df.callActivity("ship");', ' require("./shipping.js");'),
    ),
    fine(
      "the next of a series, beside imports of other files",
      `const df = require("durable-functions"); require("./more.js");\ndf.app.activity("step1", { handler: f });\ndf.app.orchestration("o", function* (context) { yield context.df.callActivity("step2"); });`,
    ),
    fine("an event, which nobody registers", app('yield context.df.waitForExternalEvent("approvd");')),
    fine("what is no context", app('return helper.callActivity(1) + other().callActivity("chrage");')),
    fine("a function, by the name that it is registered under", worker("yield ctx.callActivity(charge);")),
    fine("a worker that is exported", worker('yield ctx.callActivity("chrage");', "\nexport { worker };")),
    fine("a worker that is passed on", worker('yield ctx.callActivity("chrage");', "\nregisterMore(worker);")),
    fine(
      "a worker whose method is taken",
      worker('yield ctx.callActivity("chrage");', "\nconst add = worker.addActivity.bind(worker);"),
    ),
    fine("a worker that is stored", worker('yield ctx.callActivity("chrage");', "\nglobalThis.workers = [worker];")),
    fine(
      "a worker that comes from a parameter",
      'import "@microsoft/durabletask-js";\nexport function register(w) {\n  w.addNamedActivity("charge", f);\n  w.addOrchestrator(async function* flow(ctx) { yield ctx.callActivity("chrage"); });\n}',
    ),
    fine(
      "an entity, whatever the case of its name",
      app('yield context.df.callEntity(new df.EntityId("Counter", "1"), "add");', ' df.app.entity("counter", f);'),
    ),
    fine("an app that other code gets", app('yield context.df.callActivity("chrage");', " install(df.app);")),
    fine(
      "definitions that come from a package",
      'import { activity, orchestrator, TaskHub } from "dacapo";\nimport { more } from "more";\nconst a = activity("charge", async () => 1);\nconst o = orchestrator("o", function* (ctx) { yield* ctx.callActivity("chrage"); });\nTaskHub.open({ register: [a, o, ...more] });',
    ),
  ],
  invalid: [
    misspelt(
      "two letters that changed places",
      app('yield context.df.callActivity("chrage");'),
      { line: 4, column: 31 },
      "activity",
      "chrage",
      "charge",
    ),
    misspelt(
      "the case of a name",
      app('yield context.df.callActivity("Charge", 1);'),
      { line: 4, column: 31 },
      "activity",
      "Charge",
      "charge",
    ),
    misspelt(
      "the name before the options of a retry",
      app('yield context.df.callActivityWithRetry("refnd", retry, 1);'),
      { line: 4, column: 40 },
      "activity",
      "refnd",
      "refund",
    ),
    misspelt(
      "a misspelt name beside imports of other files",
      app('yield context.df.callActivity("chargee");', ' require("./more.js");'),
      { line: 4, column: 31 },
      "activity",
      "chargee",
      "charge",
    ),
    misspelt(
      "a sub-orchestration",
      app('yield context.df.callSubOrchestrator("chidl");', ' df.app.orchestration("child", function* () {});'),
      { line: 4, column: 38 },
      "orchestrator",
      "chidl",
      "child",
    ),
    misspelt(
      "an entity that is called",
      app(
        'const id = new df.EntityId("conter", "1");\nyield context.df.callEntity(id, "add");',
        ' df.app.entity("counter", f);',
      ),
      { line: 4, column: 28 },
      "entity",
      "conter",
      "counter",
    ),
    misspelt(
      "an entity that is signalled",
      app('context.df.signalEntity(new df.EntityId("countr", "1"), "add");', ' df.app.entity("counter", f);'),
      { line: 4, column: 41 },
      "entity",
      "countr",
      "counter",
    ),
    misspelt(
      "a task among others",
      app('yield context.df.Task.all([1, 2].map((n) => context.df.callActivity("refunds", n)));'),
      { line: 4, column: 69 },
      "activity",
      "refunds",
      "refund",
    ),
    misspelt(
      "an activity of a worker",
      worker('yield ctx.callActivity("chage");', "\nawait worker.start();"),
      { line: 4, column: 24 },
      "activity",
      "chage",
      "charge",
    ),
    {
      name: "a constant, which nobody but its author can rename",
      code: app("yield context.df.callActivity(CHARGE);", ' const CHARGE = "charg";'),
      output: null,
      errors: [{ line: 4, column: 31, message: near("activity", "charg", "charge") }],
    },
    {
      name: "a name that is like no other",
      code: app('yield context.df.callActivity("ship");'),
      output: null,
      errors: [{ line: 4, column: 31, message: unknown("activity", "ship") }],
    },
    {
      name: "a function that is not registered",
      code: worker("yield ctx.callActivity(shipOrder);", "\nasync function shipOrder() {}"),
      output: null,
      errors: [{ line: 4, column: 24, message: unknown("activity", "shipOrder") }],
    },
    {
      name: "a name in a helper that is orchestrator code by what it does, in the helper",
      code: app("yield* pay(context);", "\nfunction* pay({ df }) { yield df.callActivity('chrage'); }"),
      output: null,
      errors: [
        {
          line: 2,
          column: 47,
          message: near("activity", "chrage", "charge"),
          suggestions: [
            {
              desc: "Call 'charge'.",
              output: app("yield* pay(context);", "\nfunction* pay({ df }) { yield df.callActivity('charge'); }"),
            },
          ],
        },
      ],
    },
  ],
});

/** The orchestrators of a program whose activities are in another file. */
const flow = (name: string) => ({
  "flow.ts": `import * as df from "durable-functions";\ndf.app.orchestration("flow", function* (context) {\n  yield context.df.callActivity("${name}");\n});\n`,
});

const activities = {
  "activities.ts": 'import * as df from "durable-functions";\ndf.app.activity("charge", { handler: () => 1 });\n',
};

describe("known-task-name: several files", () => {
  it("knows the names that other files of the program register", () => {
    expect(reportsOf("known-task-name", { ...flow("charge"), ...activities })).toEqual([]);
  });

  it("reports a name that no file registers, with the program's nearest", () => {
    const at = { file: "flow.ts", line: 3, column: 33 };
    expect(reportsOf("known-task-name", { ...flow("charges"), ...activities })).toEqual([
      { ...at, message: near("activity", "charges", "charge"), suggested: [flow("charge")["flow.ts"]] },
    ]);
    expect(reportsOf("known-task-name", { ...flow("ship"), ...activities })).toEqual([
      { ...at, message: unknown("activity", "ship"), suggested: undefined },
    ]);
  });

  it("is silent where an import leads out of sight", () => {
    const more = { "more.ts": 'import "./shipping.ts";\nimport "durable-functions";\n' };
    expect(reportsOf("known-task-name", { ...flow("ship"), ...activities, ...more })).toEqual([]);
  });

  it("is silent where another file registers under a computed name", () => {
    const more = {
      "more.ts":
        'import * as df from "durable-functions";\nfor (const n of ["a", "b"]) df.app.activity(n, { handler: () => n });\n',
    };
    expect(reportsOf("known-task-name", { ...flow("ship"), ...activities, ...more })).toEqual([]);
  });

  it("reports a helper's call in another file where the orchestrator calls the helper", () => {
    const files = {
      ...activities,
      "helper.ts": "export function* pay(context: any) { yield context.df.callActivity('chrage'); }\n// durable\n",
      "main.ts":
        'import * as df from "durable-functions";\nimport { pay } from "./helper.ts";\ndf.app.orchestration("main", function* (context) {\n  yield* pay(context);\n});\n',
    };
    expect(reportsOf("known-task-name", files)).toEqual([
      {
        file: "main.ts",
        line: 4,
        column: 10,
        message: `Calls pay() -> callActivity("chrage") (helper.ts:1). ${near("activity", "chrage", "charge")}`,
      },
    ]);
  });
});

describe("known-task-name: a file without types", () => {
  let folder = "";
  const code = (name: string) => functionsV4(`yield context.df.callActivity("${name}");`, APP);
  const APP = 'df.app.activity("charge", { handler: () => 1 });';
  const lint = (name: string) => {
    const plugins = { dacapo: { rules: { "known-task-name": knownTaskName } } };
    const config = [{ plugins, rules: { "dacapo/known-task-name": "error" } }] as const;
    const found = new Linter({ cwd: folder }).verify(code(name), [...config], {
      filename: path.join(folder, "flow.js"),
    });
    return found.map(({ message }) => message);
  };

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "dacapo-names-"));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is all there is where nothing is stored", () => {
    expect(lint("ship")).toEqual([unknown("activity", "ship")]);
  });

  it("may have others beside it that register on the same app, so that only a misspelling is proven", () => {
    writeFileSync(path.join(folder, "flow.js"), code("ship"));
    expect(lint("ship")).toEqual([]);
    expect(lint("chrage")).toEqual([near("activity", "chrage", "charge")]);
  });
});
