/**
 * The rule `dacapo/continue-as-new-usage`: continueAsNew is the last durable thing that an execution does.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const continueAsNewUsage = createRule({
  name: "continue-as-new-usage",
  meta: {
    type: "problem",
    docs: {
      description: "Enforce that continueAsNew is the last durable action, and is not waited for",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      awaited:
        "continueAsNew() gives nothing to {{word}}: the orchestrator starts anew when it returns. Call it, and return.",
      after:
        "continueAsNew() must be the last durable action, but {{work}} (line {{line}}) comes after it. Return right after it.",
      open: "{{tasks}} is still open at continueAsNew(), which discards its result. Wait for it before, or cancel it.",
      removeWait: "Remove {{word}}.",
      addReturn: "Add return.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
