/**
 * The rule `dacapo/no-cancellation-token`: nothing but the history tells an orchestrator to stop.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noCancellationToken = createRule({
  name: "no-cancellation-token",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow orchestrators that take a signal to be cancelled by",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      parameter:
        "Nobody passes an orchestrator an {{type}}, and a signal would not be replayed. Wait for an external event, or terminate the instance.",
      member:
        "An orchestrator's context has no '{{name}}': a signal would not be replayed. Wait for an external event, or terminate the instance.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
