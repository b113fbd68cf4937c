/**
 * Which rule reports which hazard.
 *
 * Invariant: data only, one rule for each hazard. Used by the detectors of APIs and of declared functions.
 */
import type { ApiMatch } from "../semantic/api-table.ts";
import type { RuleName } from "../semantic/rule-names.ts";

/** The rule that each hazard of the table belongs to. */
export const RULES: Readonly<Record<ApiMatch["hazard"], RuleName>> = {
  clock: "no-wall-clock",
  random: "no-random",
  timer: "no-native-timers",
  io: "no-io",
  environment: "no-environment",
  host: "no-host-info",
  log: "no-unsafe-logging",
  promise: "no-native-promise",
  gc: "no-gc-observers",
  state: "no-module-state",
  client: "no-client-in-orchestrator",
  nondeterministic: "no-nondeterministic-call",
};

/** The hazards whose readings a value carries along. */
export const VALUES: ReadonlySet<string> = new Set(["clock", "random", "environment", "host"]);
