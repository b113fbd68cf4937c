/**
 * Laws of the types of `@dacapo/simulator/vitest` and `/fast-check`, checked by the compiler: importing adds the
 * matchers, and what is drawn has the arbitrary's type. Nothing here runs.
 */
import type { Choose, Scenario } from "@dacapo/simulator";
import { simulationChoices, type SimulationChoices } from "@dacapo/simulator/fast-check";
import { simTest } from "@dacapo/simulator/vitest";
import fc from "fast-check";
import { expect } from "vitest";

declare const scenario: Scenario;
declare const choose: Choose;

const completes: Promise<void> = expect(scenario).toComplete();
const survives: Promise<void> = expect(scenario).not.toSurvive({ crashes: 3, faults: ["lease-stolen"], seed: 7 });
export const answers = [completes, survives];

// @ts-expect-error how many crashes has to be said
void expect(scenario).toSurvive();
// @ts-expect-error there is no such class of fault
void expect(scenario).toSurvive({ crashes: 1, faults: ["moon-phase"] });
simTest("a search", scenario, { runs: 10, seed: "nightly", timeout: 1_000 });
simTest.only("a regression", scenario, { token: "dacapo1:..." });
// @ts-expect-error a scenario, not its name
simTest("a name", "scenario");

const order: { id: string; total: number } = choose.arbitrary(fc.record({ id: fc.string(), total: fc.nat() }));
// @ts-expect-error an order is no number
const notAnOrder: number = choose.arbitrary(fc.record({ id: fc.string() }));
export const drawn = [order, notAnOrder];

void fc.asyncProperty(fc.nat(), simulationChoices(), async (n: number, choices: SimulationChoices) => {
  await Promise.resolve([n, choices]);
});
