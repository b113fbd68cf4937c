/**
 * The manual clock moves only when it is told to, and forgets whoever has stopped sleeping.
 */
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/testing/index.ts";

describe("the manual clock", () => {
  it("stands still until it is advanced", () => {
    const clock = new ManualClock(5_000);
    expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0]);
    clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([5_250, 250]);
  });

  it("wakes sleepers in the order of their due times, and none before", async () => {
    const clock = new ManualClock();
    const woken: number[] = [];
    const sleeps = [30, 10, 20].map((ms) => clock.sleep(ms).then(() => woken.push(ms)));
    clock.advance(9);
    await Promise.resolve();
    expect(woken).toEqual([]);
    clock.advance(21);
    await Promise.all(sleeps);
    expect(woken).toEqual([10, 20, 30]);
    expect(clock.sleeping).toBe(0);
  });

  it("sleeps for ever when asked to, until the signal is aborted", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const slept = clock.sleep(Infinity, controller.signal);
    clock.advance(1e12);
    expect(clock.sleeping).toBe(1);
    controller.abort();
    await slept;
    expect(clock.sleeping).toBe(0);
  });

  it("does not sleep when there is nothing to wait for, or the signal is aborted already", async () => {
    const clock = new ManualClock();
    await clock.sleep(0);
    await clock.sleep(-1);
    await clock.sleep(1_000, AbortSignal.abort());
    expect(clock.sleeping).toBe(0);
  });
});
