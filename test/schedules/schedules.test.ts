/**
 * Laws of schedules: each tick starts one orchestration at most, on the hub's clock, and what was missed is made up
 * for as the schedule says.
 */
import { InvalidArgumentError, orchestrator } from "dacapo";
import { MemoryStore } from "dacapo/memory";
import { ScheduleClient, scheduling } from "dacapo/schedules";
import type { ScheduleOptions } from "dacapo/schedules";
import { ManualClock } from "dacapo/testing";
import { describe, expect, it } from "vitest";
import { Stage } from "../runtime/stage.ts";

const report = orchestrator("report", (ctx, input: unknown) => ({ at: ctx.currentUtcDateTime.toISOString(), input }));

async function opened(store = new MemoryStore(), clock = new ManualClock()) {
  const stage = await Stage.open([report, scheduling], { store, clock });
  return { stage, clock, store, schedules: new ScheduleClient(stage.client) };
}

/** The ids of everything that was started, in order. */
async function started(stage: Stage): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { instanceId } of stage.client.getAllInstances()) ids.push(instanceId);
  return ids;
}

/** Lets the hub run through the next hours, each minute. */
async function run(stage: Stage, hours: number): Promise<void> {
  const end = stage.clock.now() + hours * 3600_000;
  for (;;) {
    const { nextDueTime } = await stage.idle();
    if (nextDueTime === undefined || nextDueTime.getTime() > end) break;
    stage.clock.advance(Math.max(0, nextDueTime.getTime() - stage.clock.now()));
  }
  stage.clock.advance(end - stage.clock.now());
  await stage.idle();
}

const hourly = { cron: "0 * * * *", orchestrator: report, input: 7 };

describe("a schedule", () => {
  it("starts its orchestrator at each tick, with its input, named after the tick", async () => {
    const { stage, schedules } = await opened();
    const begin = Math.ceil(stage.clock.now() / 3600_000) * 3600_000;
    await schedules.createSchedule("hourly", { ...hourly, tags: { team: "a" }, version: "2" });
    await run(stage, 3.5);
    const expected = [0, 1, 2, 3]
      .map((hour) => new Date(begin + hour * 3600_000))
      .filter((date) => date.getTime() > 0 && date.getTime() <= stage.clock.now())
      .slice(-3);
    const ids = await started(stage);
    expect(ids.slice(-3)).toEqual(expected.map((date) => `hourly@${date.toISOString()}`));
    const last = await stage.state(ids.at(-1));
    expect(last.output).toEqual({ at: expected.at(-1)?.toISOString(), input: 7 });
    expect(last).toMatchObject({
      version: "2",
      tags: { team: "a", "dacapo.schedule": "hourly", "dacapo.scheduledTime": expected.at(-1)?.toISOString() },
    });
  });

  it("tells how it stands, and is listed", async () => {
    const { stage, schedules } = await opened();
    expect(await schedules.getSchedule("hourly")).toBeUndefined();
    await schedules.createSchedule("hourly", hourly);
    await schedules.createSchedule("b", { ...hourly, cron: "0 0 1 * *", timeZone: "Asia/Tokyo" });
    await run(stage, 1.5);
    const schedule = await schedules.getSchedule("hourly");
    expect(schedule).toMatchObject({
      id: "hourly",
      status: "active",
      settings: { cron: "0 * * * *", timeZone: "UTC" },
    });
    expect(schedule?.lastTickAt?.getTime()).toBeLessThanOrEqual(stage.clock.now());
    expect((schedule?.nextTickAt?.getTime() ?? 0) - (schedule?.lastTickAt?.getTime() ?? 0)).toBe(3600_000);
    expect(await stage.state(schedule?.lastInstanceId)).toMatchObject({ name: "report", runtimeStatus: "Completed" });
    const ids: string[] = [];
    for await (const { id } of schedules.listSchedules()) ids.push(id);
    expect(ids).toEqual(["b", "hourly"]);
  });

  it.each<[NonNullable<ScheduleOptions["catchUp"]>, number]>([
    ["skip", 0],
    ["latest", 1],
    ["all", 5],
  ])("that was missed five times makes up for it by the policy %s: %i", async (catchUp, expected) => {
    const first = await opened();
    await first.schedules.createSchedule("hourly", { ...hourly, catchUp });
    await first.stage.idle();
    const from = Math.floor(first.clock.now() / 3600_000) * 3600_000;
    await first.stage.close();
    first.clock.advance(from + 5.5 * 3600_000 - first.clock.now());
    const second = await opened(first.store, first.clock);
    await second.stage.idle();
    const ids = await started(second.stage);
    expect(ids).toHaveLength(expected);
    if (expected > 0) expect(ids.at(-1)).toBe(`hourly@${new Date(from + 5 * 3600_000).toISOString()}`);
    // And then it goes on as ever.
    await run(second.stage, 1);
    expect(await started(second.stage)).toHaveLength(expected + 1);
  });

  it("that was missed more often than one turn starts makes up for all, in turns", async () => {
    const { stage, schedules, clock } = await opened();
    await schedules.createSchedule("often", { ...hourly, cron: "* * * * *", catchUp: "all" });
    await stage.idle();
    const from = Math.floor(clock.now() / 60_000) * 60_000;
    clock.advance(from + 250.5 * 60_000 - clock.now());
    await stage.idle();
    const ids = await started(stage);
    expect(ids).toHaveLength(250);
    expect(new Set(ids).size).toBe(250);
  });

  it("rests while it is paused, and does not make up for that", async () => {
    const { stage, schedules } = await opened();
    await schedules.createSchedule("hourly", { ...hourly, catchUp: "all" });
    await run(stage, 2);
    const before = (await started(stage)).length;
    await schedules.pauseSchedule("hourly");
    await run(stage, 5);
    expect(await schedules.getSchedule("hourly")).toMatchObject({ status: "paused" });
    expect((await schedules.getSchedule("hourly"))?.nextTickAt).toBeUndefined();
    await schedules.resumeSchedule("hourly");
    await stage.idle();
    expect(await started(stage)).toHaveLength(before);
    await run(stage, 2);
    expect(await started(stage)).toHaveLength(before + 2);
  });

  it("goes by its latest settings alone", async () => {
    const { stage, schedules } = await opened();
    await schedules.createSchedule("s", hourly);
    await schedules.createSchedule("s", { ...hourly, cron: "0 0 * * *" });
    await schedules.createSchedule("s", { ...hourly, cron: "0 */6 * * *" });
    await run(stage, 24);
    expect(await started(stage)).toHaveLength(4);
  });

  it("that is deleted starts nothing more, and may be made again under its id", async () => {
    const { stage, schedules } = await opened();
    await schedules.createSchedule("s", hourly);
    await run(stage, 2);
    const before = (await started(stage)).length;
    await schedules.deleteSchedule("s");
    await run(stage, 5);
    expect(await schedules.getSchedule("s")).toBeUndefined();
    expect(await started(stage)).toHaveLength(before);
    await schedules.createSchedule("s", hourly);
    await run(stage, 2);
    expect(await started(stage)).toHaveLength(before + 2);
  });

  it("ends with its last tick", async () => {
    const { stage, schedules } = await opened();
    const endAt = new Date(stage.clock.now() + 2.5 * 3600_000);
    await schedules.createSchedule("s", { ...hourly, endAt });
    await run(stage, 10);
    expect((await started(stage)).length).toBeLessThanOrEqual(3);
    expect(await schedules.getSchedule("s")).toMatchObject({ status: "ended" });
    expect((await stage.idle()).nextDueTime).toBeUndefined();
  });

  it("is triggered beside its ticks", async () => {
    const { stage, schedules } = await opened();
    await schedules.createSchedule("s", { ...hourly, cron: "0 0 1 1 *" });
    await schedules.triggerSchedule("s");
    await schedules.triggerSchedule("nobody");
    await stage.idle();
    expect(await started(stage)).toEqual([`s@triggered ${new Date(stage.clock.now()).toISOString()}`]);
  });

  it("that makes no sense is refused, and changes nothing", async () => {
    const { stage, schedules } = await opened();
    await schedules.createSchedule("s", hourly);
    const bad: readonly (readonly [unknown, string])[] = [
      [{ ...hourly, cron: "nonsense" }, "cannot be read"],
      [{ ...hourly, timeZone: "Nowhere" }, "cannot be read"],
      [{ ...hourly, catchUp: "never" }, 'The option catchUp is "never"'],
      [{ ...hourly, orchestrator: undefined }, "createSchedule() was given no orchestrator"],
      [{ ...hourly, orchestrator: " " }, "name of the orchestrator"],
      [{ ...hourly, version: 2 }, "option version"],
      [{ ...hourly, tags: { a: 1 } }, "option tags"],
      [{ ...hourly, startAt: "tomorrow" }, "option startAt"],
      [undefined, "The options of createSchedule() are undefined."],
    ];
    for (const [options, message] of bad) {
      const call = schedules.createSchedule("s", options as ScheduleOptions);
      await expect(call).rejects.toThrow(InvalidArgumentError);
      await expect(schedules.createSchedule("s", options as ScheduleOptions)).rejects.toThrow(message);
    }
    await expect(schedules.createSchedule("", hourly)).rejects.toThrow(InvalidArgumentError);
    await stage.idle();
    expect(await schedules.getSchedule("s")).toMatchObject({ settings: { cron: "0 * * * *" } });
  });
});
