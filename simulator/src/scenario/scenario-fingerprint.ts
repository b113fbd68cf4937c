/**
 * What of a scenario decides how a run of given choices goes, as one number: a token fits no other.
 *
 * Invariant: it depends on names and settings, and not on paths, times or the text of the code. `sometimes` is left
 * out: it only looks on. So is `oracles`: with one oracle less a run goes the same way, and fails later or not at all.
 */
import { fingerprint } from "../choices/fingerprint.ts";
import type { Scenario } from "./scenario.ts";

export function scenarioFingerprint(scenario: Scenario): number {
  const { name, register, workers, clients, always, eventually, faults, storage, maxSteps, hub, startTime } = scenario;
  const { versioning, offloading } = scenario;
  return fingerprint(
    JSON.stringify([
      name,
      register.map((definition) => [definition.kind, definition.name]),
      workers,
      Object.keys(clients),
      Object.keys(always),
      Object.keys(eventually),
      Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1)),
      storage,
      maxSteps,
      // Code, as the definitions' is.
      { ...hub, dataConverter: undefined },
      startTime,
      ...(versioning.length === 0 ? [] : [versioning]),
      ...(offloading === undefined ? [] : [offloading]),
    ]),
  );
}
