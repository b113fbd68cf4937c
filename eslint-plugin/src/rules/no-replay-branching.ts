/**
 * The rule `dacapo/no-replay-branching`: replaying or not, an orchestrator does the same durable work.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noReplayBranching = createRule({
  name: "no-replay-branching",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow durable work and changes of state that depend on whether the orchestrator is replaying",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      durable:
        "{{api}} runs only when {{when}}, so that replay and history no longer match. Only logging may depend on isReplaying.",
      changes:
        "'{{name}}' is changed only when {{when}}, and so has another value on replay. Only logging may depend on isReplaying.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
