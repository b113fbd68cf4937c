/**
 * The rule `dacapo/no-native-promise`: orchestrator code combines durable tasks, not promises.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noNativePromise = createRule({
  name: "no-native-promise",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow promises of the language where only durable tasks are replayed",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    fixable: "code",
    hasSuggestions: true,
    messages: {
      uses: "{{api}} settles in an order that is not replayed. Combine durable tasks of {{context}}.",
      combination: "{{api}} makes a promise, which is not a durable task. Use {{instead}}.",
      race: "{{api}} is decided by the order in which promises settle. Use {{instead}}, which also tells which task won.",
      settled: "{{api}} makes a promise, which is not a durable task. Use the value itself.",
      made: "{{api}} settles when the host decides, which is not replayed. Wait for a durable task of {{context}}.",
      continuation:
        "{{api}} makes a promise of a durable task, which is not replayed. Wait for the task, and go on after it.",
      combine: "Use {{replacement}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
