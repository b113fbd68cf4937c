/**
 * The rule `dacapo/no-floating-durable-task`: orchestrator code waits for the tasks that it makes.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noFloatingDurableTask = createRule({
  name: "no-floating-durable-task",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow durable tasks that nothing waits for",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      floating: "{{api}} is never waited for, so its result and its error are lost. Write {{word}} before it.",
      early: "{{api}} gives a task, not its result. Write {{word}} before it.",
      unread: "{{api}} is kept in '{{name}}', which nothing waits for, so its result and its error are lost.",
      unreachable:
        "{{api}} is never waited for, so its result and its error are lost. Collect the tasks, with map() for example, and wait for all of them.",
      forEach: "forEach() does not wait for an async function. Use a for-of loop, or map() and wait for all of them.",
      wait: "Add {{word}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
