/**
 * The rule `dacapo/no-dynamic-import`: the code of an orchestrator is all there when it starts.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noDynamicImport = createRule({
  name: "no-dynamic-import",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow loading and making code while an orchestrator runs",
      preset: "strict",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      loads:
        "{{api}} loads a module while the orchestrator runs, and a replay may find another one. Import it at the top of the file.",
      makes: "{{api}} makes code of a text while the orchestrator runs. Write the code down, or run it in an activity.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
