/**
 * The rule `dacapo/no-invocation-context`: an orchestrator is not the function's invocation that runs it.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noInvocationContext = createRule({
  name: "no-invocation-context",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow what belongs to one invocation of the function in orchestrators of Durable Functions",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      member:
        "{{api}} belongs to one invocation of the function, and each replay is another one. Use {{context}}, such as {{context}}.getInput(), or an activity.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
