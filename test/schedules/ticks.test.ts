/**
 * Laws of ticks: when a cron expression is due, in its own time zone.
 */
import { InvalidArgumentError } from "dacapo";
import { describe, expect, it } from "vitest";
import { checkTickRule, nextTick, ticksFrom } from "../../src/schedules/ticks.ts";

const at = (text: string): number => Date.parse(text);
const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

describe("a tick", () => {
  it("is the first moment after a time that the expression names, never that time itself", () => {
    const rule = { cron: "0 3 * * *", timeZone: "UTC" };
    expect(iso(nextTick(rule, at("2026-01-01T02:59:59.999Z")))).toBe("2026-01-01T03:00:00.000Z");
    expect(iso(nextTick(rule, at("2026-01-01T03:00:00.000Z")))).toBe("2026-01-02T03:00:00.000Z");
  });

  it("may name seconds", () => {
    expect(iso(nextTick({ cron: "*/10 * * * * *", timeZone: "UTC" }, at("2026-01-01T00:00:01Z")))).toBe(
      "2026-01-01T00:00:10.000Z",
    );
  });

  it("goes by the clocks of its time zone, through both changes of daylight saving", () => {
    const rule = { cron: "30 2 * * *", timeZone: "Europe/Vienna" };
    const spring = ticksFrom(rule, nextTick(rule, at("2026-03-27T12:00:00Z")) ?? 0, at("2026-03-30T12:00:00Z"), 10);
    // On 29 March there is no half past two: the clocks go from two to three, and at three it is due.
    expect(spring.map(iso)).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
    const autumn = ticksFrom(rule, nextTick(rule, at("2026-10-24T12:00:00Z")) ?? 0, at("2026-10-26T12:00:00Z"), 10);
    // On 25 October there are two of them.
    expect(autumn.map(iso)).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]);
  });

  it("is neither before the start nor after the end", () => {
    const rule = {
      cron: "0 * * * *",
      timeZone: "UTC",
      startAt: at("2026-01-02T00:00:00Z"),
      endAt: at("2026-01-02T02:30:00Z"),
    };
    const first = nextTick(rule, at("2026-01-01T12:00:00Z"));
    expect(iso(first)).toBe("2026-01-02T00:00:00.000Z");
    expect(ticksFrom(rule, first ?? 0, Infinity, 10).map(iso)).toEqual([
      "2026-01-02T00:00:00.000Z",
      "2026-01-02T01:00:00.000Z",
      "2026-01-02T02:00:00.000Z",
    ]);
  });

  it("is refused with the reason where the expression or the zone cannot be read, or never comes", () => {
    const now = at("2026-01-01T00:00:00Z");
    for (const [rule, message] of [
      [{ cron: "", timeZone: "UTC" }, "has no cron expression"],
      [{ cron: "61 * * * *", timeZone: "UTC" }, '"61 * * * *" in the time zone "UTC" cannot be read'],
      [{ cron: "* * *", timeZone: "UTC" }, "cannot be read"],
      [{ cron: "* * * * *", timeZone: "Mars/Olympus" }, '"Mars/Olympus" cannot be read'],
      [{ cron: "0 0 30 2 *", timeZone: "UTC" }, "is never due"],
      [{ cron: "* * * * *", timeZone: "UTC", endAt: now - 1 }, "is never due"],
    ] as const) {
      expect(() => checkTickRule(rule, now)).toThrow(InvalidArgumentError);
      expect(() => checkTickRule(rule, now)).toThrow(message);
    }
  });
});
