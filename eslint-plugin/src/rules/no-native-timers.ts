/**
 * The rule `dacapo/no-native-timers`: orchestrator code waits by durable timers alone.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const noNativeTimers = createRule({
  name: "no-native-timers",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow timers of the host in orchestrator code",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    hasSuggestions: true,
    messages: {
      uses: "{{api}} runs on the host's time, which is not replayed. Wait for {{context}}.createTimer().",
      usesInstead: "{{api}} runs on the host's time, which is not replayed. {{instead}}",
      useTimer: "Wait for {{timer}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
