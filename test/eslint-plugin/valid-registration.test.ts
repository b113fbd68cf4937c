/** What `dacapo/valid-registration` reports: names and functions without which nobody can call what is registered. */
import { expect, it } from "vitest";

import { validRegistration } from "../../eslint-plugin/src/rules/valid-registration.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { reportsOf } from "./typed-program.ts";

const DACAPO = 'import { activity, entity, orchestrator } from "dacapo";\n';
const FUNCTIONS = 'const df = require("durable-functions");\n';
const WORKER =
  'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nconst worker = new TaskHubGrpcWorker();\n' +
  "async function work() {}\n";

const fine = (name: string, code: string): ValidCase => ({ name, code });

/** A case with one report; lines count from the first of the whole code. */
const wrong = (name: string, code: string, line: number, column: number, message: string): InvalidCase => ({
  name,
  code,
  output: null,
  errors: [{ line, column, message }],
});

const blank = (kind: string) => `The name of this ${kind} is blank. Give it the name that callers use.`;
const noName = (kind: string, text: string) =>
  `This ${kind} needs a name, and got ${text}. Pass the name that callers use as a string.`;
const twice = (kind: string, name: string, where: string) =>
  `The ${kind} '${name}' is already registered ${where}. Give one of the two another name.`;
const anonymous = (kind: string, method: string) =>
  `This ${kind} would take its name from a function that has none. Name it with ${method}.`;

testRule("valid-registration: names", validRegistration, {
  valid: [
    fine("a name and a function", `${DACAPO}orchestrator("flow", (ctx) => 1);\nactivity("work", async () => 1);`),
    fine("a name that is a constant", `${DACAPO}const NAME = "flow";\norchestrator(NAME, (ctx) => 1);`),
    fine(
      "a name that is only known at run time",
      `${FUNCTIONS}df.app.activity(process.argv[2], { handler: () => 1 });`,
    ),
    fine("a name out of a map", `${FUNCTIONS}for (const [name, f] of all) df.app.activity(name, { handler: f });`),
    fine("a name with a space inside", `${DACAPO}activity("send mail", async () => 1);`),
    fine(
      "a blank name of something else",
      `import "dacapo";\nconst orchestrator = (n, f) => f;\norchestrator("", null);`,
    ),
    fine(
      "a blank name of another library's app",
      'import { app } from "@azure/functions";\nimport "dacapo";\napp.http("", {});',
    ),
    fine("arguments behind a spread", `${DACAPO}orchestrator(...parts);\norchestrator("a", ...parts);`),
    fine(
      "a v3 orchestrator, which the host names",
      `${FUNCTIONS}module.exports = df.orchestrator(function* (context) {});`,
    ),
    fine(
      "another library's registry",
      'import "dacapo";\nregistry.addActivity(() => 1);\nregistry.registerActivity(null);',
    ),
  ],
  invalid: [
    wrong("an empty name", `${DACAPO}orchestrator("", (ctx) => 1);`, 2, 14, blank("orchestrator")),
    wrong("a name of spaces", `${DACAPO}entity(" \\t", class {});`, 2, 8, blank("entity")),
    wrong(
      "an empty constant",
      `${FUNCTIONS}const NAME = "";\ndf.app.activity(NAME, { handler: () => 1 });`,
      3,
      17,
      blank("activity"),
    ),
    wrong(
      "a name with a space at its end",
      `${FUNCTIONS}df.app.activity("work ", { handler: () => 1 });`,
      2,
      17,
      "The name \"work \" of this activity begins or ends with white space. Write 'work'.",
    ),
    wrong(
      "a function where the name belongs",
      `${FUNCTIONS}df.app.orchestration(() => 1);`,
      2,
      22,
      noName("orchestrator", "() => 1"),
    ),
    wrong(
      "undefined as a name",
      `${DACAPO}activity(undefined, async () => 1);`,
      2,
      10,
      noName("activity", "undefined"),
    ),
    wrong("a number as a name", `${DACAPO}activity(7, async () => 1);`, 2, 10, noName("activity", "7")),
    wrong("nothing at all", `${DACAPO}orchestrator();`, 2, 1, noName("orchestrator", "nothing")),
    wrong(
      "a name from a function without one",
      `${WORKER}worker.addActivity(async () => 1);`,
      4,
      8,
      anonymous("activity", "addNamedActivity"),
    ),
    wrong(
      "a name from a function that another one makes",
      `${WORKER}const make = (n) => async function* (ctx) { yield ctx.createTimer(n); };\nworker.addOrchestrator(make(1));`,
      5,
      8,
      anonymous("orchestrator", "addNamedOrchestrator"),
    ),
    wrong(
      "a name from a bound function",
      `${WORKER}worker.addActivity(work.bind(null));`,
      4,
      8,
      "This activity would be registered as 'bound work', after a bound function. Name it with addNamedActivity.",
    ),
  ],
});

testRule("valid-registration: functions", validRegistration, {
  valid: [
    fine("a function from elsewhere", `${DACAPO}import { flow } from "./flow.js";\norchestrator("flow", flow);`),
    fine("what a call gives", `${DACAPO}orchestrator("flow", traced((ctx) => 1));`),
    fine(
      "an options object from elsewhere",
      `${FUNCTIONS}df.app.activity("work", options);\ndf.app.activity("b", { ...o });`,
    ),
    fine("an options object with a method", `${FUNCTIONS}df.app.activity("work", { handler() { return 1; } });`),
    fine("an options object with a computed key", `${FUNCTIONS}df.app.activity("work", { [key]: () => 1 });`),
    fine("an orchestration that is the function itself", `${FUNCTIONS}df.app.orchestration("flow", function* () {});`),
    fine("a class", `${DACAPO}entity("counter", class { add() {} });`),
    fine("a variable that gets its function later", `${DACAPO}let f;\nif (a) f = () => 1;\norchestrator("flow", f);`),
    fine(
      "a worker's own name of a constant",
      `${WORKER}const flow = async function* () {};\nworker.addOrchestrator(flow);`,
    ),
    fine("a worker's entity, with its name first", `${WORKER}worker.addEntity("counter", () => new Counter());`),
    fine("a worker's method as an orchestrator", `${WORKER}worker.addOrchestrator(flows.first);`),
  ],
  invalid: [
    wrong(
      "no function",
      `${DACAPO}orchestrator("flow");`,
      2,
      14,
      "The orchestrator 'flow' needs a function, and got nothing.",
    ),
    wrong(
      "undefined",
      `${WORKER}worker.addNamedActivity("work", undefined);`,
      4,
      33,
      "The activity 'work' needs a function, and got undefined.",
    ),
    wrong(
      "null under a name",
      `${DACAPO}const none = null;\nactivity("work", none);`,
      3,
      18,
      "The activity 'work' needs a function, and got none.",
    ),
    wrong(
      "an object without a handler",
      `${FUNCTIONS}df.app.activity("work", { retry: 3 });`,
      2,
      25,
      "The activity 'work' needs a function, and got { retry: 3 }.",
    ),
    wrong(
      "a handler that is none",
      `${FUNCTIONS}df.app.entity("e", { handler: "e.js" });`,
      2,
      20,
      "The entity 'e' needs a function, and got { handler: \"e.js\" }.",
    ),
    wrong(
      "no function for v3",
      `${FUNCTIONS}module.exports = df.orchestrator();`,
      2,
      21,
      "This orchestrator needs a function, and got nothing.",
    ),
  ],
});

testRule("valid-registration: one name twice", validRegistration, {
  valid: [
    fine("one name for two kinds", `${WORKER}worker.addNamedActivity("a", work);\nworker.addNamedEntity("a", work);`),
    fine(
      "names that differ in case on a worker",
      `${WORKER}worker.addNamedActivity("a", work);\nworker.addNamedActivity("A", work);`,
    ),
    fine(
      "two versions",
      `${WORKER}worker.addNamedOrchestrator("a", work, "1");\nworker.addNamedOrchestrator("a", work, "2");`,
    ),
    fine(
      "two workers",
      `${WORKER}worker.addNamedActivity("a", work);\nnew TaskHubGrpcWorker().addNamedActivity("a", work);`,
    ),
    fine(
      "two branches",
      `${FUNCTIONS}if (a) df.app.activity("a", { handler: f });\nelse df.app.activity("a", { handler: g });`,
    ),
    fine(
      "a branch and what follows it",
      `${FUNCTIONS}if (a) df.app.activity("a", { handler: f });\ndf.app.activity("a", { handler: g });`,
    ),
    fine(
      "an attempt and its fallback",
      `${FUNCTIONS}try { df.app.activity("a", { handler: f }); } catch { df.app.activity("a", { handler: g }); }`,
    ),
    fine(
      "two functions",
      `${FUNCTIONS}const one = () => df.app.activity("a", { handler: f });\nconst two = () => df.app.activity("a", { handler: g });`,
    ),
    fine(
      "the elements of a list",
      `${FUNCTIONS}for (const n of names) df.app.activity(n, { handler: f });\ndf.app.activity("a", { handler: f });`,
    ),
    fine(
      "a worker that is replaced",
      `${WORKER}let w = worker;\nw.addNamedActivity("a", work);\nw = make();\nw.addNamedActivity("a", work);`,
    ),
  ],
  invalid: [
    wrong(
      "two definitions",
      `${DACAPO}activity("a", async () => 1);\nactivity("a", async () => 2);`,
      3,
      10,
      twice("activity", "a", "on line 2"),
    ),
    wrong(
      "names that differ in case only, for the host",
      `${FUNCTIONS}df.app.activity("Work", { handler: f });\ndf.app.activity("work", { handler: g });`,
      3,
      17,
      twice("activity", "work", "on line 2"),
    ),
    wrong(
      "names of functions",
      `${WORKER}worker.addActivity(work);\nworker.addActivity(work);`,
      5,
      8,
      twice("activity", "work", "on line 4"),
    ),
    wrong(
      "a chain of a builder",
      `${WORKER}builder()\n  .addNamedActivity("a", work)\n  .addNamedActivity("a", work);\nfunction builder() { return new TaskHubGrpcWorker(); }\nworker.addNamedActivity("b", work).addNamedActivity("b", work);`,
      8,
      53,
      twice("activity", "b", "on line 8"),
    ),
    wrong(
      "what follows in a branch",
      `${FUNCTIONS}df.app.activity("a", { handler: f });\nif (b) df.app.activity("a", { handler: g });`,
      3,
      24,
      twice("activity", "a", "on line 2"),
    ),
    wrong(
      "a worker that is a parameter",
      `${WORKER}export function register(w) {\n  w.addNamedActivity("a", work);\n  w.addNamedActivity("a", work);\n}`,
      6,
      22,
      twice("activity", "a", "on line 5"),
    ),
  ],
});

testRuleOnTypeScript("valid-registration: in TypeScript", validRegistration, {
  valid: [
    fine("a name that an assertion carries", `${DACAPO}orchestrator("flow" as const, ((ctx) => 1) satisfies unknown);`),
    fine("a handler that is declared", `${DACAPO}declare const flow: () => void;\norchestrator("flow", flow);`),
    fine("an enumerated name", `${DACAPO}enum Name { Flow = "flow" }\norchestrator(Name.Flow, (ctx: any) => 1);`),
  ],
  invalid: [
    wrong(
      "an enumerated name that is empty",
      `${DACAPO}enum Name { Flow = "" }\norchestrator(Name.Flow, (ctx: any) => 1);`,
      3,
      14,
      blank("orchestrator"),
    ),
    wrong(
      "null under an assertion",
      `${DACAPO}activity("work", null as never);`,
      2,
      18,
      "The activity 'work' needs a function, and got null as never.",
    ),
  ],
});

it("valid-registration: a name that another file of the app registers is reported at the second", () => {
  const files = {
    "first.ts": 'import * as df from "durable-functions";\ndf.app.activity("work", { handler: () => 1 });\n',
    "second.ts": 'import * as df from "durable-functions";\n\ndf.app.activity("work", { handler: () => 2 });\n',
  };
  expect(reportsOf("valid-registration", files)).toEqual([
    { file: "second.ts", line: 3, column: 17, message: twice("activity", "work", "in first.ts:2") },
  ]);
});

it("valid-registration: definitions of two files may belong to two hubs", () => {
  const definition = 'import { activity } from "dacapo";\nexport const work = activity("work", async () => 1);\n';
  expect(reportsOf("valid-registration", { "first.ts": definition, "second.ts": definition })).toEqual([]);
});
