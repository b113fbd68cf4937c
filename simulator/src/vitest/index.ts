/**
 * `@dacapo/simulator/vitest`: scenarios as tests. Importing it also adds the matchers to `expect`.
 */
import "./register.ts";

export type { CompleteOptions, SurviveOptions } from "./matchers.ts";
export type { SearchOptions } from "./search-settings.ts";
export { simTest, type SimTest, type SimTestOptions } from "./sim-test.ts";
