/** The plugin as its users meet it: its exports, its configuration, its documents. */
import { readdirSync, readFileSync } from "node:fs";
import { ESLint, Linter } from "eslint";
import { describe, expect, it } from "vitest";

import plugin from "../../eslint-plugin/src/index.ts";

const folder = new URL("../../eslint-plugin/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), "utf8");
const rules = Object.entries(plugin.rules);

/** Lints one piece of code with the recommended configuration, as a user writes it. */
function lint(code: string): readonly Linter.LintMessage[] {
  // Rules written with typescript-eslint's types are what ESLint loads, but its types do not say so.
  const recommended = plugin.configs.recommended as unknown as Linter.Config;
  return new Linter().verify(code, [recommended]);
}

describe("the plugin", () => {
  it("names itself and its version as its package does", () => {
    const manifest: unknown = JSON.parse(read("package.json"));
    expect(manifest).toMatchObject({ name: plugin.meta.name, version: plugin.meta.version });
  });

  it("recommends rules that exist", () => {
    const recommended = Object.keys(plugin.configs.recommended.rules);
    expect(recommended).toEqual(rules.map(([name]) => `dacapo/${name}`));
  });

  it("may be named beside its own configuration", async () => {
    const eslint = new ESLint({
      overrideConfigFile: true,
      overrideConfig: [
        plugin.configs.recommended as unknown as Linter.Config,
        { plugins: { dacapo: plugin as unknown as ESLint.Plugin }, rules: { "dacapo/no-wall-clock": "warn" } },
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

describe.each(rules)("the page of %s", (name, rule) => {
  const page = read(`docs/rules/${name}.md`);
  /** The examples under the headings that contain a word, in order. */
  const examples = (kind: "Incorrect" | "Correct") =>
    page
      .split(/^#+ /mu)
      .filter((section) => section.startsWith(kind))
      .flatMap((section) => [...section.matchAll(/^```js\n(.*?)^```$/gmsu)].map((match) => match[1] ?? ""));

  it("is where the rule says it is, under the rule's description", () => {
    expect(rule.meta.docs?.url).toBe(`docs/rules/${name}.md`);
    expect(page.split("\n")[0]).toBe(`# ${rule.meta.docs?.description ?? ""} (\`dacapo/${name}\`)`);
  });

  it("has incorrect examples, which are reported where they say so", () => {
    expect(examples("Incorrect").length).toBeGreaterThan(1);
    for (const code of examples("Incorrect")) {
      const marked = code.split("\n").flatMap((text, index) => (text.includes("// reported") ? [index + 1] : []));
      expect(marked.length).toBeGreaterThan(0);
      expect(lint(code).map(({ ruleId, line }) => ({ ruleId, line }))).toEqual(
        marked.map((line) => ({ ruleId: `dacapo/${name}`, line })),
      );
    }
  });

  it("has correct examples, which are not reported", () => {
    expect(examples("Correct").length).toBeGreaterThan(1);
    for (const code of examples("Correct")) expect(lint(code)).toEqual([]);
  });
});

describe("the README", () => {
  it("lists every rule, with its page and description", () => {
    for (const [name, rule] of rules) {
      expect(read("README.md")).toContain(`[\`dacapo/${name}\`](docs/rules/${name}.md)`);
      expect(read("README.md")).toContain(rule.meta.docs?.description);
    }
  });
});
