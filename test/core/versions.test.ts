/**
 * Laws of the order of versions: durabletask-js's rules, the same on every machine and on every replay.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, orchestrator } from "dacapo";
import { compareVersions } from "../../src/core/versions.ts";
import { perform } from "../runtime/stage.ts";

describe("versions", () => {
  it.each([
    ["1.0.0", "2.0.0"],
    ["1.9.0", "1.10.0"],
    ["2", "10"],
    ["1.0.0", "1.0.0.1"],
    ["0.9", "1"],
    ["", "0"],
    ["  ", "alpha"],
    [undefined, "1"],
    ["alpha", "Beta"],
    ["1.0.0-beta", "1.0.0-rc"],
    ["v1.10", "v1.9"],
    ["9007199254740992", "9007199254740993"],
  ])("%j comes before %j", (before, after) => {
    expect(compareVersions(before, after)).toBeLessThan(0);
    expect(compareVersions(after, before)).toBeGreaterThan(0);
  });

  it.each([
    ["1", "1.0.0.0"],
    ["1.0", "01.0"],
    ["", "  "],
    [undefined, ""],
    ["Alpha", "aLPHA"],
    [" 1.0 ", "1.0"],
  ])("%j and %j are equal", (one, other) => {
    expect(compareVersions(one, other)).toBe(0);
    expect(compareVersions(other, one)).toBe(0);
  });

  it("of numbers are in one order", () => {
    const version = fc.array(fc.nat(12), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const at = (numbers: readonly number[], i: number): number => numbers[i] ?? 0;
        const first = [0, 1, 2, 3].find((i) => at(a, i) !== at(b, i));
        const expected = first === undefined ? 0 : Math.sign(at(a, first) - at(b, first));
        expect(compareVersions(a.join("."), b.join("."))).toBe(expected);
      }),
    );
  });
});

describe("ctx.compareVersionTo", () => {
  it("compares the version that the instance was started with", async () => {
    const compares = orchestrator("compares", (ctx, others: string[]) =>
      others.map((other) => Math.sign(ctx.compareVersionTo(other))),
    );
    const state = await perform(compares, { input: ["", "0.1", "1"] });
    expect(state.raiseIfFailed().output).toEqual([0, -1, -1]);
  });

  it.each([undefined, null, 2])("refuses %j", async (version) => {
    const compares = orchestrator("compares", (ctx) => ctx.compareVersionTo(version as never));
    const state = await perform(compares);
    expect(state.failureDetails?.errorType).toBe(InvalidArgumentError.name);
  });
});
