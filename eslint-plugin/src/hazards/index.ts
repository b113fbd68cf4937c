/**
 * Everything that detects, in one list. Adding a hazard is a file beside this one and a line here.
 */
import type { Detectors } from "../semantic/analysis.ts";
import { apiUses, externalUse } from "./api-uses.ts";
import { registrationForms } from "./registration-forms.ts";
import { unknownNames } from "./unknown-names.ts";

export const detectors: Detectors = {
  units: [apiUses, unknownNames],
  files: [registrationForms],
  external: externalUse,
};
