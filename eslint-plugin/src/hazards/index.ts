/**
 * Everything that detects, in one list. Adding a hazard is a file beside this one and a line here.
 */
import type { Detectors } from "../semantic/analysis.ts";
import { apiUses, externalUse } from "./api-uses.ts";
import { endlessLoops } from "./endless-loops.ts";
import { spinLoops } from "./spin-loops.ts";
import { continueAsNewUsage } from "./continue-as-new.ts";
import { replayBranches } from "./replay-branches.ts";

export const detectors: Detectors = {
  units: [apiUses, endlessLoops, spinLoops, continueAsNewUsage, replayBranches],
  files: [],
  external: externalUse,
};
import { floatingTask } from "./floating-task.ts";

export const detectors: Detectors = { units: [apiUses, floatingTask], files: [], external: externalUse };
