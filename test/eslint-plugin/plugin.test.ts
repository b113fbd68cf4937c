/** The plugin as its users meet it: its exports, its configuration, its documents. */
import { readdirSync, readFileSync } from "node:fs";
import { ESLint, Linter } from "eslint";
import { describe, expect, it } from "vitest";

import plugin from "../../eslint-plugin/src/index.ts";
import { RULE_NAMES } from "../../eslint-plugin/src/semantic/rule-names.ts";

const folder = new URL("../../eslint-plugin/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), "utf8");
const rules = Object.entries(plugin.rules);

/** Whether each of the four configurations has a rule, by the smallest that it names. */
const PRESETS = {
  recommended: [true, true, true, true],
  recommendedTypeChecked: [false, true, false, true],
  strict: [false, false, true, true],
  strictTypeChecked: [false, false, false, true],
  off: [false, false, false, false],
} as const;

/** Lints one piece of code with the recommended configuration, as a user writes it. */
function lint(code: string): readonly Linter.LintMessage[] {
  const recommended = plugin.configs.recommended;
  return new Linter().verify(code, [recommended]);
}

describe("the plugin", () => {
  it("names itself and its version as its package does", () => {
    const manifest: unknown = JSON.parse(read("package.json"));
    expect(manifest).toMatchObject({ name: plugin.meta.name, version: plugin.meta.version });
  });

  it("has a rule for each name, in the smallest configurations that the rule names", () => {
    expect(rules.map(([name]) => name).sort()).toEqual([...RULE_NAMES].sort());
    const { recommended, recommendedTypeChecked, strict, strictTypeChecked } = plugin.configs;
    for (const [name, { meta }] of rules) {
      const on = [recommended, recommendedTypeChecked, strict, strictTypeChecked].map((config) =>
        Object.hasOwn(config.rules, `dacapo/${name}`),
      );
      expect({ name, on }).toEqual({ name, on: PRESETS[meta.docs?.preset ?? "off"] });
    }
  });

  it("asks for types only in the configurations that say so", () => {
    for (const [name, { meta }] of rules) {
      const typed = meta.docs?.requiresTypeChecking;
      expect({ name, typed }).toEqual({ name, typed: /TypeChecked$/u.test(meta.docs?.preset ?? "") });
    }
  });

  it("has texts for all that it reports, and placeholders that are filled", () => {
    for (const [, { meta }] of rules) for (const text of Object.values(meta.messages)) expect(text).toMatch(/\S/u);
  });

  it("may be named beside its own configuration", async () => {
    const eslint = new ESLint({
      overrideConfigFile: true,
      overrideConfig: [
        plugin.configs.recommended,
        { plugins: { dacapo: plugin }, rules: { "dacapo/no-wall-clock": "warn" } },
      ],
    });
    const [result] = await eslint.lintText('import * as d from "dacapo"; d.orchestrator("o", (c) => new Date());');
    expect(result).toMatchObject({ warningCount: 1, errorCount: 0 });
  });

  it("does nothing in a file that does not mention the package", () => {
    expect(lint("orchestrator('o', () => Date.now());")).toEqual([]);
  });

  it("loads no package", () => {
    const sources = readdirSync(new URL("src/", folder), { recursive: true, encoding: "utf8" });
    const imports = sources
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => [...read(`src/${path}`).matchAll(/^(?:import|export) (?!type\b).*? from "([^"]+)"/gmu)])
      .map((match) => match[1]);
    expect(imports).toContain("./no-wall-clock.ts");
    expect(imports.filter((specifier) => !/^\.|^node:/u.test(specifier ?? ""))).toEqual([]);
  });
});
