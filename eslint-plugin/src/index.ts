/**
 * The ESLint plugin: `dacapo` in a flat configuration.
 *
 * Invariant: loading it loads no package at all, so it works wherever ESLint's plugins do. It never imports the
 * engine. Imported by the configuration files of its users.
 */
import { rulesOf } from "./configs.ts";
import type { Preset } from "./rules/create-rule.ts";
import { rules } from "./rules/index.ts";

/** The plugin's own name and version, which ESLint uses as a part of its cache's key. */
const meta = { name: "@dacapo/eslint-plugin", version: "0.1.0", namespace: "dacapo" } as const;

const core = { meta, rules };

/** A configuration. Its plugin is the exported one: ESLint refuses two of one name. */
function config(preset: Preset) {
  return { name: `dacapo/${preset}`, plugins: { dacapo: core }, rules: rulesOf(preset) } as const;
}

/**
 * The plugin.
 *
 * @example
 * ```js
 * // eslint.config.js
 * import dacapo from "@dacapo/eslint-plugin";
 *
 * export default [dacapo.configs.recommended];
 * ```
 */
const plugin = Object.assign(core, {
  configs: {
    /** Works without type information, in JavaScript too. */
    recommended: config("recommended"),
    /** Adds what needs type information. */
    recommendedTypeChecked: config("recommendedTypeChecked"),
    /** Adds rules of style and of doubt; everything is an error. */
    strict: config("strict"),
    /** All of it. */
    strictTypeChecked: config("strictTypeChecked"),
  },
});

export default plugin;
export type { DacapoRule, Preset, RuleDocs } from "./rules/create-rule.ts";
export type { RuleName } from "./semantic/rule-names.ts";
