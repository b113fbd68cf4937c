/**
 * The names of the rules, one per hazard.
 *
 * Invariant: the one list that detectors, rules, suppressions and the checker share.
 */
export const RULE_NAMES = [
  "activity-types",
  "continue-as-new-usage",
  "critical-section-usage",
  "known-task-name",
  "literal-task-name",
  "no-await-non-durable",
  "no-cancellation-token",
  "no-captured-mutation",
  "no-client-in-orchestrator",
  "no-direct-orchestrator-call",
  "no-dynamic-import",
  "no-environment",
  "no-floating-durable-task",
  "no-gc-observers",
  "no-host-info",
  "no-injected-dependency",
  "no-invocation-context",
  "no-io",
  "no-module-state",
  "no-native-promise",
  "no-native-timers",
  "no-nondeterministic-call",
  "no-outer-context",
  "no-random",
  "no-replay-branching",
  "no-spin-loop",
  "no-swallowed-durable-error",
  "no-unknown-effects",
  "no-unsafe-logging",
  "no-unused-generator-call",
  "no-wall-clock",
  "orchestrator-shape",
  "require-continue-as-new",
  "serializable-payload",
  "valid-registration",
  "valid-suppression",
] as const;

export type RuleName = (typeof RULE_NAMES)[number];
