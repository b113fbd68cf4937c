/**
 * The rule `dacapo/no-await-non-durable`: orchestrator code waits for durable tasks only.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noAwaitNonDurable = createRule({
  name: "no-await-non-durable",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow waiting for anything but durable tasks in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      promise: "{{api}} is a promise, not a durable task of {{context}}. Do its work in an activity.",
      value: "Only durable tasks of {{context}} can be yielded, and this is {{value}}.",
      array: "Only durable tasks of {{context}} can be yielded, and this is an array. Use {{combination}}.",
      nothing: "{{api}} gives nothing to wait for. Remove the yield.",
      task: "await does not wait for {{api}} here: the engine sees only what is yielded. Use yield.",
      remove: "Remove the yield.",
      yield: "Use yield.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
