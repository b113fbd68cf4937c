/**
 * The same simulated seeds over SQLite: whatever a simulation does to its own store, with all its faults, a SQLite store is
 * told, statement by statement failing too, and has the same in the end.
 */
import { describe, expect, it } from "vitest";
import { strategyOf } from "../../simulator/src/explore/portfolio.ts";
import { Run } from "../../simulator/src/explore/run.ts";
import { whileAttached } from "../../simulator/src/explore/token-run.ts";
import type { Scenario } from "../../simulator/src/scenario/scenario.ts";
import activities from "../mutants/workloads/activities.scenario.ts";
import entities from "../mutants/workloads/entities.scenario.ts";
import families from "../mutants/workloads/families.scenario.ts";
import lifecycle from "../mutants/workloads/lifecycle.scenario.ts";
import management from "../mutants/workloads/management.scenario.ts";
import { SqliteMirror } from "./sqlite-mirror.ts";

const RUNS = 30;

/** Runs a scenario, with a SQLite store that follows. */
async function follow(scenario: Scenario, seed: string, run: number, counts: Map<string, number>): Promise<void> {
  const simulated = new Run(scenario, strategyOf(scenario, seed, run));
  const mirror = await SqliteMirror.of(simulated.world.store, simulated.world.committed.calls, counts);
  const when = (): boolean => {
    mirror.catchUp();
    return false;
  };
  try {
    await simulated.until({ when });
    mirror.catchUp();
    const [here, there] = mirror.states();
    expect(here).toEqual(there);
  } catch (error) {
    throw new Error(`Run ${run} of "${scenario.name}" (seed ${seed}): ${String(error)}`, { cause: error });
  } finally {
    mirror.close();
  }
}

describe("a simulation over SQLite", () => {
  it.each(
    [activities, entities, families, lifecycle, management].map((scenario) => [scenario.name, scenario] as const),
  )("leaves what the simulator's own store has: %s", async (_name, scenario) => {
    const counts = new Map<string, number>();
    await whileAttached(async () => {
      for (let run = 0; run < RUNS; run++) await follow(scenario, "sqlite", run, counts);
    });
    // The faults of the simulation have reached it, and those of the database have too.
    for (const what of ["fetch orchestration", "turn done", "turn LEASE_LOST", "failed"]) {
      expect(counts.get(what) ?? 0, what).toBeGreaterThan(0);
    }
  });
});
