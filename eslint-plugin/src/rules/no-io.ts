/**
 * The rule `dacapo/no-io`: orchestrator code leaves the outside world to activities.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noIo = createRule({
  name: "no-io",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow input and output in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },

    messages: {
      uses: "{{api}} does I/O, which happens again on each replay, and may give another answer. Move it to an activity.",
      usesInstead: "{{api}} does I/O, which happens again on each replay, and may give another answer. {{instead}}",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
