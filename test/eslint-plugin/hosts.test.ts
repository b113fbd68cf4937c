/** The built plugin runs wherever its users lint: ESLint 9 and 10, and Oxlint, which has no parser services. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as ten from "eslint";
import * as nine from "eslint-9";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const entry = fileURLToPath(new URL("../../eslint-plugin/dist/index.js", import.meta.url));
const require = createRequire(import.meta.url);

const main = [
  'import { orchestrator } from "dacapo";',
  'import { now } from "./clock.js";',
  'orchestrator("o", function* (ctx) {',
  "  return [new Date(), now()];",
  "});",
  "",
].join("\n");
const clock = "export const now = () => Date.now();\n";
const expected = [
  [4, 11, "new Date() returns a different value on replay. Use ctx.currentUtcDateTime."],
  [
    4,
    23,
    "Calls now() -> Date.now() (clock.js:1). Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.",
  ],
];

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dacapo-hosts-"));
  writeFileSync(path.join(folder, "main.js"), main);
  writeFileSync(path.join(folder, "clock.js"), clock);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ["ESLint 9", nine],
  ["ESLint 10", ten],
])("%s", (_, eslint) => {
  it("finds what is written there and what is two files away", async () => {
    const { default: plugin } = (await import(entry)) as { default: { configs: { recommended: ten.Linter.Config } } };
    const { ESLint } = eslint as typeof ten;
    const linter = new ESLint({ cwd: folder, overrideConfigFile: true, overrideConfig: [plugin.configs.recommended] });
    const [result] = await linter.lintFiles(["main.js"]);
    expect(result?.messages.map(({ line, column, message }) => [line, column, message])).toEqual(expected);
  });
});

describe("Oxlint", () => {
  const run = (...options: string[]) => {
    const bin = path.join(path.dirname(require.resolve("oxlint/package.json")), "bin/oxlint");
    return spawnSync(process.execPath, [bin, "--config", "oxlint.json", ...options, "main.js"], {
      cwd: folder,
      encoding: "utf8",
    });
  };

  beforeAll(() => {
    const config = {
      jsPlugins: [{ name: "dacapo", specifier: entry }],
      categories: { correctness: "off" },
      rules: { "dacapo/no-wall-clock": "error" },
    };
    writeFileSync(path.join(folder, "oxlint.json"), JSON.stringify(config));
  });

  it("finds the same without type information", () => {
    const { stdout, stderr } = run("--format", "json");
    const output = JSON.parse(stdout) as {
      diagnostics: { message: string; labels: { span: { line: number; column: number } }[] }[];
    };
    expect(stderr).toBe("");
    expect(
      output.diagnostics
        .map(({ message, labels }) => [labels[0]?.span.line, labels[0]?.span.column, message])
        .sort((a, b) => Number(a[1]) - Number(b[1])),
    ).toEqual(expected);
  });

  it("fixes", () => {
    run("--fix");
    expect(readFileSync(path.join(folder, "main.js"), "utf8")).toBe(
      main.replace("new Date()", "ctx.currentUtcDateTime"),
    );
    writeFileSync(path.join(folder, "main.js"), main);
  });
});
