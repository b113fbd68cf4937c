/** The laws of writing numbers and lengths of time. */
import { describe, expect, it } from "vitest";
import { count, formatDuration, formatNumber } from "../../src/cli/quantity.ts";

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

describe("a number", () => {
  it("has its thousands apart, and no fraction", () => expect(formatNumber(1_234_567.8)).toBe("1,234,568"));

  it("agrees with its noun", () => {
    expect(count(1, "run")).toBe("1 run");
    expect(count(0, "run")).toBe("0 runs");
    expect(count(1000, "run")).toBe("1,000 runs");
    expect(count(2, "property", "properties")).toBe("2 properties");
  });
});

describe("a length of time", () => {
  it.each([
    [0, "0 seconds"],
    [second, "1 second"],
    [90 * second, "90 seconds"],
    [90 * 60 * second, "90 minutes"],
    [72 * hour, "3 days"],
    [36 * hour, "36 hours"],
    [400 * day, "400 days"],
    [3650 * day, "10 years"],
    [1168.8 * day, "3.2 years"],
  ])("of %d ms is written in the largest unit that it holds twice: %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
