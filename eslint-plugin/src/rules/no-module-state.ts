/**
 * The rule `dacapo/no-module-state`: what an orchestrator knows is in its input and its history.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noModuleState = createRule({
  name: "no-module-state",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow state that outlives an execution in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      uses: "{{api}} keeps state in the process, which all instances share and a restart loses. Keep it in the orchestrator, or in an entity.",
      usesInstead: "{{api}} keeps state in the process, which all instances share and a restart loses. {{instead}}",
      writes:
        "'{{name}}' is shared by all instances, and each replay writes it again. Keep the value in the orchestrator, or in an entity.",
      reads:
        "'{{name}}' is shared by all instances and changes after its module is loaded, so a replay may see another value. Pass it as input.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
