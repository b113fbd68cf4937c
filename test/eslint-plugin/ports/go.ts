/** All cases of orchestratorvet, the vet tool of durabletask-go, told again. Used by the tests that run them. */
import { callGraphCases } from "./go/call-graph.ts";
import { clockCases } from "./go/clock.ts";
import { concurrencyCases } from "./go/concurrency.ts";
import { inputOutputCases } from "./go/input-output.ts";
import { literalCases } from "./go/literals.ts";
import { loggingCases } from "./go/logging.ts";
import { loopCases } from "./go/loops.ts";
import { negativeCases } from "./go/negatives.ts";
import { randomCases } from "./go/random.ts";
import { registrationCases } from "./go/registration.ts";
import { taskNameCases } from "./go/task-names.ts";
import type { PortedCase } from "./ported-case.ts";

export const cases: readonly PortedCase[] = [
  ...clockCases,
  ...randomCases,
  ...callGraphCases,
  ...literalCases,
  ...concurrencyCases,
  ...inputOutputCases,
  ...loggingCases,
  ...loopCases,
  ...registrationCases,
  ...taskNameCases,
  ...negativeCases,
];
