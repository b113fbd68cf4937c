/**
 * `dacapo/testing`: the executable contract that every backend passes, and a clock for tests.
 */
export { backendCases, backendSuite, runCase } from "./backend-suite.ts";
export type { BackendSuiteOptions, TestRunner } from "./backend-suite.ts";
export type { BackendCase, BackendUnderTest, Guarantee } from "./backend-case.ts";
export { ManualClock } from "./manual-clock.ts";
