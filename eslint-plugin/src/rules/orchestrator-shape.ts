/**
 * The rule `dacapo/orchestrator-shape`: orchestrators of Durable Functions are generator functions.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const orchestratorShape = createRule({
  name: "orchestrator-shape",
  meta: {
    type: "problem",
    docs: {
      description: "Require orchestrators of Durable Functions to be generator functions",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      shape:
        "Durable Functions drives orchestrators that are generator functions, and this is {{shape}}. Write function* and yield each task.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
