/**
 * Everything that detects, in one list. Adding a hazard is a file beside this one and a line here.
 */
import type { Detectors } from "../semantic/analysis.ts";
import { activityTypes } from "./activity-types.ts";
import { apiUses, externalUse } from "./api-uses.ts";
import { cancellationTokens } from "./cancellation-tokens.ts";
import { capturedMutation } from "./captured-mutation.ts";
import { computedNames } from "./computed-names.ts";
import { continueAsNewUsage } from "./continue-as-new.ts";
import { criticalSections } from "./critical-sections.ts";
import { declaredCalls, declaredUnits } from "./declared-calls.ts";
import { callsOutside, directCalls } from "./direct-calls.ts";
import { dynamicCode } from "./dynamic-code.ts";
import { endlessLoops } from "./endless-loops.ts";
import { floatingTask } from "./floating-task.ts";
import { injectedDependencies } from "./injected-dependencies.ts";
import { invocationContext } from "./invocation-context.ts";
import { moduleState } from "./module-state.ts";
import { nativePromise } from "./native-promise.ts";
import { nonDurableWait } from "./non-durable-wait.ts";
import { orchestratorShapes } from "./orchestrator-shapes.ts";
import { outerContext } from "./outer-context.ts";
import { payloads } from "./payloads.ts";
import { registrationForms } from "./registration-forms.ts";
import { replayBranches } from "./replay-branches.ts";
import { spinLoops } from "./spin-loops.ts";
import { suppressionComments } from "./suppression-comments.ts";
import { swallowedError } from "./swallowed-error.ts";
import { unknownEffects, unknownExternal } from "./unknown-effects.ts";
import { unknownNames } from "./unknown-names.ts";
import { unsafeLogging } from "./unsafe-logging.ts";
import { unusedGenerator } from "./unused-generator.ts";
import { varyingSeed } from "./varying-seed.ts";

export const detectors: Detectors = {
  units: [
    activityTypes,
    apiUses,
    cancellationTokens,
    computedNames,
    continueAsNewUsage,
    criticalSections,
    declaredCalls,
    declaredUnits,
    directCalls,
    dynamicCode,
    endlessLoops,
    floatingTask,
    injectedDependencies,
    invocationContext,
    moduleState,
    nativePromise,
    nonDurableWait,
    orchestratorShapes,
    outerContext,
    payloads,
    replayBranches,
    spinLoops,
    swallowedError,
    unknownEffects,
    unknownNames,
    unsafeLogging,
    unusedGenerator,
    varyingSeed,
  ],
  files: [capturedMutation, callsOutside, registrationForms],
  comments: [suppressionComments],
  external(callee, node, view) {
    externalUse(callee, node, view);
    unknownExternal(callee, node, view);
  },
};
