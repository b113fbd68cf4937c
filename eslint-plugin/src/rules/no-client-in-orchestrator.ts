/**
 * The rule `dacapo/no-client-in-orchestrator`: an orchestrator acts through its context alone.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noClientInOrchestrator = createRule({
  name: "no-client-in-orchestrator",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow clients of the engine in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      uses: "{{api}} acts at once, and again on each replay. Use {{context}}, or a client in an activity.",
      usesInstead: "{{api}} acts at once, and again on each replay. {{instead}}",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
