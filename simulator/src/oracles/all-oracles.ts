/**
 * All built-in oracles, in the order in which they are asked.
 *
 * Invariant: one call makes judges for one run; a scenario may leave some out, to see what the others find.
 */
import type { Definition, RetentionRule, VersioningOptions } from "dacapo";
import type { Storage } from "../faults/commit-steps.ts";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import type { EntityModels } from "../scenario/scenario.ts";
import { acknowledgedOracle } from "./acknowledged.ts";
import { boundedWorkOracle } from "./bounded-work.ts";
import { causesOracle } from "./causes.ts";
import { conservationOracle } from "./conservation.ts";
import { effectsOracle } from "./effects.ts";
import { entitiesOracle } from "./entities.ts";
import { historyOracle } from "./history.ts";
import { leaksOracle } from "./leaks.ts";
import { livenessOracle } from "./liveness.ts";
import type { Oracle, OracleId, OracleSettings } from "./oracle.ts";
import { ORACLE_IDS } from "./oracle.ts";
import { refinementOracle } from "./refinement.ts";
import { replayOracle } from "./replay.ts";
import { singleWriterOracle } from "./single-writer.ts";
import { statusOracle } from "./status.ts";
import { terminalOracle } from "./terminal.ts";
import { twinsOracle } from "./twins.ts";

/** What a run is that some oracles need to know beforehand. */
export interface Circumstances {
  readonly storage: Storage;
  /** True when the simulator itself may make work so deadly that the engine has to set it aside. */
  readonly poisons: boolean;
  /** How the scenario's entities must answer, by their names. */
  readonly models?: EntityModels;
  /** What the workers run by their versions, worker A first; all run everything unless given. */
  readonly versioning?: readonly VersioningOptions[];
  /** How payloads are written: as JSON unless given. */
  readonly texts?: PayloadTexts;
  /** One payload may take so many bytes; the engine's own default unless given. */
  readonly payloadBytesMax?: number;
  /** The same work is handed out so often before it is set aside; the engine's own default unless given. */
  readonly maxDeliveryCount?: number;
  /** What the workers remove by themselves: nothing unless given. */
  readonly retention?: readonly RetentionRule[];
  /** The history of an execution that goes on may have so many events; the engine's own default unless given. */
  readonly historyEventsMax?: number;
  /** The scenario's definitions. */
  readonly register?: readonly Definition[];
}

const MAKERS: Readonly<Record<OracleId, (circumstances: Circumstances) => Oracle>> = {
  O1: refinementOracle,
  O2: effectsOracle,
  O3: acknowledgedOracle,
  O4: terminalOracle,
  O5: historyOracle,
  O6: replayOracle,
  O7: singleWriterOracle,
  O8: causesOracle,
  O9: conservationOracle,
  O10: entitiesOracle,
  O11: livenessOracle,
  O12: leaksOracle,
  O13: statusOracle,
  O14: boundedWorkOracle,
  O15: twinsOracle,
};

/** These hold the hub to what a transactional store promises, so a store that promises less breaks them by itself. */
const OF_TRANSACTIONS: ReadonlySet<OracleId> = new Set(["O1", "O2", "O7", "O8", "O9", "O10", "O13"]);

/** Makes the oracles that fit the store, but for those that `settings` leave out; they may also ask for one. */
export function makeOracles(
  settings: OracleSettings = {},
  circumstances: Circumstances = { storage: "transactional", poisons: false },
): readonly Oracle[] {
  const fits = (id: OracleId): boolean => circumstances.storage === "transactional" || !OF_TRANSACTIONS.has(id);
  return ORACLE_IDS.filter((id) => settings[id] ?? fits(id)).map((id) => MAKERS[id](circumstances));
}
