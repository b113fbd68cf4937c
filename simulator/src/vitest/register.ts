/**
 * Adds the matchers to vitest's `expect`, and to its types.
 *
 * Invariant: loading it does that and nothing else; a test file loads it with `@dacapo/simulator/vitest`.
 */
import { expect } from "vitest";
import type { Scenario } from "../scenario/scenario.ts";
import type { CompleteOptions, SurviveOptions } from "./matchers.ts";
import { toComplete, toSurvive } from "./matchers.ts";

declare module "vitest" {
  interface Matchers<T> {
    /** Without any fault, every instance of the scenario ends Completed. Await it. */
    toComplete(options?: CompleteOptions): Promise<T extends Scenario ? undefined : never>;
    /** Whatever a few crashes in a run do, no property and no oracle is violated. Await it. */
    toSurvive(options: SurviveOptions): Promise<T extends Scenario ? undefined : never>;
  }
}

expect.extend({ toComplete, toSurvive });
