/**
 * The rule `dacapo/no-random`: orchestrator code draws no numbers and makes no identifiers of its own.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noRandom = createRule({
  name: "no-random",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow random numbers and identifiers in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      uses: "{{api}} returns a different value on replay. Use {{context}}.newGuid(), or draw it in an activity.",
      usesInstead: "{{api}} returns a different value on replay. {{instead}}",
      varyingSeed:
        "{{api}} is seeded from {{source}}, and draws other numbers on replay. Seed it from {{context}}.instanceId or the input.",
      replace: "Replace with {{replacement}}.",
      addContext: "Add the parameter {{parameter}} and replace with {{replacement}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
