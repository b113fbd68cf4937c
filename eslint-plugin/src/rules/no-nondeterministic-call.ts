/**
 * The rule `dacapo/no-nondeterministic-call`: orchestrator code does not call what is declared nondeterministic.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noNondeterministicCall = createRule({
  name: "no-nondeterministic-call",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow calling functions that are declared nondeterministic in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },

    messages: {
      uses: "{{api}} is declared nondeterministic. Call it in an activity.",
      usesInstead: "{{api}} is declared nondeterministic. {{instead}}",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
