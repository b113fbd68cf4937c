/**
 * The rule `dacapo/require-continue-as-new`: a loop without an end starts anew now and then.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const requireContinueAsNew = createRule({
  name: "require-continue-as-new",
  meta: {
    type: "problem",
    docs: {
      description: "Require endless loops of orchestrators to continue as new",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      endless:
        "This loop never ends, and each pass adds {{work}} (line {{line}}) to the history, which is replayed whole. Call {{context}}.continueAsNew() after some passes, and return.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
