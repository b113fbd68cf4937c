/**
 * The four configurations, made from what each rule says of itself.
 *
 * Invariant: a rule is in the smallest configuration that it names and in every larger one; what needs types is only
 * in those that say so. Used by `index.ts`.
 */
import type { Preset } from "./rules/create-rule.ts";
import { rules } from "./rules/index.ts";

type Severity = "error" | "warn";

/** The presets that each configuration takes rules of. */
const INCLUDED: Readonly<Record<Preset, readonly Preset[]>> = {
  recommended: ["recommended"],
  recommendedTypeChecked: ["recommended", "recommendedTypeChecked"],
  strict: ["recommended", "strict"],
  strictTypeChecked: ["recommended", "recommendedTypeChecked", "strict", "strictTypeChecked"],
};

/** Returns the severities of the rules of one configuration. */
export function rulesOf(preset: Preset): Readonly<Record<`dacapo/${string}`, Severity>> {
  const chosen = Object.values(rules).flatMap((rule): [`dacapo/${string}`, Severity][] => {
    const docs = rule.meta.docs;
    if (docs === undefined || docs.preset === "off" || !INCLUDED[preset].includes(docs.preset)) return [];
    // What strictness adds is meant: a warning there is an error.
    const severity = preset.startsWith("strict") ? "error" : docs.severity;
    return [[`dacapo/${rule.name}`, severity]];
  });
  return Object.fromEntries(chosen);
}
