/**
 * All rules, by their names without the prefix.
 *
 * Invariant: a rule is here under the name that it gives itself. Used by the configurations, the linter and the checker.
 */
import { activityTypes } from "./activity-types.ts";
import { continueAsNewUsage } from "./continue-as-new-usage.ts";
import { criticalSectionUsage } from "./critical-section-usage.ts";
import { knownTaskName } from "./known-task-name.ts";
import { literalTaskName } from "./literal-task-name.ts";
import { noAwaitNonDurable } from "./no-await-non-durable.ts";
import { noCancellationToken } from "./no-cancellation-token.ts";
import { noCapturedMutation } from "./no-captured-mutation.ts";
import { noClientInOrchestrator } from "./no-client-in-orchestrator.ts";
import { noDirectOrchestratorCall } from "./no-direct-orchestrator-call.ts";
import { noDynamicImport } from "./no-dynamic-import.ts";
import { noEnvironment } from "./no-environment.ts";
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noGcObservers } from "./no-gc-observers.ts";
import { noHostInfo } from "./no-host-info.ts";
import { noInjectedDependency } from "./no-injected-dependency.ts";
import { noInvocationContext } from "./no-invocation-context.ts";
import { noIo } from "./no-io.ts";
import { noModuleState } from "./no-module-state.ts";
import { noNativePromise } from "./no-native-promise.ts";
import { noNativeTimers } from "./no-native-timers.ts";
import { noNondeterministicCall } from "./no-nondeterministic-call.ts";
import { noOuterContext } from "./no-outer-context.ts";
import { noRandom } from "./no-random.ts";
import { noReplayBranching } from "./no-replay-branching.ts";
import { noSpinLoop } from "./no-spin-loop.ts";
import { noSwallowedDurableError } from "./no-swallowed-durable-error.ts";
import { noUnknownEffects } from "./no-unknown-effects.ts";
import { noUnsafeLogging } from "./no-unsafe-logging.ts";
import { noUnusedGeneratorCall } from "./no-unused-generator-call.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { orchestratorShape } from "./orchestrator-shape.ts";
import { requireContinueAsNew } from "./require-continue-as-new.ts";
import { serializablePayload } from "./serializable-payload.ts";
import { validRegistration } from "./valid-registration.ts";
import { validSuppression } from "./valid-suppression.ts";

export const rules = {
  "activity-types": activityTypes,
  "continue-as-new-usage": continueAsNewUsage,
  "critical-section-usage": criticalSectionUsage,
  "known-task-name": knownTaskName,
  "literal-task-name": literalTaskName,
  "no-await-non-durable": noAwaitNonDurable,
  "no-cancellation-token": noCancellationToken,
  "no-captured-mutation": noCapturedMutation,
  "no-client-in-orchestrator": noClientInOrchestrator,
  "no-direct-orchestrator-call": noDirectOrchestratorCall,
  "no-dynamic-import": noDynamicImport,
  "no-environment": noEnvironment,
  "no-floating-durable-task": noFloatingDurableTask,
  "no-gc-observers": noGcObservers,
  "no-host-info": noHostInfo,
  "no-injected-dependency": noInjectedDependency,
  "no-invocation-context": noInvocationContext,
  "no-io": noIo,
  "no-module-state": noModuleState,
  "no-native-promise": noNativePromise,
  "no-native-timers": noNativeTimers,
  "no-nondeterministic-call": noNondeterministicCall,
  "no-outer-context": noOuterContext,
  "no-random": noRandom,
  "no-replay-branching": noReplayBranching,
  "no-spin-loop": noSpinLoop,
  "no-swallowed-durable-error": noSwallowedDurableError,
  "no-unknown-effects": noUnknownEffects,
  "no-unsafe-logging": noUnsafeLogging,
  "no-unused-generator-call": noUnusedGeneratorCall,
  "no-wall-clock": noWallClock,
  "orchestrator-shape": orchestratorShape,
  "require-continue-as-new": requireContinueAsNew,
  "serializable-payload": serializablePayload,
  "valid-registration": validRegistration,
  "valid-suppression": validSuppression,
} as const;
