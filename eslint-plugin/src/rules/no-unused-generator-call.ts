/**
 * The rule `dacapo/no-unused-generator-call`: a generator helper is called with `yield*`, or it does not run.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noUnusedGeneratorCall = createRule({
  name: "no-unused-generator-call",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow calls of generator helpers that nothing runs",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    fixable: "code",
    hasSuggestions: true,
    messages: {
      unused: "{{api}} only makes a generator, and its body never runs. Use yield*.",
      yielded: "{{api}} makes a generator, which is not a durable task. Use yield* instead of yield.",
      awaited: "{{api}} makes a generator, and await does not run it. Use yield*.",
      combined: "{{api}} makes a generator, and {{combination}} takes durable tasks only. Make it a sub-orchestration.",
      forEach: "forEach() does not run a generator. Use a for-of loop.",
      delegate: "Use yield*.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
