/**
 * The torture run, in short: a few kills, suspensions and cuts of each kind while some workflows run. These tests wait for a
 * condition, with a generous deadline, and judge nothing by how long it took.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres, type PostgresServer } from "../backends/postgres-server.ts";
import { nextFault, nextKillPoint } from "./faults.ts";
import { readKillPoint } from "./kill-points.ts";
import { Random } from "./random.ts";
import { reportText } from "./report.ts";
import { torture, type TortureOptions } from "./torture.ts";

const SHORT = { seed: "short", faultsForMs: 60_000, lanes: 24, runs: 120 } as const;
const TIMEOUT_MS = 360_000;

/** Nothing was found, and the run was one. */
async function expectNothingFound(options: TortureOptions): Promise<void> {
  const report = await torture(options);
  expect(report.findings, reportText(report)).toEqual([]);
  expect(Object.values(report.byWorkflow).reduce((sum, count) => sum + count, 0)).toBe(SHORT.runs);
  expect(report.effects).toBeGreaterThan(SHORT.runs);
}

describe("on SQLite", () => {
  it(
    "nothing is lost, doubled or stuck when workers are killed and suspended",
    () => expectNothingFound({ ...SHORT, setting: "sqlite", faultsMax: 8 }),
    TIMEOUT_MS,
  );

  it(
    "nothing is lost, doubled or stuck when the disk is full or read-only at times",
    () => expectNothingFound({ ...SHORT, setting: "sqlite-disk", workers: 2, faultsMax: 6 }),
    TIMEOUT_MS,
  );
});

describe("on PostgreSQL", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  it(
    "nothing is lost, doubled or stuck when workers are killed and suspended, and the server cuts them off",
    () => expectNothingFound({ ...SHORT, setting: "postgres", faultsMax: 10, server }),
    TIMEOUT_MS,
  );
});

describe("the faults", () => {
  const faultsOf = (seed: string): readonly unknown[] => {
    const random = new Random(seed, "faults");
    const options = { setting: "postgres", workers: 3, leaseMs: 2_000, mayRestart: true } as const;
    return Array.from({ length: 50 }, () => [nextFault(random, options), nextKillPoint(random)]);
  };

  it("are the same for the same seed, and others for another", () => {
    expect(faultsOf("a")).toEqual(faultsOf("a"));
    expect(faultsOf("a")).not.toEqual(faultsOf("b"));
  });

  it("are at points that can be named", () => {
    expect(readKillPoint("during:COMMIT:3")).toEqual({ moment: "during", call: "COMMIT", count: 3 });
    for (const text of ["", "COMMIT", "at:COMMIT:3", "after:COMMIT:0", "after::1"]) {
      expect(() => readKillPoint(text)).toThrow("no kill point");
    }
  });
});
