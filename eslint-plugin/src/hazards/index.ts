/**
 * Everything that detects, in one list. Adding a hazard is a file beside this one and a line here.
 */
import type { Detectors } from "../semantic/analysis.ts";
import { activityTypes } from "./activity-types.ts";
import { apiUses, externalUse } from "./api-uses.ts";
import { callsOutside, directCalls } from "./direct-calls.ts";
import { orchestratorShapes } from "./orchestrator-shapes.ts";
import { payloads } from "./payloads.ts";
import { registrationForms } from "./registration-forms.ts";
import { unknownNames } from "./unknown-names.ts";

export const detectors: Detectors = {
  units: [apiUses, unknownNames, orchestratorShapes, directCalls, activityTypes, payloads],
  files: [registrationForms, callsOutside],
  external: externalUse,
};
