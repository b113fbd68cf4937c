/**
 * The rule `dacapo/critical-section-usage`: what is locked is used by the rules of locks, and released.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const criticalSectionUsage = createRule({
  name: "critical-section-usage",
  meta: {
    type: "problem",
    docs: {
      description: "Enforce the rules of critical sections over locked entities",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      nested: "{{api}} locks inside of a critical section, which fails. Lock all entities at once.",
      unlocked: "{{api}} calls an entity that the critical section has not locked, which fails. Lock it as well.",
      parallel:
        "{{api}} calls an entity that a call is pending for, which fails inside of a critical section. Wait for that call first.",
      signal: "{{api}} signals an entity that the critical section has locked, which fails. Call it instead.",
      child: "{{api}} starts a sub-orchestration inside of a critical section, which fails. Release the lock first.",
      continued: "{{api}} ends the execution inside of a critical section. Release the lock first.",
      unreleased: "{{api}} locks entities that are never released. Release the lock in a finally block.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
