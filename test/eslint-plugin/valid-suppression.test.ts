/** What `dacapo/valid-suppression` reports, and what the comments that it judges silence. */
import { describe, expect, it } from "vitest";

import { noRandom } from "../../eslint-plugin/src/rules/no-random.ts";
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { rules } from "../../eslint-plugin/src/rules/index.ts";
import { validSuppression } from "../../eslint-plugin/src/rules/valid-suppression.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";
import { reportsOf } from "./typed-program.ts";

const fine = (name: string, code: string): ValidCase => ({ name, code });

const NO_RULE = "This comment names no rule, so it silences nothing. Write `dacapo-ignore-next-line <rule>: why`.";
const noReason = (rule: string) =>
  `This comment gives no reason, so it silences nothing. Write \`dacapo-ignore-next-line ${rule}: why\`.`;
const unused = (names: string) => `This comment silences nothing: ${names} has no report here. Remove it.`;
const CLOCK = "Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.";

/** A case with one report, on a comment that begins at `column` of line 3 unless it says otherwise. */
function faulty(
  name: string,
  code: string,
  message: string,
  at: { readonly line?: number; readonly column?: number; readonly desc?: string; readonly fixed?: string } = {},
): InvalidCase {
  const { line = 3, column = 1, desc, fixed } = at;
  const suggestions =
    fixed === undefined ? {} : { suggestions: [{ desc: desc ?? "Remove the comment.", output: fixed }] };
  return { name, code, output: null, errors: [{ message, line, column, ...suggestions }] };
}

/** A comment that is alone on its line and unused: the suggestion takes the line out. */
function idle(name: string, frame: (body: string) => string, comment: string, names: string, below: string) {
  return faulty(name, frame(`${comment}\n${below}`), unused(names), { fixed: frame(below) });
}

testRule("valid-suppression", validSuppression, {
  valid: [
    fine("a reason", generator("// dacapo-ignore-next-line no-wall-clock: only shown\nreturn Date.now();")),
    fine("the prefix", functionsV4("// dacapo-ignore-next-line dacapo/no-wall-clock: only shown\nreturn Date.now();")),
    fine(
      "several rules",
      durableTask(
        "// dacapo-ignore-next-line no-wall-clock, no-random: only shown\nreturn Date.now() + Math.random();",
      ),
    ),
    fine("a block", functionsV3("/* dacapo-ignore-next-line no-random: only shown */\nreturn Math.random();")),
    fine(
      "a block of several lines",
      generator("/*\n * dacapo-ignore-next-line no-random:\n * only shown\n */\nreturn Math.random();"),
    ),
    fine(
      "a reason that goes on below",
      generator("// dacapo-ignore-next-line no-random: the value\n// is only shown\nreturn Math.random();"),
    ),
    fine(
      "two comments above one line",
      generator(
        "// dacapo-ignore-next-line no-random: a token\n/* dacapo-ignore-next-line no-wall-clock: a label */\nreturn Math.random() + Date.now();",
      ),
    ),
    fine(
      "a leaf in a helper of the file",
      asyncStyle(
        "return now();",
        "function now() {\n  // dacapo-ignore-next-line no-wall-clock: only shown\n  return Date.now();\n}",
      ),
    ),
    fine(
      "two leaves in one helper",
      generator(
        "return both();",
        "function both() {\n  // dacapo-ignore-next-line no-wall-clock: one\n  const a = Date.now();\n  // dacapo-ignore-next-line no-wall-clock: two\n  return a - Date.now();\n}",
      ),
    ),
    fine(
      "a call and what it leads to",
      generator(
        "// dacapo-ignore-next-line no-wall-clock: the call\nreturn now();",
        "function now() {\n  // dacapo-ignore-next-line no-wall-clock: the leaf\n  return Date.now();\n}",
      ),
    ),
    fine("a text that looks like one", generator('return "// dacapo-ignore-next-line no-random";')),
    fine("a template that looks like one", generator("return `\n// dacapo-ignore-next-line no-random\n${input}`;")),
    fine("a comment that speaks of one", generator("// Write // dacapo-ignore-next-line no-random: why\nreturn 1;")),
    fine(
      "documentation that shows one",
      generator("return f();", "/**\n * @example\n * // dacapo-ignore-next-line no-random: why\n */\nfunction f() {}"),
    ),
    fine("a longer word", generator("// dacapo-ignore-next-lines\nreturn 1;")),
    fine(
      "a file without orchestrators",
      "// dacapo-ignore-next-line no-wall-clock: shown\nexport const n = Date.now();",
    ),
    fine(
      "what another file may call",
      generator(
        "return 1;",
        "export function now() {\n  // dacapo-ignore-next-line no-wall-clock: shown\n  return Date.now();\n}",
      ),
    ),
    fine(
      "a call out of the file, which nobody can follow",
      generator(
        "// dacapo-ignore-next-line no-io: it is a pure call\nreturn load(input);",
        "",
        'orchestrator } from "dacapo"; import { load',
      ).replace('load } from "dacapo"', 'load } from "./load.js"'),
    ),
    fine(
      "a rule that needs types",
      generator("// dacapo-ignore-next-line activity-types: known\nyield* ctx.callActivity(input, 1);"),
    ),
    fine(
      "a comment about a comment",
      generator(
        "// dacapo-ignore-next-line valid-suppression: for the next version\n// dacapo-ignore-next-line no-random: later\nreturn 1;",
      ),
    ),
    fine("another tool's comment", generator("// eslint-disable-next-line no-var\nreturn 1;")),
  ],
  invalid: [
    faulty("no rule", generator("// dacapo-ignore-next-line: only shown\nreturn 1;"), NO_RULE),
    faulty("nothing at all", functionsV4("  // dacapo-ignore-next-line\nreturn 1;"), NO_RULE, { column: 3 }),
    faulty(
      "no reason",
      generator("// dacapo-ignore-next-line no-random\nreturn Math.random();"),
      noReason("no-random"),
    ),
    faulty(
      "a reason of marks",
      functionsV3("/* dacapo-ignore-next-line no-random: ... */\nreturn 1;"),
      noReason("no-random"),
    ),
    faulty(
      "a reason as ESLint has it",
      durableTask("// dacapo-ignore-next-line dacapo/no-random -- shown\nreturn 1;"),
      noReason("no-random"),
    ),
    faulty(
      "a reason missing in a file without orchestrators",
      "// dacapo-ignore-next-line no-random\nexport const n = Math.random();",
      noReason("no-random"),
      { line: 1 },
    ),
    faulty(
      "a misspelt rule",
      generator("// dacapo-ignore-next-line no-wallclock: shown\nreturn Date.now();"),
      "There is no rule 'no-wallclock' to silence. Did you mean 'no-wall-clock'?",
      {
        desc: "Silence 'no-wall-clock'.",
        fixed: generator("// dacapo-ignore-next-line no-wall-clock: shown\nreturn Date.now();"),
      },
    ),
    faulty(
      "a rule of nobody",
      functionsV4("// dacapo-ignore-next-line no-sundial, no-random: shown\nreturn 1;"),
      "There is no rule 'no-sundial' to silence. Name one of Dacapo's rules.",
    ),
    idle(
      "a line without a hazard",
      generator,
      "// dacapo-ignore-next-line no-wall-clock: there was one",
      "dacapo/no-wall-clock",
      "return ctx.instanceId;",
    ),
    faulty(
      "a hazard of another rule",
      functionsV4("  /* dacapo-ignore-next-line no-random: a token */\nreturn Date.now();"),
      unused("dacapo/no-random"),
      { column: 3, fixed: functionsV4("return Date.now();") },
    ),
    idle(
      "a hazard two lines below",
      durableTask,
      "// dacapo-ignore-next-line no-random: a token",
      "dacapo/no-random",
      "\nreturn Math.random();",
    ),
    faulty(
      "a comment behind code",
      generator("const a = 1; // dacapo-ignore-next-line no-random: why\nreturn a;"),
      unused("dacapo/no-random"),
      { column: 14, fixed: generator("const a = 1;\nreturn a;") },
    ),
    faulty(
      "the last line",
      `${generator("return 1;")}// dacapo-ignore-next-line no-random: why`,
      unused("dacapo/no-random"),
      { line: 5, fixed: generator("return 1;") },
    ),
    faulty(
      "one rule of two",
      functionsV3("// dacapo-ignore-next-line no-wall-clock, no-random: shown\nreturn Date.now();"),
      "This comment silences nothing of dacapo/no-random. Take the name out of it.",
    ),
    idle(
      "two rules without a report",
      generator,
      "// dacapo-ignore-next-line no-wall-clock no-random: shown",
      "dacapo/no-wall-clock and dacapo/no-random",
      "yield* ctx.callActivity('a', 1);",
    ),
    faulty(
      "the second of the same",
      generator(
        "// dacapo-ignore-next-line no-random: once\n// dacapo-ignore-next-line no-random: twice\nreturn Math.random();",
      ),
      unused("dacapo/no-random"),
      { line: 4, fixed: generator("// dacapo-ignore-next-line no-random: once\nreturn Math.random();") },
    ),
    faulty(
      "a comment about a comment that is right",
      generator(
        "// dacapo-ignore-next-line valid-suppression: for later\n// dacapo-ignore-next-line no-random: once\nreturn Math.random();",
      ),
      unused("dacapo/valid-suppression"),
      { fixed: generator("// dacapo-ignore-next-line no-random: once\nreturn Math.random();") },
    ),
  ],
});

testRuleOnTypeScript("valid-suppression", validSuppression, {
  valid: [fine("types", generator("// dacapo-ignore-next-line no-random: shown\nreturn Math.random() as number;"))],
  invalid: [
    faulty(
      "types",
      generator("// dacapo-ignore-next-line no-random\nreturn Math.random() as number;"),
      noReason("no-random"),
    ),
  ],
});

/** A comment that silences nothing: the clock below it is reported, and put right as ever. */
function heard(name: string, comment: string): InvalidCase {
  const body = (code: string) => generator(`${comment}\n${code}`);
  const line = 3 + comment.split("\n").length;
  return {
    name,
    code: body("return Date.now();"),
    output: body("return ctx.currentUtcDateTime.getTime();"),
    errors: [{ message: CLOCK, line, column: 8 }],
  };
}

testRule("no-wall-clock under comments", noWallClock, {
  valid: [
    fine("the next line", generator("// dacapo-ignore-next-line no-wall-clock: shown\nreturn Date.now();")),
    fine("without a space", generator("//dacapo-ignore-next-line no-wall-clock:shown\nreturn Date.now();")),
    fine(
      "one known rule of two",
      generator("// dacapo-ignore-next-line no-sundial no-wall-clock: a\nreturn Date.now();"),
    ),
    fine(
      "every call that leads to a leaf",
      generator(
        "now();\nreturn now();",
        "function now() {\n  /* dacapo-ignore-next-line dacapo/no-wall-clock: shown */\n  return Date.now();\n}",
      ),
    ),
    fine(
      "inside an expression",
      generator("const a = [\n  // dacapo-ignore-next-line no-wall-clock: shown\n  Date.now(),\n];\nreturn a;"),
    ),
  ],
  invalid: [
    heard("no reason", "// dacapo-ignore-next-line no-wall-clock"),
    heard("another rule", "// dacapo-ignore-next-line no-random: a token"),
    heard("an empty line between", "// dacapo-ignore-next-line no-wall-clock: shown\n"),
    heard("a text", '"// dacapo-ignore-next-line no-wall-clock: shown";'),
    heard("a comment that speaks of one", "// Not: dacapo-ignore-next-line no-wall-clock: shown"),
    {
      name: "the second of two leaves in one helper",
      code: generator(
        "return both();",
        "function both() {\n  // dacapo-ignore-next-line no-wall-clock: one\n  const a = Date.now();\n  return a - Date.now();\n}",
      ),
      output: null,
      errors: [{ message: `Calls both() -> Date.now() (input.ts:8). ${CLOCK}`, line: 3, column: 8 }],
    },
  ],
});

testRule("no-random under comments", noRandom, {
  valid: [
    fine(
      "several rules",
      generator(
        "// dacapo-ignore-next-line no-wall-clock, dacapo/no-random: shown\nreturn Date.now() + Math.random();",
      ),
    ),
  ],
  invalid: [],
});

describe("valid-suppression with types", () => {
  const flow = (body: string) =>
    `import { orchestrator } from "dacapo";\nimport { now } from "./clock.js";\nexport const flow = orchestrator("flow", function* (ctx: any) {\n${body}\n});\n`;
  const clock =
    "export function now() {\n  // dacapo-ignore-next-line no-wall-clock: only shown\n  return Date.now();\n}\n";

  it("knows the calls of other files", () => {
    expect(reportsOf("valid-suppression", { "flow.ts": flow("return now();"), "clock.ts": clock })).toEqual([]);
    expect(reportsOf("no-wall-clock", { "flow.ts": flow("return now();"), "clock.ts": clock })).toEqual([]);
  });

  it("reports a helper's comment when no orchestrator leads there", () => {
    expect(reportsOf("valid-suppression", { "flow.ts": flow("return 1;"), "clock.ts": clock })).toMatchObject([
      { file: "clock.ts", line: 2, column: 3, message: unused("dacapo/no-wall-clock") },
    ]);
  });

  it("says nothing of comments in a program without orchestrators", () => {
    expect(reportsOf("valid-suppression", { "clock.ts": clock })).toEqual([]);
  });

  it("says nothing of a file's comments that only another file's calls need, whichever is asked first", () => {
    expect(reportsOf("valid-suppression", { "clock.ts": clock, "flow.ts": flow("return now();") })).toEqual([]);
  });

  it("knows a call whose way leaves the file", () => {
    const body = "// dacapo-ignore-next-line no-wall-clock: only shown\nreturn now();";
    const bare = "export const now = () => Date.now();\n";
    expect(reportsOf("valid-suppression", { "flow.ts": flow(body), "clock.ts": bare })).toEqual([]);
    expect(
      reportsOf("valid-suppression", { "flow.ts": flow(body), "clock.ts": "export const now = () => 1;" }),
    ).toEqual([
      {
        file: "flow.ts",
        line: 4,
        column: 1,
        message: unused("dacapo/no-wall-clock"),
        suggested: [flow("return now();")],
      },
    ]);
  });
});

testRule("valid-suppression without types", validSuppression, {
  valid: Object.values(rules)
    .filter(({ meta }) => meta.docs?.requiresTypeChecking === true)
    .map(({ name }) =>
      fine(`does not judge a comment for ${name}`, generator(`// dacapo-ignore-next-line ${name}: why\nreturn 1;`)),
    ),
  invalid: [],
});
