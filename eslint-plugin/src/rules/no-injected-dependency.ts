/**
 * The rule `dacapo/no-injected-dependency`: an orchestrator depends on its context and its input alone.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noInjectedDependency = createRule({
  name: "no-injected-dependency",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow orchestrator code that uses what its class or its maker was given",
      preset: "strict",
      severity: "warn",
      requiresTypeChecking: false,
    },
    messages: {
      member:
        "'{{name}}' was given to the class, and a replay may find another there. Pass data as the orchestration's input, and use services in activities.",
      parameter:
        "'{{name}}' calls what the orchestrator's maker was given, and a replay may find another there. Pass data as the orchestration's input, and use services in activities.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
