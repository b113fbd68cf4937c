/**
 * Laws of `Retry-After`: seconds and the dates of HTTP, read alike on every machine.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askAgainAt, parseHttpDate } from "../../src/core/retry-after.ts";

const now = Date.UTC(2026, 0, 1);
const later = (header: string | undefined): number => (askAgainAt(header, now) - now) / 1000;

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["5", 5],
    [" 120 ", 120],
    ["Thu, 01 Jan 2026 00:00:10 GMT", 10],
    ["Thursday, 01-Jan-26 00:00:10 GMT", 10],
    ["Thu Jan  1 00:00:10 2026", 10],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
    ["Tuesday, 06-Nov-76 00:00:00 GMT", (Date.UTC(2076, 10, 6) - now) / 1000],
  ])("%j means in %d seconds", (header, seconds) => expect(later(header)).toBe(seconds));

  it.each([
    ...["", "soon", "-5", "1.5", "1e3", "Thu, 01 Jan 2026 00:00:10", "Thu, 01 Jan 2026 00:00:10 CET", "2026-01-01"],
    ...["Thu, 31 Feb 2026 00:00:10 GMT", "Thu, 01 Foo 2026 00:00:10 GMT", "Thu, 01 Jan 2026 24:00:00 GMT"],
    ...["1 Jan 2026 00:00:10", "9".repeat(400), "9".repeat(15)],
  ])("%j cannot be read, so it is 30 seconds", (header) => expect(later(header)).toBe(30));

  it("is 30 seconds where there is none", () => expect(later(undefined)).toBe(30));

  it("reads every date that the platform writes", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("0000-01-01Z"), max: new Date("9999-12-31T23:59:59Z") }), (date) => {
        const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
        expect(parseHttpDate(whole.toUTCString(), now)).toBe(whole.getTime());
      }),
      { seed: 1 },
    );
  });
});
