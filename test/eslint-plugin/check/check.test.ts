/** The laws of the checker of whole programs: what it reads, what it finds there, and in which order. */
import { describe, expect, it } from "vitest";

import { check, type CheckOptions } from "../../../eslint-plugin/src/check/index.ts";
import { fixture, inWorkspace } from "./workspace.ts";

/** The findings about the clock, each on one line. */
function clocks(options: CheckOptions): string[] {
  const { findings } = check({ rules: ["no-wall-clock"], ...options });
  return findings.map(({ file, line, column, path }) =>
    [`${file}:${String(line)}:${String(column)}`, ...path.map(({ name }) => name)].join(" "),
  );
}

/** What is found in the workspace, whatever way leads to it. */
const IN_WORKSPACE = [
  "packages/orders/src/approve.ts:10:20 one() two() three() four() five() six() seven() eight() new Date()",
  "packages/orders/src/approve.ts:11:22 configuration() Date.now()",
  "packages/orders/src/approve.ts:12:43 check() Date.now()",
  "packages/orders/src/approve.ts:14:17 idAt() Date.now()",
  "packages/orders/src/approve.ts:15:17 priceOf() rate() factor() new Date()",
  "packages/orders/src/approve.ts:16:30 now() Date.now()",
  "packages/orders/src/factory.ts:5:38 clock() Date.now()",
  "packages/orders/src/factory.ts:6:12",
  "packages/orders/src/legacy/index.js:5:14 stamp() Date.now()",
];

describe("a check of a solution", () => {
  it("checks all that it refers to, and follows calls into the sources of packages that were never built", () => {
    inWorkspace((directory) => {
      expect(clocks({ project: ".", directory })).toEqual(IN_WORKSPACE);
    });
  });

  it("finds each hazard on the same way by the rule of its own", () => {
    inWorkspace((directory) => {
      const { findings } = check({ project: ".", directory, rules: ["no-environment"] });
      expect(findings.map(({ file, line, path }) => [file, line, ...path.map(({ name }) => name)])).toEqual([
        ["packages/orders/src/approve.ts", 11, "configuration()", "process.env"],
      ]);
    });
  });

  it("counts files and orchestrators once, however many programs have them", () => {
    inWorkspace((directory) => {
      const { files, orchestrators, analysed, skipped } = check({ project: directory, directory });
      expect({ files, orchestrators, skipped }).toEqual({ files: 19, orchestrators: 3, skipped: [] });
      expect(analysed).toBeLessThan(files);
    });
  });

  it("finds the same where packages are built", () => {
    const built = {
      "packages/shared/dist/index.d.ts": 'export { now } from "./clock.js";\nexport * from "./steps/one.js";',
      "packages/shared/dist/clock.d.ts": "export declare const now: () => number;",
      "packages/shared/dist/index.js": "",
    };
    inWorkspace((directory) => {
      expect(clocks({ project: ".", directory })).toEqual(IN_WORKSPACE);
    }, built);
  });

  it("finds the same from the project that refers to the others", () => {
    inWorkspace((directory) => {
      expect(clocks({ project: "packages/orders", directory })).toEqual(IN_WORKSPACE);
    });
  });

  it("finds the same where the package's own configuration, not a reference, says what it is built from", () => {
    const config = {
      extends: "../../tsconfig.base.json",
      compilerOptions: { rootDir: ".", outDir: "dist", allowJs: true, composite: false },
      include: ["src"],
      files: ["../../types/dacapo.d.ts"],
    };
    inWorkspace(
      (directory) => {
        expect(clocks({ project: "packages/orders", directory })).toEqual(IN_WORKSPACE);
      },
      { "packages/orders/tsconfig.json": JSON.stringify(config) },
    );
  });

  it.each([
    ["a condition of its exports", { exports: { ".": { source: "./src/index.ts", default: "./gone.js" } } }],
    ["a field", { source: "src/index.ts", main: "gone.js" }],
  ])("follows calls into a package that names its source by %s", (_, manifest) => {
    const orders = {
      extends: "../../tsconfig.base.json",
      compilerOptions: { composite: false },
      files: ["src/one.ts", "../../types/dacapo.d.ts"],
    };
    const changes = {
      "packages/shared/package.json": JSON.stringify({ name: "@acme/shared", type: "module", ...manifest }),
      "packages/shared/tsconfig.json": JSON.stringify({ compilerOptions: { noEmit: true }, include: ["src"] }),
      "packages/orders/tsconfig.json": JSON.stringify(orders),
      "packages/orders/src/one.ts":
        'import { orchestrator } from "dacapo";\nimport { now } from "@acme/shared";\norchestrator("one", () => now());',
    };
    inWorkspace((directory) => {
      expect(clocks({ project: "packages/orders", directory })).toEqual([
        "packages/orders/src/one.ts:3:27 now() Date.now()",
      ]);
    }, changes);
  });

  it("says nothing of a program in which the package's source is not named: it proves before it reports", () => {
    const changes = {
      "packages/shared/package.json": JSON.stringify({ name: "@acme/shared", types: "lib.d.ts" }),
      "packages/shared/lib.d.ts": "export declare function now(): number;",
      "packages/shared/tsconfig.json": JSON.stringify({ compilerOptions: { noEmit: true }, include: ["src"] }),
      "packages/orders/tsconfig.json": JSON.stringify({
        extends: "../../tsconfig.base.json",
        compilerOptions: { composite: false },
        files: ["src/one.ts", "../../types/dacapo.d.ts"],
      }),
      "packages/orders/src/one.ts":
        'import { orchestrator } from "dacapo";\nimport { now } from "@acme/shared";\norchestrator("one", () => now());',
    };
    inWorkspace((directory) => {
      expect(clocks({ project: "packages/orders", directory })).toEqual([]);
    }, changes);
  });

  it("reads references that go in a circle once", () => {
    const directory = fixture("circle");
    expect(clocks({ project: "a", directory })).toEqual(["a/a.ts:4:25 now() Date.now()"]);
    expect(clocks({ project: "b", directory })).toEqual(["a/a.ts:4:25 now() Date.now()"]);
  });
});

describe("a check of a project", () => {
  const directory = fixture("paths");

  it("follows imports by the options that the configuration extends, and minds no type errors", () => {
    const { findings, files, orchestrators } = check({ project: "tsconfig.json", directory });
    expect({ files, orchestrators }).toEqual({ files: 2, orchestrators: 1 });
    expect(findings).toEqual([
      {
        rule: "dacapo/no-wall-clock",
        severity: "error",
        file: "app/order.ts",
        line: 7,
        column: 58,
        endLine: 7,
        endColumn: 63,
        message:
          "Calls now() -> Date.now() (lib/clock.ts:1). Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.",
        path: [
          { name: "now()", file: "lib/clock.ts", line: 1 },
          { name: "Date.now()", file: "lib/clock.ts", line: 1 },
        ],
      },
    ]);
  });

  it("writes paths as seen from the working directory unless told otherwise, with forward slashes", () => {
    const [finding] = check({ project: directory }).findings;
    expect(finding?.file).toBe("test/eslint-plugin/fixtures/check/paths/app/order.ts");
    expect(finding?.message).toContain("(test/eslint-plugin/fixtures/check/paths/lib/clock.ts:1)");
  });

  it("looks at no file where nothing is durable", () => {
    const { findings, files, analysed, orchestrators } = check({ project: fixture("plain") });
    expect({ findings, files, analysed, orchestrators }).toEqual({
      findings: [],
      files: 1,
      analysed: 0,
      orchestrators: 0,
    });
  });
});

describe("the rules of a check", () => {
  const directory = fixture("paths");

  it("are those of the configuration that needs types; strictness adds some, and makes all of them errors", () => {
    const usual = check({ project: directory }).rules;
    const strict = check({ project: directory, strict: true }).rules;
    expect(usual.map(({ id }) => id)).toContain("dacapo/no-wall-clock");
    expect(strict.map(({ id }) => id)).toEqual(expect.arrayContaining(usual.map(({ id }) => id)));
    expect(new Set(strict.map(({ severity }) => severity))).toEqual(new Set(["error"]));
  });

  it.each(["no-wall-clock", "dacapo/no-wall-clock"])("are only those that are named, such as %s", (name) => {
    const { rules, findings } = check({ project: directory, rules: [name] });
    expect(rules.map(({ id }) => id)).toEqual(["dacapo/no-wall-clock"]);
    expect(findings).toHaveLength(1);
    expect(check({ project: directory, rules: ["no-spin-loop"] }).findings).toEqual([]);
  });
});

describe("the settings of a check", () => {
  const directory = fixture("settings");

  it('are under "dacapo" in the nearest package.json, whose folder their globs are relative to', () => {
    expect(clocks({ project: directory, directory })).toEqual(["flows/flow.ts:3:27"]);
  });

  it("come from a file that is named", () => {
    const settingsFile = `${directory}/own.json`;
    expect(clocks({ project: directory, directory, settingsFile })).toEqual(["own/flow.ts:1:27"]);
  });

  it("may be given as an object", () => {
    expect(clocks({ project: directory, directory, settings: { orchestrators: ["own/*"] } })).toEqual([
      "own/flow.ts:1:27",
    ]);
  });

  it("may keep calls from being followed out of their file", () => {
    const settings = { interprocedural: "off" };
    expect(clocks({ project: fixture("paths"), settings })).toEqual([]);
    expect(clocks({ project: fixture("paths"), settings: { interprocedural: "cli-only" } })).toHaveLength(1);
  });
});

describe("a check that is impossible", () => {
  it.each([
    ["there is nothing of that name", { project: "gone" }, /^There is no gone\. Name the configuration/],
    [
      "the folder has no tsconfig",
      { project: "." },
      /^There is no tsconfig\.json in this folder\. Name the conf.*allowJs/,
    ],
    ["it is a source", { project: "plain/nothing.ts" }, /^plain\/nothing\.ts is a source, not a configuration\. Name/],
    ["the tsconfig is not JSON", { project: "broken/syntax.json" }, /syntax\.json cannot be used: line 1, column 34: /],
    ["it extends what is not there", { project: "broken/extends.json" }, /extends\.json cannot be used: .*gone\.json/],
    ["it has no files", { project: "broken/empty.json" }, /empty\.json cannot be used: No inputs were found/],
    ["it lists a file that is not there", { project: "broken/files.json" }, /it lists .*gone\.ts, which is not there/],
    ["it refers to what is not there", { project: "broken/references.json" }, /refers to .*gone, which is not there/],
    ["it has an option that is none", { project: "broken/option.json" }, /option\.json cannot be used: .*'stricct'/],
    [
      "a rule is none",
      { project: "paths", rules: ["no-clock"] },
      /^There is no rule "no-clock"\. There are: .*no-wall-clock/,
    ],
    [
      "a setting is none",
      { project: "settings", settingsFile: "settings/wrong.json" },
      /wrong\.json: settings\.dacapo has no "orchestrator"/,
    ],
    [
      "the settings are not JSON",
      { project: "settings", settingsFile: "settings/no-json.json" },
      /no-json\.json is not JSON/,
    ],
    [
      "the settings are not there",
      { project: "settings", settingsFile: "settings/gone.json" },
      /gone\.json cannot be read/,
    ],
  ])("says so where %s", (_, options: CheckOptions, message) => {
    const directory = fixture("");
    const absolute = options.settingsFile === undefined ? {} : { settingsFile: fixture(options.settingsFile) };
    const attempt = () => check({ ...options, directory, ...absolute });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(
      expect.objectContaining({ code: "CANNOT_CHECK", retryable: false, hint: expect.any(String) }),
    );
  });
});
