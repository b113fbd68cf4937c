/** The laws of `dacapo check`, with the plugin itself, in process; what the program prints is what users script on. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import * as checker from "../../eslint-plugin/src/check/index.ts";
import { loadInstalledChecker } from "../../src/cli/load-checker.ts";
import type { CheckRequest, CheckResult, CheckerModule } from "../../src/cli/checker-module.ts";
import { run } from "../../src/cli/run.ts";
import { root } from "../tooling/repository.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const fixtures = "test/eslint-plugin/fixtures/check";
const paths = `${fixtures}/paths`;
const onlyClocks = ["--rule", "no-wall-clock"];

const message =
  `Calls now() -> Date.now() (${paths}/lib/clock.ts:1). ` +
  "Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.";

/** Runs the command line and returns everything that can be seen from outside. */
async function dacapo(argv: readonly string[], module: CheckerModule = checker) {
  const terminal = new FakeTerminal();
  const code = await run(["check", ...argv], terminal, { checker: () => Promise.resolve(module) });
  return { code, output: terminal.output, errors: terminal.errors };
}

/** A checker that finds what a test tells it to, and keeps what it was asked. */
function finding(severities: readonly ("error" | "warn")[], more: Partial<CheckResult> = {}) {
  const requests: CheckRequest[] = [];
  const findings = severities.map((severity, index) => {
    return { rule: "dacapo/no-io", severity, file: "a.ts", line: index + 1, column: 2, message: "Reads.", path: [] };
  });
  const module: CheckerModule = {
    check: (request) => {
      requests.push(request);
      return { findings, files: 2, orchestrators: 1, skipped: [], ...more };
    },
    toSarif: (_, version) => ({ version }),
  };
  return { module, requests };
}

describe("dacapo check", () => {
  it("explains its options and exit codes", async () => {
    const { code, output } = await dacapo(["--help"]);
    expect(code).toBe(0);
    const parts = [
      "[tsconfig]",
      "--strict",
      "--rule",
      "--settings",
      "--max-warnings",
      "--json",
      "--sarif",
      "Exit codes",
    ];
    for (const part of parts) expect(output).toContain(part);
  });

  it("tells each finding with its place, its rule and the way to it, one call a line, and exits with 1", async () => {
    const { code, output, errors } = await dacapo([paths, ...onlyClocks]);
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(output.split("\n")).toEqual([
      `${paths}/app/order.ts:7:58  dacapo/no-wall-clock`,
      `  ${message}`,
      `    now()       ${paths}/lib/clock.ts:1`,
      `    Date.now()  ${paths}/lib/clock.ts:1`,
      "",
      "1 finding in 2 files (1 orchestrator)",
      "",
    ]);
  });

  it("exits with 0 where nothing is found, and says so where nothing was looked for", async () => {
    const found = await dacapo([paths, "--rule", "no-spin-loop"]);
    expect(found).toEqual({ code: 0, output: "0 findings in 2 files (1 orchestrator)\n", errors: "" });
    const { code, output } = await dacapo([`${fixtures}/plain`]);
    expect(code).toBe(0);
    expect(output).toMatch(
      /^0 findings in 1 file \(0 orchestrators\)\nNothing in these files was recognised as an orch/,
    );
  });

  it("prints exactly the promised properties with --json, and nothing else", async () => {
    const { code, output, errors } = await dacapo([`${paths}/tsconfig.json`, ...onlyClocks, "--json"]);
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(JSON.parse(output)).toEqual({
      findings: [
        {
          rule: "dacapo/no-wall-clock",
          file: `${paths}/app/order.ts`,
          line: 7,
          column: 58,
          message,
          path: [
            { name: "now()", file: `${paths}/lib/clock.ts`, line: 1 },
            { name: "Date.now()", file: `${paths}/lib/clock.ts`, line: 1 },
          ],
        },
      ],
      files: 2,
      orchestrators: 1,
    });
  });

  it("prints the same twice", async () => {
    const argv = [`${fixtures}/workspace`, "--json"];
    expect(await dacapo(argv)).toEqual(await dacapo(argv));
  });

  it("prints SARIF and nothing else with --sarif", async () => {
    const { code, output, errors } = await dacapo([paths, ...onlyClocks, "--sarif"]);
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(JSON.parse(output)).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { version: expect.stringMatching(/^\d+\./) } },
          results: [{ ruleId: "dacapo/no-wall-clock" }],
        },
      ],
    });
  });

  it("writes SARIF to a file beside the report", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dacapo-sarif-"));
    try {
      const file = join(folder, "out.sarif");
      const { code, output } = await dacapo([paths, ...onlyClocks, "--sarif", file, "--json"]);
      expect(code).toBe(1);
      expect(JSON.parse(output)).toMatchObject({ files: 2 });
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: "2.1.0" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("asks the checker for what the options say", async () => {
    const { module, requests } = finding([]);
    await dacapo([], module);
    await dacapo(
      ["a", "--strict", "--rule", "no-io,no-random", "--rule", "no-host-info", "--settings", "s.json"],
      module,
    );
    const directory = process.cwd();
    expect(requests).toEqual([
      { project: ".", directory, strict: false },
      { project: "a", directory, strict: true, rules: ["no-io", "no-random", "no-host-info"], settingsFile: "s.json" },
    ]);
  });

  it.each([
    [[], ["warn"], 1],
    [["--max-warnings", "2"], ["warn", "warn"], 0],
    [["--max-warnings", "1"], ["warn", "warn"], 1],
    [["--max-warnings", "9"], ["warn", "error"], 1],
  ] as const)("with %j lets %j pass with %d", async (argv, severities, expected) => {
    expect((await dacapo(argv, finding(severities).module)).code).toBe(expected);
  });

  it("says which files the check broke in, and judges by the others", async () => {
    const { module } = finding([], { skipped: [{ file: "odd.ts", error: "TypeError: odd" }] });
    const { code, output, errors } = await dacapo(["--json"], module);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({ findings: [], files: 2, orchestrators: 1 });
    expect(errors).toContain("odd.ts was left out");
  });
});

describe("dacapo check that is impossible", () => {
  it.each([
    [["gone"], "There is no gone. Name the configuration of what is to be checked:"],
    [[fixtures], `There is no tsconfig.json in ${fixtures}.`],
    [[`${fixtures}/broken/syntax.json`], "syntax.json cannot be used: line 1, column 34:"],
    [[paths, "--rule", "no-clock"], 'There is no rule "no-clock". There are:'],
    [[paths, "--rule", "--json"], '"--json" is not the name of a rule. Name one'],
    [[paths, "--settings", "gone.json"], "gone.json cannot be read."],
    [[paths, "--max-warnings", "few"], '"few" is not a number of warnings. Give --max-warnings a whole number'],
    [[paths, "--json", "--sarif"], "Both --json and --sarif would write to the standard output. Name a file"],
    [["--sarif", "tsconfig.json"], "--sarif would overwrite tsconfig.json. Put the tsconfig first"],
    [[paths, "--sarif", "gone/out.sarif", ...onlyClocks], "The file gone/out.sarif cannot be written. Name one"],
    [[paths, "--sarif", ""], "The name of the SARIF file is empty."],
    [[""], "The name of the tsconfig is empty. Name the configuration"],
    [[paths, paths], "Too many arguments for 'check'."],
    [["--jsn"], "Unknown option '--jsn'. Did you mean --json?"],
  ])("says why for %j in one line, with 2", async (argv, sentence) => {
    const { code, output, errors } = await dacapo(argv);
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(errors).toContain(sentence);
    expect(errors).toMatch(/^dacapo: [^\n]+\n$/);
  });

  it("leaves the tsconfig alone that --sarif would overwrite", async () => {
    const before = readFileSync(join(root, "tsconfig.json"), "utf8");
    await dacapo(["--sarif", "tsconfig.json"]);
    expect(readFileSync(join(root, "tsconfig.json"), "utf8")).toBe(before);
    expect(existsSync(join(root, relative(root, "gone/out.sarif")))).toBe(false);
  });
});

describe("loading the checker", () => {
  const notFound = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from /app/dacapo.js`), {
      code: "ERR_MODULE_NOT_FOUND",
    });

  it("takes the one beside the command line for a folder that can import none", async () => {
    const { module } = finding([]);
    const loaded = await loadInstalledChecker("/nowhere/tsconfig.json", async (specifier) => {
      expect(specifier).toBe("@dacapo/eslint-plugin/check");
      return module;
    });
    expect(loaded).toBe(module);
  });

  it("says how to install it when it is missing", async () => {
    const loading = loadInstalledChecker("/nowhere/tsconfig.json", () =>
      Promise.reject(notFound("@dacapo/eslint-plugin")),
    );
    await expect(loading).rejects.toThrow(
      'The command "check" needs the package @dacapo/eslint-plugin, which is not installed. ' +
        "Install it with: npm install --save-dev @dacapo/eslint-plugin",
    );
  });

  it.each([{}, { check: true }, null])("refuses a module %j of another version", async (module) => {
    const loading = loadInstalledChecker("/nowhere/tsconfig.json", () => Promise.resolve(module));
    await expect(loading).rejects.toThrow("does not fit this version of dacapo");
  });
});
