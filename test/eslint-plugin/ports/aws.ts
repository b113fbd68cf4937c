/** All cases of the plugins of step-style peers: AWS's durable execution library, Inngest and DBOS. */
import { clockCases } from "./aws/clock.ts";
import { closureCases } from "./aws/closures.ts";
import { nestingCases } from "./aws/nesting.ts";
import type { PortedCase } from "./ported-case.ts";

export const cases: readonly PortedCase[] = [...clockCases, ...closureCases, ...nestingCases];
