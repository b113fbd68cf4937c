/**
 * Writes the heads of the rules' pages and the list of rules in the README from what the rules say of themselves, or
 * with `--check` says what is not as they would be written.
 *
 * The generator takes the prefix of rules from the plugin's name; ours is its namespace instead, `dacapo/`, so the
 * generator is shown that name. Run on the built plugin: `npm run docs:rules`.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { generate } from "eslint-doc-generator/dist/lib/generator.js";

import plugin from "../dist/index.js";

/** The way from a rule's page to the README, which needs none to itself. */
const README = "../../README.md";

Object.assign(plugin, { meta: { ...plugin.meta, name: "eslint-plugin-dacapo" } });

await generate(fileURLToPath(new URL("..", import.meta.url)), {
  check: process.argv.includes("--check"),
  configEmoji: [
    ["recommended", "✅"],
    ["recommendedTypeChecked", "☑️"],
    ["strict", "🔒"],
    ["strictTypeChecked", "🔐"],
  ],
  ruleDocTitleFormat: "desc-parens-prefix-name",
  ruleDocSectionInclude: ["Rule details", "When not to use it"],
  ruleListColumns: [
    "name",
    "description",
    "configsError",
    "configsWarn",
    "fixable",
    "hasSuggestions",
    "requiresTypeChecking",
  ],
  postprocess: async (content, file) =>
    format(file.endsWith("README.md") ? content.replaceAll(README, "") : content, {
      ...(await resolveConfig(file)),
      filepath: file,
    }),
  urlConfigs: `${README}#configurations`,
});
