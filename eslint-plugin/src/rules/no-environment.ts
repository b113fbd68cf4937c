/**
 * The rule `dacapo/no-environment`: orchestrator code does not read its configuration from the environment.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noEnvironment = createRule({
  name: "no-environment",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow reading and writing environment variables in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },

    messages: {
      uses: "{{api}} may differ at the next replay, after a deployment or on another machine. Pass the value as input, or read it in an activity.",
      usesInstead: "{{api}} may differ at the next replay, after a deployment or on another machine. {{instead}}",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
