/**
 * The rule `dacapo/no-unsafe-logging`: an orchestrator logs each line once, whatever the number of replays.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noUnsafeLogging = createRule({
  name: "no-unsafe-logging",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow logging in orchestrator code that is repeated on each replay",
      preset: "recommended",
      severity: "warn",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      uses: "{{api}} logs again on each replay. Log with the context's own logger, or only if {{context}}.isReplaying is false.",
      usesInstead: "{{api}} logs again on each replay. {{instead}}",
      replace: "Replace with {{replacement}}.",
      guard: "Log only if {{condition}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
