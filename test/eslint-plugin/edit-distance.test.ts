/** How far apart two names are, and which known one a misspelt one means. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { editDistance, nearestName } from "../../eslint-plugin/src/hazards/edit-distance.ts";

describe("the edit distance", () => {
  it.each([
    ["", "", 0],
    ["abc", "", 3],
    ["abc", "abc", 0],
    ["abc", "abd", 1],
    ["abc", "ab", 1],
    ["abc", "xabc", 1],
    ["sayHello", "sayHelol", 1],
    ["abcd", "badc", 2],
    ["kitten", "sitting", 3],
  ])("from %j to %j is %i", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  const text = fc.string({ maxLength: 12 });

  it("is the same both ways, is zero for one text only, and is at most the length of the longer", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const distance = editDistance(one, other);
        expect(distance).toBe(editDistance(other, one));
        expect(distance === 0).toBe(one === other);
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
      { seed: 7 },
    );
  });

  it("is at most one for one letter more, less or other, and for two that change places", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 2, maxLength: 12 }),
        fc.nat(),
        fc.string({ maxLength: 1 }),
        (name, at, letter) => {
          const here = at % (name.length - 1);
          const swapped = name.slice(0, here) + (name[here + 1] ?? "") + (name[here] ?? "") + name.slice(here + 2);
          expect(editDistance(name, swapped)).toBeLessThanOrEqual(1);
          expect(editDistance(name, name.slice(0, here) + letter + name.slice(here))).toBe(letter.length);
          expect(editDistance(name, name.slice(0, here) + letter + name.slice(here + 1))).toBeLessThanOrEqual(1);
        },
      ),
      { seed: 7 },
    );
  });
});

describe("the nearest name", () => {
  const known = ["chargeCard", "refundCard", "go"];

  it.each([
    ["chargeCrad", "chargeCard"],
    ["chargecard", "chargeCard"],
    ["refund_card", "refundCard"],
    ["shipOrder", undefined],
    ["to", undefined],
  ])("to %j is %j", (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });
});
