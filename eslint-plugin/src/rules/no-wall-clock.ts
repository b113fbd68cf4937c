/**
 * The rule `dacapo/no-wall-clock`: orchestrator code does not read the clock of the machine.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noWallClock = createRule({
  name: "no-wall-clock",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow reading the machine's clock in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    fixable: "code",
    hasSuggestions: true,
    messages: {
      uses: "{{api}} returns a different value on replay. Use {{context}}.currentUtcDateTime.",
      usesInstead: "{{api}} returns a different value on replay. {{instead}}",
      replace: "Replace with {{replacement}}.",
      addContext: "Add the parameter {{parameter}} and replace with {{replacement}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
