/**
 * ESLint's own comments: they silence what they say, at the leaf too, and ESLint takes none of them for unused that
 * silences something, since it would then warn of it and, with `--fix`, take it out.
 */
import path from "node:path";
import { Linter } from "eslint";
import { parser } from "typescript-eslint";
import { describe, expect, it } from "vitest";

import { detectors } from "../../eslint-plugin/src/hazards/index.ts";
import plugin from "../../eslint-plugin/src/index.ts";
import { Analysis } from "../../eslint-plugin/src/semantic/analysis.ts";
import { DEFAULT_SETTINGS } from "../../eslint-plugin/src/semantic/settings.ts";
import { loadTypeScript } from "../../eslint-plugin/src/semantic/typescript.ts";
import { generator } from "./frames.ts";
import { programOf } from "./typed-rule-tester.ts";

const RULES = { "dacapo/no-wall-clock": "error", "dacapo/no-random": "error" } as const;
const WHOLE = { linterOptions: { reportUnusedDisableDirectives: "error" } } as const;
const plugins = { dacapo: plugin };

/** The rules that report in a file without types, and "unused" for a comment that silences nothing. */
function lint(code: string, config: Linter.Config = WHOLE): readonly string[] {
  return namesOf(new Linter().verify(code, [{ plugins, rules: RULES, ...config }]));
}

/** The same for each file of a program with types. */
function lintProgram(files: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const program = programOf(files);
  const languageOptions = { parser, parserOptions: { programs: [program] } };
  const config = [{ files: ["**/*.ts"], languageOptions, plugins, rules: RULES, ...WHOLE }];
  const lintOne = ([name, code]: readonly [string, string]) => {
    const { fileName } = program.getSourceFiles().find((file) => path.basename(file.fileName) === name)!;
    return [name, namesOf(new Linter().verify(code, config, { filename: fileName }))] as const;
  };
  return Object.fromEntries(Object.entries(files).map(lintOne));
}

function namesOf(messages: readonly Linter.LintMessage[]): readonly string[] {
  return messages.map(({ fatal, message, ruleId }) =>
    fatal === true ? expect.fail(message) : (ruleId ?? message.replace(/^Unused eslint-disable.*$/u, "unused")),
  );
}

/** What the checker finds, which has no ESLint to silence anything after it. */
function check(code: string): readonly string[] {
  loadTypeScript();
  const program = programOf({ "main.ts": code });
  const file = program.getSourceFiles().find(({ fileName }) => path.basename(fileName) === "main.ts")!;
  const found = new Analysis(program, true, DEFAULT_SETTINGS, process.cwd(), detectors).findingsIn(file);
  return found.map(({ rule }) => `dacapo/${rule}`).filter((rule) => Object.hasOwn(RULES, rule));
}

const NEXT = "// eslint-disable-next-line dacapo/no-wall-clock -- only shown";
const leaf = (comment: string) => generator("return now();", `function now() {\n${comment}\nreturn Date.now();\n}`);

describe.each([
  ["the linter", (code: string) => lint(code)],
  ["the checker", check],
])("by %s", (_, run) => {
  it.each([
    ["the next line", generator(`${NEXT}\nreturn Date.now();`)],
    ["its own line", generator("return Date.now(); // eslint-disable-line dacapo/no-wall-clock")],
    [
      "the line below a comment of several",
      generator(`/* eslint-disable-next-line\n   dacapo/no-wall-clock */\nreturn Date.now();`),
    ],
    ["all that follows", `/* eslint-disable dacapo/no-wall-clock */\n${generator("return Date.now();")}`],
    ["every rule", generator("// eslint-disable-next-line\nreturn Date.now() + Math.random();")],
    ["a leaf", leaf(NEXT)],
    ["all leaves that follow", `/* eslint-disable dacapo/no-wall-clock */\n${leaf("")}`],
  ])("a comment silences %s, and is used", (_title, code) => expect(run(code)).toEqual([]));

  it.each([
    ["another rule", generator(`${NEXT}\nreturn Math.random();`), "dacapo/no-random"],
    [
      "what follows the comment that switches on again",
      generator("/* eslint-disable dacapo/no-wall-clock */\n/* eslint-enable */\nreturn Date.now();"),
      "dacapo/no-wall-clock",
    ],
    [
      "what stands above it",
      generator("return Date.now();\n/* eslint-disable dacapo/no-wall-clock */"),
      "dacapo/no-wall-clock",
    ],
    [
      "anything as a comment that is no block",
      `// eslint-disable dacapo/no-wall-clock\n${leaf("")}`,
      "dacapo/no-wall-clock",
    ],
    ["a leaf without its rule's name", leaf("// eslint-disable-next-line"), "dacapo/no-wall-clock"],
    [
      "anything inside of a string",
      leaf('"// eslint-disable-next-line dacapo/no-wall-clock";'),
      "dacapo/no-wall-clock",
    ],
  ])("a comment does not silence %s", (_title, code, rule) => {
    expect(run(code).filter((name) => name !== "unused")).toEqual([rule]);
  });
});

describe("ESLint", () => {
  it("still finds the comment that silences nothing", () => {
    expect(lint(generator(`${NEXT}\nreturn 1;`))).toEqual(["unused"]);
    expect(lint(leaf(`${NEXT}\n1;`))).toEqual(["dacapo/no-wall-clock", "unused"]);
  });

  it("decides whether comments count at all", () => {
    const config = { linterOptions: { noInlineConfig: true } };
    expect(lint(generator(`${NEXT}\nreturn Date.now();`), config)).toContain("dacapo/no-wall-clock");
  });

  it("hears, with types, of what comments silence in a helper's file", () => {
    const main =
      'import { orchestrator } from "dacapo";\nimport { now } from "./clock.ts";\norchestrator("o", () => now());';
    expect(
      lintProgram({
        "main.ts": main,
        "clock.ts": `export function now() {\n${NEXT}\nreturn Date.now();\n}\n${NEXT}\nexport const load = 1;`,
      }),
    ).toEqual({ "main.ts": [], "clock.ts": ["unused"] });
  });
});
