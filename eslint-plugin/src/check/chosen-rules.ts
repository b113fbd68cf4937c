/**
 * Chooses which rules a check runs: those of a configuration, or those that are named.
 *
 * Invariant: a name that no rule has is an error, never an empty check. Used by `check.ts`.
 */
import { rulesOf } from "../configs.ts";
import { rules } from "../rules/index.ts";
import type { DacapoRule, Preset } from "../rules/create-rule.ts";
import { CheckError } from "./check-error.ts";

/** A rule that is run. */
export interface ChosenRule {
  readonly rule: DacapoRule;
  /** The name with the plugin's prefix. */
  readonly id: `dacapo/${string}`;
  readonly severity: "error" | "warn";
}

const ALL: ReadonlyMap<string, DacapoRule> = new Map(Object.values(rules).map((rule) => [rule.name, rule]));

function named(name: string, preset: Preset): ChosenRule {
  const rule = ALL.get(name.replace(/^dacapo\//u, ""));
  if (rule === undefined) {
    throw new CheckError(`There is no rule "${name}".`, `There are: ${[...ALL.keys()].sort().join(", ")}.`);
  }
  const id = `dacapo/${rule.name}` as const;
  return { rule, id, severity: rulesOf(preset)[id] ?? rule.meta.docs?.severity ?? "error" };
}

/** Returns the rules to run by their names without the prefix. */
export function chooseRules(preset: Preset, names: readonly string[] | undefined): ReadonlyMap<string, ChosenRule> {
  const chosen = (names ?? Object.keys(rulesOf(preset))).map((name) => named(name, preset));
  return new Map(chosen.map((each) => [each.rule.name, each]));
}
