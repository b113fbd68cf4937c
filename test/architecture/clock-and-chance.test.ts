/**
 * Who may read a clock or draw a random number: the linter's part of it. Each test lints a planted text with the
 * project's own configuration under the path of a file that may not do so, and the same text, or an innocent
 * neighbour of it, where it is allowed.
 *
 * Rules that need types are switched off here, since planted files belong to no program; the restrictions under
 * test need none. One test at the end proves that rules with types are on.
 */
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";
import plugin from "../../eslint-plugin/src/index.ts";
import { root, textOf } from "../tooling/repository.ts";

const untyped = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

async function rulesThatReport(path: string, code: string): Promise<readonly (string | null)[]> {
  const [result] = await untyped.lintText(`${code}\n`, { filePath: path });
  const fatal = result!.messages.find((message) => message.fatal);
  if (fatal) expect.fail(fatal.message);
  return [...new Set(result!.messages.map((message) => message.ruleId))];
}

const clocks: readonly (readonly [code: string, rule: string])[] = [
  ["export const t = Date.now();", "no-restricted-properties"],
  ["export const { now } = Date;", "no-restricted-properties"],
  ["export const t = new Date();", "no-restricted-syntax"],
  ["export const t = Date();", "no-restricted-syntax"],
  ["export const t = performance.now();", "no-restricted-globals"],
  ["export const t = globalThis.performance.now();", "no-restricted-globals"],
  ["export const t = process.hrtime();", "no-restricted-globals"],
  ["setTimeout(() => 0, 1);", "no-restricted-globals"],
  ["setInterval(() => 0, 1);", "no-restricted-globals"],
  ["setImmediate(() => 0);", "no-restricted-globals"],
  ["clearTimeout(1);", "no-restricted-globals"],
  ["queueMicrotask(() => 0);", "no-restricted-globals"],
  ["export const s = AbortSignal.timeout(1);", "no-restricted-properties"],
];
const networks: readonly (readonly [code: string, rule: string])[] = [
  ['export const r = fetch("http://localhost/");', "no-restricted-globals"],
  ['export const r = globalThis.fetch("http://localhost/");', "no-restricted-globals"],
  ['export const s = new WebSocket("ws://localhost/");', "no-restricted-globals"],
];
const chances: readonly (readonly [code: string, rule: string])[] = [
  ["export const r = Math.random();", "no-restricted-properties"],
  ["export const { random } = Math;", "no-restricted-properties"],
  ["export const id = crypto.randomUUID();", "no-restricted-globals"],
  ["export const id = globalThis.crypto.randomUUID();", "no-restricted-globals"],
];
const coreOnly: readonly (readonly [code: string, rule: string])[] = [
  ["export const s = (1).toLocaleString();", "no-restricted-properties"],
  ["export const s = 'a'.localeCompare('b');", "no-restricted-properties"],
  ["export const z = new Date(0).getTimezoneOffset();", "no-restricted-properties"],
  ["export const w = new WeakRef({});", "no-restricted-globals"],
  ["export const f = new FinalizationRegistry(() => 0);", "no-restricted-globals"],
];
const innocent = [
  "export const t = new Date(0).toISOString();",
  "export const t = Date.UTC(2026, 0, 1);",
  "export const t = Math.max(1, 2);",
  "export const clock = { now: () => 0 }; clock.now();",
  "export function f(setTimeout: () => void): void { setTimeout(); }",
];

describe.each([
  "src/core/planted.ts",
  "src/runtime/planted.ts",
  "src/runtime/guarded-calls.ts",
  "src/backends/memory/planted.ts",
  "src/planted.ts",
])("in %s", (path) => {
  it.each([...clocks, ...networks, ...chances])("%s is refused by %s", async (code, rule) => {
    expect(await rulesThatReport(path, code)).toContain(rule);
  });
});

describe("in src/core", () => {
  it.each(coreOnly)("%s is refused by %s", async (code, rule) => {
    expect(await rulesThatReport("src/core/planted.ts", code)).toEqual([rule]);
  });

  it.each(innocent)("%s is allowed", async (code) => {
    expect(await rulesThatReport("src/core/planted.ts", code)).toEqual([]);
  });
});

describe.each(["src/runtime/system.ts", "src/runtime/determinism-guard.ts", "src/cli/planted.ts"])("in %s", (path) => {
  it.each([...clocks, ...chances])("%s is allowed", async (code) => {
    expect(await rulesThatReport(path, code)).toEqual([]);
  });
});

describe("in simulator/src", () => {
  it.each(chances)("%s is refused by %s", async (code, rule) => {
    expect(await rulesThatReport("simulator/src/planted.ts", code)).toEqual([rule]);
  });

  it.each(innocent)("%s is allowed", async (code) => {
    expect(await rulesThatReport("simulator/src/planted.ts", code)).toEqual([]);
  });
});

describe("our own linter plugin", () => {
  const orchestrator = (body: string): string =>
    `import { orchestrator } from "dacapo";\nexport const o = orchestrator("o", function* (ctx) { ${body} });`;
  const late = (now: string): string => orchestrator(`return ${now} > ctx.currentUtcDateTime;`);

  it.each(["examples/planted.ts", "examples/planted.js", "examples/planted.mjs", "src/core/planted.ts"])(
    "refuses a clock in an orchestrator (%s)",
    async (path) => {
      expect(await rulesThatReport(path, late("new Date()"))).toContain("dacapo/no-wall-clock");
      expect(await rulesThatReport(path, late("new Date(0)"))).toEqual([]);
    },
  );

  it.each(["examples/planted.ts", "src/core/planted.ts"])("has all that it recommends (%s)", async (path) => {
    const config = (await untyped.calculateConfigForFile(path)) as { rules: Readonly<Record<string, unknown>> };
    for (const [name, severity] of Object.entries(plugin.configs.recommended.rules)) {
      expect({ name, is: config.rules[name] }).toEqual({ name, is: [severity === "error" ? 2 : 1] });
    }
  });

  it("refuses what ESLint itself has no rule for", async () => {
    const spoilt = orchestrator('ctx.callActivity("pay"); return yield* ctx.callActivity("ship");');
    expect(await rulesThatReport("src/core/planted.ts", spoilt)).toEqual(["dacapo/no-floating-durable-task"]);
    expect(await rulesThatReport("examples/planted.mjs", spoilt)).toEqual(["dacapo/no-floating-durable-task"]);
  });
});

describe("elsewhere in the rules", () => {
  it("an entry point with a statement of its own is refused", async () => {
    expect(await rulesThatReport("src/index.ts", 'export * from "./core/errors.ts";\nexport const x = 1;')).toEqual([
      "no-restricted-syntax",
    ]);
    expect(await rulesThatReport("src/index.ts", 'export * from "./core/errors.ts";')).toEqual([]);
  });

  it("a comment cannot switch a rule off", async () => {
    const code = "// eslint-disable-next-line no-restricted-properties\nexport const t = Date.now();";
    expect(await rulesThatReport("src/core/planted.ts", code)).toContain("no-restricted-properties");
  });

  it("a function longer than 70 lines is refused", async () => {
    const long = (lines: number): string => `export function f(): void {\n${"f();\n".repeat(lines)}}`;
    expect(await rulesThatReport("src/core/planted.ts", long(69))).toEqual(["max-lines-per-function"]);
    expect(await rulesThatReport("src/core/planted.ts", long(68))).toEqual([]);
  });

  it("a decorator is refused", async () => {
    expect(await rulesThatReport("simulator/src/planted.ts", "@sealed export class C {}")).toContain(
      "no-restricted-syntax",
    );
  });

  it("rules that need types are on", async () => {
    const path = "src/core/assert.ts";
    const typed = new ESLint({ cwd: root });
    const planted = `${textOf(path)}\nexport function f(): void {\n  Promise.resolve(1);\n}\n`;
    const [result] = await typed.lintText(planted, { filePath: path });
    expect(result!.messages.map(({ ruleId }) => ruleId)).toEqual(["@typescript-eslint/no-floating-promises"]);
  });
});
