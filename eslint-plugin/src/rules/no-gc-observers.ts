/**
 * The rule `dacapo/no-gc-observers`: orchestrator code does not watch the garbage collector or other threads.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noGcObservers = createRule({
  name: "no-gc-observers",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow observing the garbage collector and sharing memory in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },

    messages: {
      uses: "{{api}} depends on the garbage collector or on other threads, which no replay repeats. Hold the value itself.",
      usesInstead: "{{api}} depends on the garbage collector or on other threads, which no replay repeats. {{instead}}",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
