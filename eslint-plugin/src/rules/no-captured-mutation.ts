/**
 * The rule `dacapo/no-captured-mutation`: an activity gives its result back, and changes nothing of an orchestrator.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noCapturedMutation = createRule({
  name: "no-captured-mutation",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow changing an orchestrator's variables inside activities",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      captured: "'{{name}}' is changed inside {{activity}}, which is skipped on replay. Return the value instead.",
      behind:
        "'{{name}}' is changed by {{api}} inside {{activity}}, which is skipped on replay. Return the value instead.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
