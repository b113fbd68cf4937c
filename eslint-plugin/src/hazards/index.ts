/**
 * Everything that detects, in one list. Adding a hazard is a file beside this one and a line here.
 */
import type { Detectors } from "../semantic/analysis.ts";
import { apiUses, externalUse } from "./api-uses.ts";
import { continueAsNewUsage } from "./continue-as-new.ts";
import { endlessLoops } from "./endless-loops.ts";
import { floatingTask } from "./floating-task.ts";
import { replayBranches } from "./replay-branches.ts";
import { spinLoops } from "./spin-loops.ts";
import { unsafeLogging } from "./unsafe-logging.ts";
import { moduleState } from "./module-state.ts";
import { invocationContext } from "./invocation-context.ts";
import { declaredCalls } from "./declared-calls.ts";

export const detectors: Detectors = {
  units: [
    apiUses,
    continueAsNewUsage,
    endlessLoops,
    floatingTask,
    replayBranches,
    spinLoops,
    unsafeLogging,
    moduleState,
    invocationContext,
    declaredCalls,
  ],
  files: [],
  external: externalUse,
};
