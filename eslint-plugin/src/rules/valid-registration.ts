/**
 * The rule `dacapo/valid-registration`: what is registered has a name of its own and a function.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const validRegistration = createRule({
  name: "valid-registration",
  meta: {
    type: "problem",
    docs: {
      description:
        "Enforce that orchestrators, activities and entities are registered once, by a name, with a function",
      preset: "recommended",
      severity: "error",
      requiresTypeChecking: false,
    },
    messages: {
      blank: "The name of this {{kind}} is blank. Give it the name that callers use.",
      padded: "The name {{name}} of this {{kind}} begins or ends with white space. Write '{{trimmed}}'.",
      noName: "This {{kind}} needs a name, and got {{text}}. Pass the name that callers use as a string.",
      noHandler: "{{who}} needs a function, and got {{text}}.",
      duplicate: "The {{kind}} '{{name}}' is already registered {{where}}. Give one of the two another name.",
      anonymous: "This {{kind}} would take its name from a function that has none. Name it with {{method}}.",
      bound: "This {{kind}} would be registered as '{{name}}', after a bound function. Name it with {{method}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
