/**
 * The rule `dacapo/activity-types`: an activity gets and gives what its function says.
 *
 * Invariant: it holds the rule's texts; what it reports, the shared analysis finds. Loaded by `rules/index.ts`.
 */
import { createRule, reportFindings } from "./create-rule.ts";

export const activityTypes = createRule({
  name: "activity-types",
  meta: {
    type: "problem",
    docs: {
      description: "Enforce that inputs and results of activities have the types that their functions declare",
      preset: "recommendedTypeChecked",
      severity: "error",
      requiresTypeChecking: true,
    },
    messages: {
      input: "Activity '{{name}}' takes {{takes}}, and gets {{given}}.",
      missing: "Activity '{{name}}' takes {{takes}}, and gets nothing.",
      notTaken:
        "Activity '{{name}}' takes no input, and gets one. Leave it out, or give the activity's function a parameter.",
      result: "Activity '{{name}}' gives {{gives}}, which is taken for {{expected}}.",
    },
  },
  create(context) {
    return reportFindings(this, context);
  },
});
