/**
 * The rule `dacapo/serializable-payload`: what an orchestrator sends arrives as it was sent.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const serializablePayload = createRule({
  name: "serializable-payload",
  meta: {
    type: "problem",
    docs: {
      description: "Disallow inputs, statuses and results that do not survive JSON",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      lost: "{{what}} does not survive JSON: {{end}}. Send plain data.",
      unawaited: "This sends {{what}} and not its result. Wait for it first.",
      date: "A Date does not survive JSON: it arrives as text, and activity '{{name}}' takes a Date. Send text, or take it.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
