/**
 * The ESLint plugin: `dacapo` in a flat configuration.
 *
 * Invariant: loading it loads no package at all, so it works wherever ESLint's plugins do. It never imports the
 * engine. Imported by the configuration files of its users.
 */
import { noWallClock } from "./rules/no-wall-clock.ts";

/** The plugin's own name and version, which ESLint uses as a part of its cache's key. */
const meta = { name: "@dacapo/eslint-plugin", version: "0.1.0", namespace: "dacapo" } as const;

/** All rules, by their names without the prefix. */
const rules = { "no-wall-clock": noWallClock } as const;

const core = { meta, rules };

/** The rules that need no type information. Its plugin is the exported one: ESLint refuses two of one name. */
const recommended = {
  name: "dacapo/recommended",
  plugins: { dacapo: core },
  rules: { "dacapo/no-wall-clock": "error" },
} as const;

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
const plugin = Object.assign(core, { configs: { recommended } });

export default plugin;
export type { MessageIds as NoWallClockMessageIds } from "./rules/no-wall-clock.ts";
