/** All cases of Temporal's tools: workflowcheck for Go and Java, the Python sandbox, eslint-plugin-temporal. */
import type { PortedCase } from "./ported-case.ts";
import { eslintPluginHazardCases } from "./temporal/eslint-plugin-hazards.ts";
import { eslintPluginTaskCases } from "./temporal/eslint-plugin-tasks.ts";
import { sandboxPythonCases } from "./temporal/sandbox-python.ts";
import { workflowCheckGoCases } from "./temporal/workflow-check-go.ts";
import { workflowCheckJavaCases } from "./temporal/workflow-check-java.ts";

export const cases: readonly PortedCase[] = [
  ...workflowCheckGoCases,
  ...workflowCheckJavaCases,
  ...sandboxPythonCases,
  ...eslintPluginHazardCases,
  ...eslintPluginTaskCases,
];
