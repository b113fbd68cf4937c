/** What `dacapo/literal-task-name` reports: names that cannot be read in the code. */
import { literalTaskName } from "../../eslint-plugin/src/rules/literal-task-name.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const fine = (name: string, code: string): ValidCase => ({ name, code });

const task = (text: string, kind = "activity") =>
  `'${text}' is known only when the code runs, so nobody can check that such an ${kind} exists. Write its name, or pass its definition.`;
const event = (text: string) =>
  `'${text}' is known only when the code runs, so nobody can find who raises the event. Write its name.`;

/** A case with one report, where the marked text first stands in the code. */
function computed(name: string, code: string, text: string, message = task(text)): InvalidCase {
  const before = code.slice(0, code.indexOf(text)).split("\n");
  return {
    name,
    code,
    output: null,
    errors: [{ message, line: before.length, column: (before.at(-1) ?? "").length + 1 }],
  };
}

testRule("literal-task-name", literalTaskName, {
  valid: [
    fine("a literal", generator('yield* ctx.callActivity("charge", input);')),
    fine("a literal event", functionsV3('yield context.df.waitForExternalEvent("approved");')),
    fine("a constant", functionsV4("yield context.df.callActivity(CHARGE);", 'const CHARGE = "charge";')),
    fine(
      "a member of a constant",
      functionsV3("yield context.df.callActivity(N.charge);", 'const N = { charge: "c" };'),
    ),
    fine("a template of constants", functionsV4("yield context.df.callActivity(`v2-${C}`);", 'const C = "charge";')),
    fine(
      "a definition",
      asyncStyle(
        "await ctx.callActivity(charge, input);",
        'const charge = activity("charge", f);',
        "orchestrator, activity",
      ),
    ),
    fine("a function", durableTask("yield ctx.callActivity(charge, input);", "async function charge() {}")),
    fine("a function's name", durableTask("yield ctx.callActivity(charge.name, input);", "async function charge() {}")),
    fine("one of two literals", generator('yield* ctx.callActivity(input.vip ? "fast" : "slow");')),
    fine("a list of literals", functionsV3('for (const s of ["a", "b"]) yield context.df.callActivity(s);')),
    fine(
      "a constant list, fanned out",
      functionsV4(
        "yield context.df.Task.all(STEPS.map((s) => context.df.callActivity(s)));",
        'const STEPS = ["a", "b"];',
      ),
    ),
    fine("what another file exports", functionsV3("yield context.df.callActivity(require('./names').CHARGE);")),
    fine(
      "what a helper is given",
      generator('yield* twice(ctx, "a");', "function* twice(ctx, name) { yield* ctx.callActivity(name); }"),
    ),
    fine(
      "what a maker of orchestrators is given",
      "const df = require('durable-functions');\nexports.make = (name) => df.orchestrator(function* (context) { yield context.df.callActivity(name); });",
    ),
    fine("an unknown function's result", generator("yield* ctx.callActivity(pick(input));", "", "orchestrator, pick")),
    fine("a computed input", generator('yield* ctx.callActivity("charge", `${input.id}-${input.at}`);')),
    fine(
      "a computed key of an entity",
      functionsV4('yield context.df.callEntity(new df.EntityId("counter", context.df.getInput()), "add");'),
    ),
    fine("what is no context", generator("helper.callActivity(input);", "", "orchestrator, helper")),
    fine(
      "what is outside of orchestrators",
      'import "dacapo"; export const start = (client, name) => client.callActivity(name + "x");',
    ),
  ],
  invalid: [
    {
      name: "the input",
      code: generator("yield* ctx.callActivity(input, 1);"),
      output: null,
      errors: [{ message: task("input"), line: 3, column: 25 }],
    },
    computed("a member of the input", asyncStyle("await ctx.callActivity(input.step);"), "input.step"),
    computed(
      "the input of a function",
      functionsV4("yield context.df.callActivity(context.df.getInput().step);"),
      "context.df.getInput().step",
    ),
    computed(
      "a result",
      functionsV3('const n = yield context.df.callActivity("which");\nyield context.df.callActivity(n.step);'),
      "n.step",
    ),
    computed("a template", generator("yield* ctx.callActivity(`step-${input.n}`);"), "`step-${input.n}`"),
    computed("a sum of texts", durableTask('yield ctx.callActivity("step" + input, 1);'), '"step" + input'),
    computed(
      "a conversion",
      functionsV4("yield context.df.callSubOrchestrator(String(context.df.getInput()));"),
      "String(context.df.getInput())",
      task("String(context.df.getInput())", "orchestrator"),
    ),
    computed(
      "a variable that changes",
      functionsV3('let name = "a";\nif (context.df.getInput()) name = "b";\nyield context.df.callActivity(name + "");'),
      'name + ""',
    ),
    computed(
      "one of two, when one is computed",
      generator('yield* ctx.callActivity(input.vip ? "fast" : input.step);'),
      'input.vip ? "fast" : input.step',
    ),
    computed(
      "a default for what is computed",
      generator('yield* ctx.callActivity(input.step ?? "slow");'),
      'input.step ?? "slow"',
    ),
    computed(
      "an event",
      generator("yield* ctx.waitForExternalEvent(`approved-${input}`);"),
      "`approved-${input}`",
      event("`approved-${input}`"),
    ),
    computed(
      "an event of the environment",
      functionsV4("yield context.df.waitForExternalEvent(process.env.EVENT);"),
      "process.env.EVENT",
      event("process.env.EVENT"),
    ),
    computed(
      "an entity",
      functionsV3('yield context.df.callEntity(new df.EntityId("e" + context.df.getInput(), "1"), "add");'),
      '"e" + context.df.getInput()',
      task('"e" + context.df.getInput()', "entity"),
    ),
    computed(
      "elements of the input",
      functionsV4("yield context.df.Task.all(context.df.getInput().map((s) => context.df.callActivity(s.name)));"),
      "s.name",
    ),
    computed(
      "a loop over the input",
      generator("for (const s of input.steps) yield* ctx.callActivity(s.name);"),
      "s.name",
    ),
    computed(
      "what a function of the file computes",
      generator("yield* ctx.callActivity(nameOf(input));", "const nameOf = (i) => `step-${i}`;"),
      "nameOf(input)",
    ),
    computed(
      "a long one",
      generator("yield* ctx.callActivity(`a long name of a step that is ${input} steps long`);"),
      "`a long name of a step that is ${input} steps long`",
      task("`a long name of a step that is ${inpu..."),
    ),
    {
      name: "a helper's own",
      code: asyncStyle(
        "await step(ctx, 1);",
        "async function step(ctx, n) {\n  await ctx.callActivity(`step-${n}`);\n}",
      ),
      output: null,
      errors: [
        {
          message: `Calls step() -> callActivity() (input.ts:6). ${task("`step-${n}`")}`,
          line: 3,
          column: 7,
        },
      ],
    },
    {
      name: "two",
      code: generator("yield* ctx.callActivity(input.a);\nyield* ctx.callActivity(input.b);"),
      output: null,
      errors: [
        { message: task("input.a"), line: 3, column: 25 },
        { message: task("input.b"), line: 4, column: 25 },
      ],
    },
  ],
});

testRuleOnTypeScript("literal-task-name", literalTaskName, {
  valid: [
    fine("an enum", functionsV4("yield context.df.callActivity(Names.Charge);", 'enum Names { Charge = "charge" }')),
    fine("a constant object", generator("yield* ctx.callActivity(N.a as string);", 'const N = { a: "a" } as const;')),
  ],
  invalid: [
    computed("an assertion", generator("yield* ctx.callActivity(input.step as string);"), "input.step as string"),
  ],
});

testRuleWithTypes("literal-task-name", literalTaskName, {
  valid: [
    {
      name: "a constant of another file",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\nimport { CHARGE } from "./names.ts";\nexport const o = orchestrator("o", function* (ctx) { yield* ctx.callActivity(CHARGE); });`,
        "names.ts": 'export const CHARGE = "charge";',
      },
    },
    {
      name: "a definition of another file",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\nimport * as steps from "./steps.ts";\nexport const o = orchestrator("o", function* (ctx) { yield* ctx.callActivity(steps.charge); });`,
        "steps.ts": 'import { activity } from "dacapo";\nexport const charge = activity("charge", async () => 1);',
      },
    },
  ],
  invalid: [
    {
      name: "what another file computes",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\nimport { pick } from "./names.ts";\nexport const o = orchestrator("o", function* (ctx, n: number) {\n  yield* ctx.callActivity(pick(n));\n});`,
        "names.ts": "export const pick = (n: number) => `step-${n}`;",
      },
      errors: [{ message: task("pick(n)"), line: 4, column: 27 }],
    },
  ],
});
