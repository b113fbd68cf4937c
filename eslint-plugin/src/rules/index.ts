/** All rules, by their names without the prefix. */
import { continueAsNewUsage } from "./continue-as-new-usage.ts";
import { criticalSectionUsage } from "./critical-section-usage.ts";
import { noAwaitNonDurable } from "./no-await-non-durable.ts";
import { noCapturedMutation } from "./no-captured-mutation.ts";
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noNativePromise } from "./no-native-promise.ts";
import { noOuterContext } from "./no-outer-context.ts";
import { noReplayBranching } from "./no-replay-branching.ts";
import { noSpinLoop } from "./no-spin-loop.ts";
import { noSwallowedDurableError } from "./no-swallowed-durable-error.ts";
import { noUnusedGeneratorCall } from "./no-unused-generator-call.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { requireContinueAsNew } from "./require-continue-as-new.ts";

export const rules = {
  "continue-as-new-usage": continueAsNewUsage,
  "critical-section-usage": criticalSectionUsage,
  "no-await-non-durable": noAwaitNonDurable,
  "no-captured-mutation": noCapturedMutation,
  "no-floating-durable-task": noFloatingDurableTask,
  "no-native-promise": noNativePromise,
  "no-outer-context": noOuterContext,
  "no-replay-branching": noReplayBranching,
  "no-spin-loop": noSpinLoop,
  "no-swallowed-durable-error": noSwallowedDurableError,
  "no-unused-generator-call": noUnusedGeneratorCall,
  "no-wall-clock": noWallClock,
  "require-continue-as-new": requireContinueAsNew,
} as const;
