/**
 * The executable contract of a backend: every law of `dacapo/backend`'s guarantees, as a case that any test runner
 * can run. Every backend passes all of them, ours and a third party's.
 *
 * Invariant: each case gets a hub of its own, fresh and empty, which is closed whatever comes of the case.
 */
import type { BackendCase, BackendUnderTest, Guarantee } from "./backend-case.ts";
import { GUARANTEES } from "./backend-case.ts";
import { ambiguityCases } from "./cases/ambiguity.ts";
import { atomicTurnCases } from "./cases/atomic-turn.ts";
import { dueTimeCases } from "./cases/due-times.ts";
import { durabilityCases } from "./cases/durability.ts";
import { entityCases } from "./cases/entities.ts";
import { fencingCases } from "./cases/fencing.ts";
import { progressCases } from "./cases/progress.ts";
import { queueCases } from "./cases/queues.ts";
import { readingCases } from "./cases/reading.ts";
import { rewindingCases } from "./cases/rewinding.ts";
import { startCases } from "./cases/starts.ts";
import { waitingCases } from "./cases/waiting.ts";

/** The two functions of a test runner that the suite needs: those of vitest, jest, mocha or `node:test`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

export interface BackendSuiteOptions {
  /** What the backend is called in the report. */
  readonly name: string;
  /** Makes a fresh, empty hub, and opens it. */
  readonly create: () => Promise<BackendUnderTest>;
  readonly runner: TestRunner;
}

/** All cases, in the order of the guarantees. */
export function backendCases(): readonly BackendCase[] {
  return [
    ...durabilityCases,
    ...fencingCases,
    ...atomicTurnCases,
    ...startCases,
    ...queueCases,
    ...dueTimeCases,
    ...ambiguityCases,
    ...readingCases,
    ...rewindingCases,
    ...progressCases,
    ...waitingCases,
    ...entityCases,
  ];
}

/**
 * Registers all cases with a test runner, grouped by guarantee.
 *
 * @example
 * import { describe, it } from "vitest";
 * backendSuite({ name: "my backend", create: createMyHub, runner: { describe, it } });
 */
export function backendSuite({ name, create, runner }: BackendSuiteOptions): void {
  const cases = backendCases();
  runner.describe(`the backend contract: ${name}`, () => {
    for (const guarantee of Object.keys(GUARANTEES) as Guarantee[]) {
      runner.describe(GUARANTEES[guarantee], () => {
        for (const one of cases) {
          if (one.guarantee === guarantee) runner.it(one.name, () => runCase(one, create));
        }
      });
    }
  });
}

/** Runs one case on a hub of its own. Rejects unless the backend obeys the law. */
export async function runCase(one: BackendCase, create: () => Promise<BackendUnderTest>): Promise<void> {
  const hub = await create();
  try {
    await one.run(hub);
  } finally {
    await hub.close();
  }
}
