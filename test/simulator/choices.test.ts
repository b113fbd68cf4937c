/**
 * The choice source and its providers: what makes a run a function of its choices.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Choice, ChoicePoint } from "../../simulator/src/choices/choices.ts";
import { choiceSite, ChoiceSource, withoutTrailingZeros } from "../../simulator/src/choices/choices.ts";
import { StaleTokenError } from "../../simulator/src/errors.ts";
import { randomChoices } from "../../simulator/src/choices/random-choices.ts";
import { lenientReplay, siteOf, strictReplay } from "../../simulator/src/choices/recorded-choices.ts";
import { chooseFor } from "../../simulator/src/choices/user-choices.ts";

const points = fc.array(
  fc.record({ label: fc.constantFrom("next", "fault", "data"), n: fc.integer({ min: 1, max: 40 }) }),
  { maxLength: 60 },
);

function make(source: ChoiceSource, asked: readonly ChoicePoint[]): readonly number[] {
  return asked.map((point) => source.choose(point));
}

function recorded(choices: readonly Choice[]): { value: number; n: number; site: number }[] {
  return choices.map((choice) => ({ value: choice.value, n: choice.n, site: siteOf(choice) }));
}

describe("the choice source", () => {
  it("records every choice between two or more, and none where there is only one", () => {
    const source = new ChoiceSource({ pick: ({ n }) => n - 1 });
    expect(
      make(source, [
        { label: "a", n: 1 },
        { label: "b", n: 3, keys: ["x", "y", "z"] },
        { label: "c", n: 2 },
      ]),
    ).toEqual([0, 2, 1]);
    expect(source.sequence).toEqual([
      { label: "b", n: 3, value: 2, keys: ["x", "y", "z"] },
      { label: "c", n: 2, value: 1 },
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a choice between %s alternatives", (n) => {
    const source = new ChoiceSource({ pick: () => 0 });
    expect(() => source.choose({ label: "a", n })).toThrow('The choice "a" is between');
  });

  it.each([-1, 2, 0.5])("refuses a provider that answers %s between 2", (value) => {
    const source = new ChoiceSource({ pick: () => value });
    expect(() => source.choose({ label: "a", n: 2 })).toThrow("was answered with");
    expect(source.sequence).toEqual([]);
  });

  it("names a choice by its label and its alternatives", () => {
    expect(choiceSite({ label: "next", n: 2, keys: ["a", "b"] })).toBe("next: a, b");
    expect(choiceSite({ label: "next", n: 2 })).toBe("next");
  });

  it("cuts the zeros at the end of a sequence, and no others", () => {
    const values = (choices: readonly Choice[]): readonly number[] => choices.map(({ value }) => value);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 })), (numbers) => {
        const cut = values(withoutTrailingZeros(numbers.map((value) => ({ label: "a", n: 4, value }))));
        expect(cut.at(-1)).not.toBe(0);
        expect([...cut, ...numbers.slice(cut.length).map(() => 0)]).toEqual(numbers);
      }),
    );
  });
});

describe("random choices", () => {
  it("are the same for the same seed and run", () => {
    fc.assert(
      fc.property(points, fc.string(), fc.nat(), (asked, seed, run) => {
        const first = make(new ChoiceSource(randomChoices(seed, run)), asked);
        expect(make(new ChoiceSource(randomChoices(seed, run)), asked)).toEqual(first);
      }),
    );
  });

  it("under one label do not move when other labels are asked more often", () => {
    fc.assert(
      fc.property(points, fc.nat(), (asked, run) => {
        const only = asked.filter(({ label }) => label === "next");
        const mixed = make(new ChoiceSource(randomChoices("s", run)), asked);
        const among = mixed.filter((_, i) => asked[i]?.label === "next");
        expect(make(new ChoiceSource(randomChoices("s", run)), only)).toEqual(among);
      }),
    );
  });

  it("differ from run to run and from seed to seed", () => {
    const draw = (seed: string, run: number): string =>
      make(
        new ChoiceSource(randomChoices(seed, run)),
        Array.from({ length: 20 }, () => ({ label: "a", n: 1000 })),
      ).join();
    const all = ["1", "2", "3"].flatMap((seed) => [0, 1, 2, 3].map((run) => draw(seed, run)));
    expect(new Set(all).size).toBe(all.length);
  });

  it("follow the weights: one of weight 0 never comes, the others in proportion", () => {
    const source = new ChoiceSource(randomChoices("w", 0));
    const counts = [0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const value = source.choose({ label: "a", n: 3, weights: [3, 0, 1] });
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    expect((counts[0] ?? 0) / (counts[2] ?? 1)).toBeGreaterThan(2.5);
    expect((counts[0] ?? 0) / (counts[2] ?? 1)).toBeLessThan(3.5);
  });

  it("are spread evenly over the runs of a seed, also the first of each label", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let run = 0; run < 5000; run++) {
      const value = new ChoiceSource(randomChoices("1", run)).choose({ label: "next", n: 10 });
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
  });
});

describe("a strict replay", () => {
  it("makes exactly the recorded choices, and 0 past their end", () => {
    fc.assert(
      fc.property(points, fc.nat(), (asked, run) => {
        const source = new ChoiceSource(randomChoices("s", run));
        const values = make(source, asked);
        const replay = new ChoiceSource(strictReplay(recorded(withoutTrailingZeros(source.sequence))));
        expect(make(replay, asked)).toEqual(values);
        expect(replay.sequence).toEqual(source.sequence);
      }),
    );
  });

  it("is stale at the first choice between another number of alternatives", () => {
    const replay = new ChoiceSource(
      strictReplay(
        recorded([
          { label: "a", n: 3, value: 1 },
          { label: "b", n: 3, value: 1 },
        ]),
      ),
    );
    expect(replay.choose({ label: "a", n: 3 })).toBe(1);
    expect(() => replay.choose({ label: "b", n: 4 })).toThrow(/^STALE at step 1: expected a choice between 3/);
  });

  it("is stale at the first choice about something else", () => {
    const replay = new ChoiceSource(strictReplay(recorded([{ label: "a", n: 3, value: 1, keys: ["x", "y", "z"] }])));
    const other = { label: "a", n: 3, keys: ["x", "y", "w"] };
    expect(() => replay.choose(other)).toThrow(StaleTokenError);
    expect(() => replay.choose(other)).toThrow('got "a: x, y, w" between 3');
  });
});

describe("a lenient replay", () => {
  const choices = points.map((asked) => asked.map(({ label, n }) => ({ label, n, value: n - 1 })));

  it("always gives legal values, whatever is asked", () => {
    fc.assert(
      fc.property(choices, points, (record, asked) => {
        const source = new ChoiceSource(lenientReplay(record));
        for (const [i, value] of make(source, asked).entries()) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThan(asked[i]?.n ?? 0);
        }
      }),
    );
  });

  it("repeats a run that fits", () => {
    fc.assert(
      fc.property(points, fc.nat(), (asked, run) => {
        const source = new ChoiceSource(randomChoices("s", run));
        const values = make(source, asked);
        expect(make(new ChoiceSource(lenientReplay(source.sequence)), asked)).toEqual(values);
      }),
    );
  });

  it("gives 0 past the end, and clamps what is out of range", () => {
    const source = new ChoiceSource(lenientReplay([{ label: "a", n: 10, value: 9 }]));
    expect(source.choose({ label: "a", n: 4 })).toBe(3);
    expect(source.choose({ label: "a", n: 4 })).toBe(0);
    expect(source.choose({ label: "b", n: 4 })).toBe(0);
  });

  it("keeps to the label: a choice more of one kind does not move the others", () => {
    const source = new ChoiceSource(
      lenientReplay([
        { label: "a", n: 3, value: 2 },
        { label: "b", n: 3, value: 1 },
      ]),
    );
    expect(
      make(source, [
        { label: "c", n: 3 },
        { label: "b", n: 3 },
        { label: "a", n: 3 },
      ]),
    ).toEqual([0, 1, 2]);
  });
});

describe("choose, as clients have it", () => {
  const zero = (): ReturnType<typeof chooseFor> => chooseFor("client 1", new ChoiceSource({ pick: () => 0 }));
  const last = (): ReturnType<typeof chooseFor> => chooseFor("client 1", new ChoiceSource({ pick: ({ n }) => n - 1 }));

  it("has the smallest, the first and false as choice 0", () => {
    const choose = zero();
    expect([choose.integer(-3, 8), choose.from(["x", "y"]), choose.boolean(), choose({ label: "l", n: 4 })]).toEqual([
      -3,
      "x",
      false,
      0,
    ]);
  });

  it("reaches the largest, the last and true", () => {
    const choose = last();
    expect([choose.integer(-3, 8), choose.from(["x", "y"]), choose.boolean(), choose({ label: "l", n: 4 })]).toEqual([
      8,
      "y",
      true,
      3,
    ]);
  });

  it("refuses to choose from nothing", () => {
    expect(() => zero().from([])).toThrow("choose.from([])");
    expect(() => zero().integer(3, 2)).toThrow("choose.integer(3, 2)");
    expect(() => zero().integer(0.5, 2)).toThrow("choose.integer(0.5, 2)");
  });
});
