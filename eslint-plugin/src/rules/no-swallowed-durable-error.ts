/**
 * The rule `dacapo/no-swallowed-durable-error`: the failure of durable work is heard by somebody.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noSwallowedDurableError = createRule({
  name: "no-swallowed-durable-error",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow handlers that swallow the errors of durable work",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      swallowed:
        "{{api}} swallows the failure of durable work. Handle it, throw it on, or say in a comment why it does not matter.",
      engine: "{{error}} says that the code does not replay, and nothing can go on after it. Throw it on.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
