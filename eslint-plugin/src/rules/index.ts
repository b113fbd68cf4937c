/** All rules, by their names without the prefix. */
import { continueAsNewUsage } from "./continue-as-new-usage.ts";
import { noClientInOrchestrator } from "./no-client-in-orchestrator.ts";
import { noEnvironment } from "./no-environment.ts";
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noGcObservers } from "./no-gc-observers.ts";
import { noHostInfo } from "./no-host-info.ts";
import { noInvocationContext } from "./no-invocation-context.ts";
import { noIo } from "./no-io.ts";
import { noModuleState } from "./no-module-state.ts";
import { noNativeTimers } from "./no-native-timers.ts";
import { noNondeterministicCall } from "./no-nondeterministic-call.ts";
import { noRandom } from "./no-random.ts";
import { noReplayBranching } from "./no-replay-branching.ts";
import { noSpinLoop } from "./no-spin-loop.ts";
import { noUnsafeLogging } from "./no-unsafe-logging.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { requireContinueAsNew } from "./require-continue-as-new.ts";

export const rules = {
  "continue-as-new-usage": continueAsNewUsage,
  "no-client-in-orchestrator": noClientInOrchestrator,
  "no-environment": noEnvironment,
  "no-floating-durable-task": noFloatingDurableTask,
  "no-gc-observers": noGcObservers,
  "no-host-info": noHostInfo,
  "no-invocation-context": noInvocationContext,
  "no-io": noIo,
  "no-module-state": noModuleState,
  "no-native-timers": noNativeTimers,
  "no-nondeterministic-call": noNondeterministicCall,
  "no-random": noRandom,
  "no-replay-branching": noReplayBranching,
  "no-spin-loop": noSpinLoop,
  "no-unsafe-logging": noUnsafeLogging,
  "no-wall-clock": noWallClock,
  "require-continue-as-new": requireContinueAsNew,
} as const;
