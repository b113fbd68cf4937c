/**
 * The rule `dacapo/valid-suppression`: a comment that silences a rule names it, says why, and has something to silence.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const validSuppression = createRule({
  name: "valid-suppression",
  meta: {
    type: "problem",
    docs: {
      description: "Require that comments which silence a rule name it, say why, and silence something",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      noRule: "This comment names no rule, so it silences nothing. Write `dacapo-ignore-next-line <rule>: why`.",
      noReason: "This comment gives no reason, so it silences nothing. Write `dacapo-ignore-next-line {{rule}}: why`.",
      unknown: "There is no rule '{{name}}' to silence. Name one of Dacapo's rules.",
      unknownNear: "There is no rule '{{name}}' to silence. Did you mean '{{near}}'?",
      unused: "This comment silences nothing: {{rules}} has no report here. Remove it.",
      unusedRules: "This comment silences nothing of {{rules}}. Take the name out of it.",
      rename: "Silence '{{near}}'.",
      remove: "Remove the comment.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
