/**
 * All built-in oracles, in the order in which they are asked.
 *
 * Invariant: one call makes judges for one run; a scenario may leave some out, to see what the others find.
 */
import { acknowledgedOracle } from "./acknowledged.ts";
import { conservationOracle } from "./conservation.ts";
import { effectsOracle } from "./effects.ts";
import { historyOracle } from "./history.ts";
import { leaksOracle } from "./leaks.ts";
import { livenessOracle } from "./liveness.ts";
import type { Oracle, OracleId, OracleSettings } from "./oracle.ts";
import { ORACLE_IDS } from "./oracle.ts";
import { replayOracle } from "./replay.ts";
import { singleWriterOracle } from "./single-writer.ts";
import { terminalOracle } from "./terminal.ts";

const MAKERS: Readonly<Record<OracleId, () => Oracle>> = {
  O2: effectsOracle,
  O3: acknowledgedOracle,
  O4: terminalOracle,
  O5: historyOracle,
  O6: replayOracle,
  O7: singleWriterOracle,
  O9: conservationOracle,
  O11: livenessOracle,
  O12: leaksOracle,
};

/** Makes the oracles that `settings` do not leave out. */
export function makeOracles(settings: OracleSettings = {}): readonly Oracle[] {
  return ORACLE_IDS.filter((id) => settings[id] ?? true).map((id) => MAKERS[id]());
}
