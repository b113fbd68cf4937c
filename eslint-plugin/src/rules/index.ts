/** All rules, by their names without the prefix. */
import { activityTypes } from "./activity-types.ts";
import { knownTaskName } from "./known-task-name.ts";
import { noDirectOrchestratorCall } from "./no-direct-orchestrator-call.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { orchestratorShape } from "./orchestrator-shape.ts";
import { serializablePayload } from "./serializable-payload.ts";
import { validRegistration } from "./valid-registration.ts";

export const rules = {
  "activity-types": activityTypes,
  "known-task-name": knownTaskName,
  "no-direct-orchestrator-call": noDirectOrchestratorCall,
  "no-wall-clock": noWallClock,
  "orchestrator-shape": orchestratorShape,
  "serializable-payload": serializablePayload,
  "valid-registration": validRegistration,
} as const;
