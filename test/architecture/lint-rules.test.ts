/**
 * The rules of our own linter plugin are linted as the authors of ESLint want rules to be. The linter of lint rules sees
 * a rule only where it finds an object with `meta` and `create`, and is silent elsewhere; so every file of a rule is
 * spoilt here in a way that has to be reported, and planted rules make each kind of mistake.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";
import { root, textOf } from "../tooling/repository.ts";

const folder = "eslint-plugin/src/rules";
const files = readdirSync(join(root, folder)).filter((file) => !["create-rule.ts", "index.ts"].includes(file));
const untyped = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

/** The complaints about a text in the place of a rule's file, without what other tests are about. */
async function complaints(code: string, file = "planted.ts"): Promise<readonly string[]> {
  const [result] = await untyped.lintText(code, { filePath: `${folder}/${file}` });
  const fatal = result!.messages.find((message) => message.fatal);
  if (fatal) expect.fail(fatal.message);
  return result!.messages.flatMap(({ ruleId }) => (ruleId?.startsWith("eslint-plugin/") === true ? [ruleId] : []));
}

const rule = (meta: string, create = "return reportFindings(this, context);"): string => `
  import { createRule, reportFindings } from "./create-rule.ts";
  export const planted = createRule({ name: "no-io", meta: { ${meta} }, create(context) { ${create} } });`;

const type = 'type: "problem"';
const docs = 'docs: { description: "Disallow what is planted" }';
const messages = 'messages: { uses: "{{api}} is planted." }';
const visit = (report: string): string => `return { Program(node) { context.report({ node, ${report} }); } };`;

describe("every rule of the plugin", () => {
  it("is found in its folder", () => {
    expect(files).toContain("no-wall-clock.ts");
  });

  it.each(files)("%s is seen as a rule, and in order", async (file) => {
    const text = textOf(`${folder}/${file}`);
    expect(await complaints(text, file)).toEqual([]);
    const spoilt = text.replace(/description:\s*"\w+/u, 'description: "Forbids');
    expect(await complaints(spoilt, file)).toEqual(["eslint-plugin/require-meta-docs-description"]);
  });
});

describe("a planted rule", () => {
  it("in order is accepted", async () => {
    expect(await complaints(rule(`${type}, ${docs}, ${messages}`))).toEqual([]);
  });

  it.each([
    ["without a type", "require-meta-type", rule(`${docs}, ${messages}`)],
    ["of an unknown type", "require-meta-type", rule(`type: "bug", ${docs}, ${messages}`)],
    ["without a description", "require-meta-docs-description", rule(`${type}, docs: {}, ${messages}`)],
    [
      "that reports a text without a name",
      "prefer-message-ids",
      rule(`${type}, ${docs}, ${messages}`, visit('message: "Planted."')),
    ],
    ["whose message is no sentence", "report-message-format", rule(`${type}, ${docs}, messages: { uses: "bad" }`)],
    ["in another order", "meta-property-ordering", rule(`${type}, ${messages}, ${docs}`)],
    [
      "that reports by a message that it has not",
      "no-missing-message-ids",
      rule(`${type}, ${docs}, ${messages}`, visit('messageId: "reads", data: { api: "x" }')),
    ],
    [
      "that leaves a placeholder empty",
      "no-missing-placeholders",
      rule(`${type}, ${docs}, ${messages}`, visit('messageId: "uses"')),
    ],
    [
      "that fixes without saying so",
      "require-meta-fixable",
      rule(
        `${type}, ${docs}, ${messages}`,
        visit('messageId: "uses", data: { api: "x" }, fix: (fixer) => fixer.remove(node)'),
      ),
    ],
  ])("%s is refused by %s", async (_, name, code) => {
    expect(await complaints(code)).toContain(`eslint-plugin/${name}`);
  });
});
