/**
 * The rule `dacapo/no-unknown-effects`: somebody knows what every call in orchestrator code does.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noUnknownEffects = createRule({
  name: "no-unknown-effects",
  meta: {
    type: "suggestion",
    docs: {
      description: "Disallow calls in orchestrator code of which nobody has said what they do",
      preset: "strict",
      severity: "warn",
      requiresTypeChecking: false,
    },
    messages: {
      package:
        "{{api}} may do anything: nothing is known of '{{module}}'. Say what it is in settings.dacapo.decls, or call it in an activity.",
      declared:
        "{{name}}() may do anything: it is declared without a body. Mark it @deterministic or @nondeterministic, or call it in an activity.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
