/**
 * The rule `dacapo/no-outer-context`: an activity does not use the context of the orchestrator around it.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noOuterContext = createRule({
  name: "no-outer-context",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow using the orchestrator's context inside an activity",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      outer:
        "'{{name}}' is the context of {{orchestrator}}, and {{activity}} does not run inside of that. Use the activity's own context, or pass what it needs as its input.",
      behind:
        "{{api}} uses the context of {{orchestrator}}, and {{activity}} does not run inside of that. Pass what it needs as its input.",
      own: "Use '{{own}}', the activity's own context.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
