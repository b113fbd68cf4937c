/**
 * The token: one line that holds a run.
 */
import { InvalidArgumentError } from "dacapo";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Token } from "../../simulator/src/choices/token.ts";
import { decodeToken, encodeToken } from "../../simulator/src/choices/token.ts";

const choice = fc
  .tuple(fc.integer({ min: 2, max: 2 ** 40 }), fc.nat(), fc.integer({ min: 0, max: 255 }))
  .map(([n, value, site]) => ({ n, value: value % n, site }));

const token: fc.Arbitrary<Token> = fc.record({
  scenario: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  failure: fc.string({ unit: "grapheme" }),
  choices: fc.array(choice, { maxLength: 300 }),
});

const example = encodeToken({ scenario: 7, failure: "oracle O5", choices: [{ n: 3, value: 2, site: 9 }] });

describe("a token", () => {
  it("says after decoding what it said before encoding", () => {
    fc.assert(
      fc.property(token, (said) => {
        expect(decodeToken(encodeToken(said))).toEqual(said);
      }),
    );
  });

  it("is one line of letters, digits, - and _", () => {
    fc.assert(
      fc.property(token, (said) => {
        expect(encodeToken(said)).toMatch(/^dacapo1:[\w-]+$/);
      }),
    );
  });

  it("is forgiven the white space around it", () => {
    expect(decodeToken(`  ${example}\n`).failure).toBe("oracle O5");
  });

  it("takes few characters for many boring choices", () => {
    const boring = Array.from({ length: 500 }, (_, i) => ({ n: 2 + (i % 3), value: 0, site: i % 7 }));
    expect(encodeToken({ scenario: 1, failure: "x", choices: boring }).length).toBeLessThan(150);
  });

  it("is refused when any one character was changed", () => {
    for (let i = "dacapo1:".length; i < example.length; i++) {
      const other = example[i] === "A" ? "B" : "A";
      const changed = example.slice(0, i) + other + example.slice(i + 1);
      // The last characters of base64 may hold bits that mean nothing.
      if (Buffer.from(changed.slice(8), "base64url").equals(Buffer.from(example.slice(8), "base64url"))) continue;
      expect(() => decodeToken(changed)).toThrow(InvalidArgumentError);
    }
  });

  it("is refused when it was cut", () => {
    for (let length = 0; length < example.length; length++) {
      expect(() => decodeToken(example.slice(0, length))).toThrow(InvalidArgumentError);
    }
  });

  it.each([
    ["", "is not a token"],
    ["hello", "is not a token"],
    ["dacapo2:AAAA", "is of another version"],
    ["dacapo1:", "is damaged"],
    ["dacapo1:!!!!", "is damaged"],
    ["dacapo1:AAAAAAAA", "is damaged"],
  ])("%j is refused with a sentence that says so", (text, problem) => {
    expect(() => decodeToken(text)).toThrow(problem);
  });

  it("never makes decoding hang or throw anything else, whatever the text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeToken(`dacapo1:${Buffer.from(bytes).toString("base64url")}`);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
