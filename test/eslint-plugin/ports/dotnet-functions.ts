/** All cases of the Durable Functions extension's analyzers, told again. Used by the tests that run them. */
import { activityCases } from "./dotnet-functions/activities.ts";
import { clockCases } from "./dotnet-functions/clock.ts";
import { entityLockCases } from "./dotnet-functions/entity-locks.ts";
import { methodCallCases } from "./dotnet-functions/method-calls.ts";
import { outsideCases } from "./dotnet-functions/outside.ts";
import type { PortedCase } from "./ported-case.ts";

export const cases: readonly PortedCase[] = [
  ...clockCases,
  ...outsideCases,
  ...methodCallCases,
  ...activityCases,
  ...entityLockCases,
];
