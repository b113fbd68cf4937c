/**
 * How the tests run: on the sources, through the export condition "@dacapo/source" (docs/adr/0004), in three
 * projects. `pure` is what is a function of its arguments, the core and the linter plugin; `simulation` is the simulator and
 * what it explores; `unit` is everything else.
 */
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Our condition first, then the defaults of the test runner's resolver, which setting any replaces. */
const conditions = ["@dacapo/source", "module", "node", "development|production"];

/**
 * Files that take most of a minute or longer, and mostly wait for other processes: what begins last, runs on alone. They are
 * named, since a fresh clone knows nothing of earlier runs.
 */
const LONG = ["mutants/mutants", "torture/torture", "docs/transcripts", "docs/snippets"];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return place < 0 ? LONG.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Node 20 has no `using`: lower it, and nothing older.
  oxc: { target: "es2023" },
  test: {
    // A process per test file: tests of unobserved rejections and of process-wide state do not meet.
    pool: "forks",
    maxWorkers: "100%",
    sequence: { sequencer: LongFirst },
    // A guard against tests that hang. No test asserts on wall time, so it may be generous; other checks run beside them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{core,eslint-plugin,simulator,examples}/**", "**/.snippets/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "pure",
          include: ["test/{core,eslint-plugin}/**/*.test.ts"],
          // Their files share processes: nothing there outlives its test, and loading the compiler and the linter anew for
          // each of 80 files takes longer than all tests of them.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "simulation", include: ["test/{simulator,examples}/**/*.test.ts"] },
      },
    ],
  },
});
