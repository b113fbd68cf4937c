/**
 * A schedule whose workers crash, whose signals come twice and late, and whose clocks jump: each tick starts its
 * orchestration, once.
 */
import type { Scenario } from "@dacapo/simulator";
import { scenario, simulate } from "@dacapo/simulator";
import { orchestrator } from "dacapo";
import type { CatchUp } from "dacapo/schedules";
import { ScheduleClient, scheduling } from "dacapo/schedules";
import { describe, expect, it } from "vitest";

const HOUR_MS = 3600_000;
const BEGIN = Date.UTC(2026, 0, 1, 0, 30);
const TICKS = 6;

const report = orchestrator("report", (ctx) => ctx.instanceId);

function hourly(catchUp: CatchUp): Scenario {
  const ids = Array.from({ length: TICKS }, (_, hour) => {
    return `hourly@${new Date(BEGIN + HOUR_MS / 2 + hour * HOUR_MS).toISOString()}`;
  });
  return scenario(`hourly, ${catchUp}`, {
    register: [report, scheduling],
    workers: 2,
    startTime: new Date(BEGIN),
    async clients({ client, choose, after }) {
      const schedules = new ScheduleClient(client);
      const endAt = new Date(BEGIN + TICKS * HOUR_MS);
      await schedules.createSchedule("hourly", { cron: "0 * * * *", orchestrator: report, catchUp, endAt });
      // Settings may be sent again at any time, and nothing is due twice or missing for that.
      await after({ minutes: choose.integer(0, 20) });
      await schedules.createSchedule("hourly", { cron: "0 * * * *", orchestrator: report, catchUp, endAt });
    },
    always: {
      "only ticks start anything": ({ hub }) =>
        hub.instances().every(({ instanceId }) => ids.includes(instanceId) || instanceId.startsWith("@")),
    },
    eventually: {
      "each tick has its orchestration": ({ hub }) => {
        const started = new Set(hub.instances().map(({ instanceId }) => instanceId));
        return catchUp === "all" ? ids.every((id) => started.has(id)) : started.size > 0;
      },
      "the schedule has ended": ({ hub }) =>
        hub.instances().every(({ instanceId, isTerminal }) => isTerminal || instanceId.startsWith("@")),
    },
  });
}

describe("a schedule under all faults", () => {
  it.each<CatchUp>(["all", "latest", "skip"])("starts each tick once, %s", async (catchUp) => {
    const result = await simulate(hourly(catchUp), { runs: 60, seed: "schedules" });
    expect(result.outcome === "failed" ? result.story : result.outcome).toBe("passed");
  });
});
