/**
 * The rule `dacapo/literal-task-name`: what an orchestrator calls, and waits for, can be read in its code.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const literalTaskName = createRule({
  name: "literal-task-name",
  meta: {
    type: "suggestion",
    docs: {
      description: "Require that names of activities, orchestrators, entities and events are constants",
      preset: "strict",
      severity: "warn",
      requiresTypeChecking: false,
    },
    messages: {
      task: "'{{text}}' is known only when the code runs, so nobody can check that such an {{kind}} exists. Write its name, or pass its definition.",
      event: "'{{text}}' is known only when the code runs, so nobody can find who raises the event. Write its name.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
