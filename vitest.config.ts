/**
 * How the tests run: on the sources, through the export condition "@dacapo/source" (docs/adr/0004), in two
 * projects. `unit` is everything but the simulator; `simulation` is the simulator and what it explores.
 */
import { defineConfig } from "vitest/config";

/** Our condition first, then the defaults of the test runner's resolver, which setting any replaces. */
const conditions = ["@dacapo/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Node 20 has no `using`: lower it, and nothing older.
  oxc: { target: "es2023" },
  test: {
    // A process per test file: tests of unobserved rejections and of process-wide state do not meet.
    pool: "forks",
    maxWorkers: "100%",
    // A guard against tests that hang. No test asserts on wall time, so it may be generous.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{simulator,examples}/**", "**/.snippets/**"],
        },
      },
      {
        extends: true,
        test: { name: "simulation", include: ["test/{simulator,examples}/**/*.test.ts"] },
      },
    ],
  },
});
