/**
 * The rule `dacapo/known-task-name`: what an orchestrator calls by name is registered under that name.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const knownTaskName = createRule({
  name: "known-task-name",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow calling activities, orchestrators and entities by a name that nobody registers",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      unknown: "No {{kind}} '{{name}}' is registered. Register it, or call one that is.",
      unknownNear: "No {{kind}} '{{name}}' is registered. Did you mean '{{near}}'?",
      rename: "Call '{{near}}'.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
