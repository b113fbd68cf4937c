/**
 * The rule `dacapo/no-direct-orchestrator-call`: an orchestrator is started by the engine, never called.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noDirectOrchestratorCall = createRule({
  name: "no-direct-orchestrator-call",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow calling a registered orchestrator like a plain function",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      inside:
        "'{{name}}' is an orchestrator, and called like a function it has no history of its own. Call it through {{context}}.callSubOrchestrator().",
      outside: "'{{name}}' is an orchestrator, and only the engine runs it. Start it through a client.",
      callThrough: "Replace with {{replacement}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
