/**
 * The plugin as it is packed runs wherever its users lint: ESLint 9 and 10, and Oxlint, which has no parser services. It
 * is unpacked into a folder that has TypeScript beside it and nothing else, or not even that.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as ten from "eslint";
import * as nine from "eslint-9";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const source = fileURLToPath(new URL("../../eslint-plugin", import.meta.url));
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

/** A file that imports what is no JavaScript, and a declaration beside which there is none. */
const beside = [
  'const { orchestrator } = require("dacapo");',
  'const { limit } = require("./limits.json");',
  'const { day } = require("./days");',
  'orchestrator("o", function* (ctx) {',
  "  return [limit, day(), Date.now()];",
  "});",
  "",
].join("\n");
const days = "/** @nondeterministic clock */\nexport declare function day(): string;\n";

let folder = "";
/** The name of the packed plugin in that folder. */
let packed = "";

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  return status === 0 ? stdout : expect.fail(stderr);
}

function install(archive: string, target: string): void {
  const installed = path.join(target, "node_modules/@dacapo/eslint-plugin");
  mkdirSync(installed, { recursive: true });
  run("tar", "-xzf", archive, "-C", installed, "--strip-components=1");
}

/** Lints files of a folder with the plugin that is installed there. */
async function lint({ ESLint }: typeof ten, cwd: string, ...files: string[]) {
  const entry = createRequire(path.join(cwd, "eslint.config.js")).resolve("@dacapo/eslint-plugin");
  const { default: plugin } = (await import(pathToFileURL(entry).href)) as {
    default: { configs: { recommended: ten.Linter.Config } };
  };
  const linter = new ESLint({ cwd, overrideConfigFile: true, overrideConfig: [plugin.configs.recommended] });
  const results = await linter.lintFiles(files);
  return results.map(({ messages }) => messages.map(({ line, column, message }) => [line, column, message]));
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dacapo-hosts-"));
  packed = run("npm", "pack", source, "--ignore-scripts", "--silent").trim();
  install(path.join(folder, packed), folder);
  symlinkSync(path.dirname(require.resolve("typescript/package.json")), path.join(folder, "node_modules/typescript"));
  writeFileSync(path.join(folder, "main.js"), main);
  writeFileSync(path.join(folder, "clock.js"), clock);
  writeFileSync(path.join(folder, "beside.js"), beside);
  writeFileSync(path.join(folder, "limits.json"), '{ "limit": 3 }');
  writeFileSync(path.join(folder, "days.d.ts"), days);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ["ESLint 9", nine],
  ["ESLint 10", ten],
])("%s", (_, eslint) => {
  it("finds what is written there and what is two files away", async () => {
    expect(await lint(eslint as typeof ten, folder, "main.js")).toEqual([expected]);
  });

  it("analyses a file that imports data, and reads declarations where there is no code", async () => {
    const [found = []] = await lint(eslint as typeof ten, folder, "beside.js");
    expect(found.map(([line, column]) => [line, column])).toEqual([
      [5, 18],
      [5, 25],
    ]);
  });
});

describe("without TypeScript", () => {
  it("one rule says what to install, once in each file that holds anything durable", async () => {
    const apart = mkdtempSync(path.join(tmpdir(), "dacapo-bare-"));
    try {
      install(path.join(folder, packed), apart);
      writeFileSync(path.join(apart, "main.js"), main);
      writeFileSync(path.join(apart, "clock.js"), clock);
      const message =
        'Dacapo\'s rules read code with the package "typescript" (5.4 to 6.0), which could not be loaded. ' +
        "Install it: npm install --save-dev typescript@6";
      expect(await lint(ten, apart, "clock.js", "main.js")).toEqual([[], [[1, 1, message]]]);
    } finally {
      rmSync(apart, { recursive: true, force: true });
    }
  });
});

describe("Oxlint", () => {
  const oxlint = (...options: string[]) => {
    const bin = path.join(path.dirname(require.resolve("oxlint/package.json")), "bin/oxlint");
    return spawnSync(process.execPath, [bin, "--config", "oxlint.json", ...options, "main.js"], {
      cwd: folder,
      encoding: "utf8",
    });
  };

  beforeAll(() => {
    const config = {
      jsPlugins: [{ name: "dacapo", specifier: "@dacapo/eslint-plugin" }],
      categories: { correctness: "off" },
      rules: { "dacapo/no-wall-clock": "error" },
    };
    writeFileSync(path.join(folder, "oxlint.json"), JSON.stringify(config));
  });

  it("finds the same without type information", () => {
    const { stdout, stderr } = oxlint("--format", "json");
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
    oxlint("--fix");
    expect(readFileSync(path.join(folder, "main.js"), "utf8")).toBe(
      main.replace("new Date()", "ctx.currentUtcDateTime"),
    );
    writeFileSync(path.join(folder, "main.js"), main);
  });
});
