/**
 * The rule `dacapo/no-host-info`: orchestrator code does not depend on the machine that it runs on.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noHostInfo = createRule({
  name: "no-host-info",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow facts of the host, and its default language and time zone, in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },

    messages: {
      uses: "{{api}} depends on the host, and the next replay may run on another one. Ask it in an activity.",
      usesInstead: "{{api}} depends on the host, and the next replay may run on another one. {{instead}}",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
