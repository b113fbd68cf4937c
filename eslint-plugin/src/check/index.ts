/**
 * The checker of whole programs: `@dacapo/eslint-plugin/check`.
 *
 * Invariant: re-exports only. Imported by `npx dacapo check`, and by who builds a report of their own.
 */
export { CheckError } from "./check-error.ts";
export { check } from "./check.ts";
export type { CheckedRule, CheckFinding, CheckOptions, CheckResult, CheckStep } from "./check.ts";
export { toSarif } from "./sarif.ts";
export type { SarifLog } from "./sarif.ts";
