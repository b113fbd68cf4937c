/**
 * The types of the plugin fit where its users put it, in a typed configuration under ESLint 9, ESLint 10 and
 * typescript-eslint, without a cast. The compiler is the judge (`npm run types`); here the same values are made.
 */
import type { TSESLint } from "@typescript-eslint/utils";
import type { ESLint, Linter, Rule } from "eslint";
import type { ESLint as ESLint9, Linter as Linter9, Rule as Rule9 } from "eslint-9";
import { defineConfig as defineConfig9 } from "eslint-9/config";
import { defineConfig } from "eslint/config";
import { expect, it } from "vitest";

import plugin from "../../eslint-plugin/src/index.ts";

const { recommended, strictTypeChecked } = plugin.configs;
const rule = plugin.rules["no-wall-clock"];

it("a configuration is one of ESLint 10", () => {
  const configs: Linter.Config[] = [recommended];
  const asPlugin: ESLint.Plugin = plugin;
  const asRule: Rule.RuleModule = rule;
  const defined = defineConfig(recommended, { plugins: { dacapo: plugin }, extends: ["dacapo/strict"] });
  expect([configs, asPlugin, asRule]).toEqual([[recommended], plugin, rule]);
  expect(defined.map(({ name }) => name)).toEqual([
    recommended.name,
    expect.stringContaining("dacapo/strict"),
    undefined,
  ]);
});

it("a configuration is one of ESLint 9", () => {
  const configs: Linter9.Config[] = [recommended];
  const asPlugin: ESLint9.Plugin = plugin;
  const asRule: Rule9.RuleModule = rule;
  expect([configs, asPlugin, asRule]).toEqual([[recommended], plugin, rule]);
  expect(defineConfig9({ extends: [strictTypeChecked] })).toHaveLength(1);
});

it("a configuration is one of typescript-eslint", () => {
  const configs: TSESLint.FlatConfig.ConfigArray = [recommended, { plugins: { dacapo: plugin } }];
  const asPlugin: TSESLint.FlatConfig.Plugin = plugin;
  expect([configs[0], asPlugin]).toEqual([recommended, plugin]);
});
