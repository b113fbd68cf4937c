/**
 * The rule `dacapo/no-spin-loop`: orchestrator code that waits gives control back.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noSpinLoop = createRule({
  name: "no-spin-loop",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow loops in orchestrator code that wait without yielding, and so never end",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      endless:
        "This loop has no end and never yields: the orchestrator hangs in it. Wait for a durable task, or leave it.",
      same: "Nothing in this loop changes its condition, and it never yields: once entered, the orchestrator hangs in it.",
      unchanging:
        "{{value}} changes only when the orchestrator yields, so this loop never ends. Wait for a durable task in it, such as {{context}}.createTimer().",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
