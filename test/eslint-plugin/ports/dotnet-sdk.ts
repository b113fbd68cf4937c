/** All cases of durabletask-dotnet's analyzers, told again. Used by the tests that run them. */
import { activityTypeCases } from "./dotnet-sdk/activity-types.ts";
import { clockCases } from "./dotnet-sdk/clock.ts";
import { continueAsNewCases } from "./dotnet-sdk/continue-as-new.ts";
import { delayCases } from "./dotnet-sdk/delay.ts";
import { loggerCases } from "./dotnet-sdk/logger.ts";
import { outsideCases } from "./dotnet-sdk/outside.ts";
import { taskNameCases } from "./dotnet-sdk/task-names.ts";
import type { PortedCase } from "./ported-case.ts";

export const cases: readonly PortedCase[] = [
  ...clockCases,
  ...delayCases,
  ...outsideCases,
  ...loggerCases,
  ...continueAsNewCases,
  ...taskNameCases,
  ...activityTypeCases,
];
