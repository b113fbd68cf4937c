/**
 * Images of rows are guesses, but none that would have a handle give a number twice: none follows a newer one.
 */
import { expect, it } from "vitest";
import { underLock } from "../../src/backends/postgres/calls.ts";
import { Images, type InstanceImage } from "../../src/backends/postgres/images.ts";

const NOTHING = { found: [], owners: [], held: [], images: () => [] };

function image(lastNumber: number): InstanceImage {
  return {
    row: {
      ...{
        instanceId: "a",
        key: 1,
        kind: "orchestration",
        incarnation: "life",
        executionId: "execution",
        generation: 1,
      },
      ...{ runtimeStatus: "Running", revision: 1, lastEventId: 2, startAt: 0, rewind: undefined, messagesAt: Infinity },
      ...{ served: 0, createRequestId: "request", lastCommitRequestId: undefined },
      ...{ lastNumber, lock: undefined, notBefore: 0, deliveryCount: 0 },
    },
    record: {},
  };
}

/** The number that the handle goes by. */
function numberOf(images: Images): number | undefined {
  const call = { ...underLock("orchestration", { key: "a", token: 1 }, () => ({}) as never), isConditional: true };
  return images.take([call]).instances.get("a")?.row.lastNumber;
}

it("what a transaction saw of an instance is kept, unless it has changed the instance itself", () => {
  const images = new Images();
  images.keep(images.begin(), { ...NOTHING, owners: [image(1)] }, []);
  expect(numberOf(images)).toBe(1);
  images.keep(images.begin(), { ...NOTHING, owners: [image(1)] }, ["a"]);
  expect(numberOf(images)).toBeUndefined();
  images.keep(images.begin(), { ...NOTHING, owners: [image(1)], found: ["a"] }, []);
  expect(numberOf(images)).toBeUndefined();
  images.keep(images.begin(), { ...NOTHING, owners: [image(1)], images: () => [image(2)] }, ["a"]);
  expect(numberOf(images)).toBe(2);
});

it.each([
  ["claimed", { ...NOTHING, found: ["a"] }, []],
  ["changed", NOTHING, ["a"]],
] as const)(
  "no image is left of what another transaction has %s since, whichever ends first",
  (_how, left, touched) => {
    for (const late of [
      { ...NOTHING, owners: [image(1)] },
      { ...NOTHING, images: () => [image(1)] },
    ]) {
      const images = new Images();
      const [one, other] = [images.begin(), images.begin()];
      images.keep(one, left, touched);
      images.end(one);
      images.keep(other, late, []);
      expect(numberOf(images)).toBeUndefined();
      const [saw, changes] = [images.begin(), images.begin()];
      images.keep(saw, late, []);
      images.keep(changes, left, touched);
      expect(numberOf(images)).toBeUndefined();
    }
  },
);

it("a transaction that has ended before another one began is nothing to it", () => {
  const images = new Images();
  const before = images.begin();
  images.keep(before, NOTHING, ["a"]);
  images.end(before);
  images.keep(images.begin(), { ...NOTHING, owners: [image(1)] }, []);
  expect(numberOf(images)).toBe(1);
});

it("a long history is left out, and a record of long texts is not kept at all", () => {
  const images = new Images();
  const long = "x".repeat(10_000);
  images.keep(images.begin(), { ...NOTHING, owners: [{ ...image(1), history: [long] }] }, []);
  expect(numberOf(images)).toBe(1);
  images.keep(images.begin(), { ...NOTHING, owners: [{ ...image(1), record: { input: long } }] }, []);
  expect(numberOf(images)).toBeUndefined();
});
