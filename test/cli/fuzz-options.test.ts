/** The laws of reading the options of `dacapo fuzz`. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkStep, parseRuns, parseSeed, parseStep } from "../../src/cli/fuzz-options.ts";
import { InvalidArgumentError } from "../../src/core/errors.ts";

describe("--runs", () => {
  it("is any whole number from 1 on", () => {
    fc.assert(fc.property(fc.integer({ min: 1 }), (runs) => parseRuns(String(runs)) === runs));
  });

  it.each(["0", "-5", "1.5", "1e3", "0x10", "ten", "", " ", "Infinity", "99999999999999999999"])(
    "refuses %j, and says what to give",
    (text) => {
      expect(() => parseRuns(text)).toThrow(InvalidArgumentError);
      expect(() => parseRuns(text)).toThrow("Give --runs a whole number from 1 on");
    },
  );
});

describe("--seed", () => {
  it.each(["42", "0", "-1", "release 7"])("takes the text %j as it is", (text) => expect(parseSeed(text)).toBe(text));

  it.each(["", "  "])("refuses the empty text %j", (text) =>
    expect(() => parseSeed(text)).toThrow("The seed is empty"),
  );
});

describe("--step", () => {
  it("is any whole number from 0 on", () => {
    fc.assert(fc.property(fc.nat(), (step) => parseStep(String(step)) === step));
  });

  it.each(["-1", "1.5", "1e3", "0x10", "ten", "", " ", "Infinity", "99999999999999999999"])(
    "refuses %j, and says what to give",
    (text) => {
      expect(() => parseStep(text)).toThrow(InvalidArgumentError);
      expect(() => parseStep(text)).toThrow("Give --step a whole number from 0 on");
    },
  );

  it("belongs to a replay", () => {
    expect(() => checkStep({ step: 3, replay: undefined })).toThrow("--step was given without --replay");
    checkStep({ step: 3, replay: "dacapo1:x" });
    checkStep({ step: undefined, replay: undefined });
  });
});
