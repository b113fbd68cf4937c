/**
 * Calls share transactions: what is kept in order, and what may go on side by side.
 */
import { expect, it } from "vitest";
import { GroupCommit, type Outcome } from "../../src/backends/sql/group-commit.ts";
import { StorageError } from "../../src/index.ts";

interface Call {
  readonly name: string;
  readonly places: readonly string[];
}

/** A database whose transactions end when they are told to. */
function database(options: { readonly inTwo: boolean }): {
  readonly commits: GroupCommit<Call>;
  readonly begun: Call[][];
  readonly end: (index: number, error?: Error) => Promise<void>;
} {
  const begun: Call[][] = [];
  const ends: ((error: Error | undefined) => void)[] = [];
  const commits = new GroupCommit<Call>({
    transact: (calls) =>
      new Promise<readonly Outcome[]>((resolve, reject) => {
        begun.push([...calls]);
        ends.push((error) => {
          if (error === undefined) resolve(calls.map(({ name }) => ({ ok: true, value: name })));
          else reject(error);
        });
      }),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    toError: (error) => new StorageError(String(error), { hint: "" }),
    ...(options.inTwo ? { placesOf: (call: Call) => call.places } : {}),
  });
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    commits,
    begun,
    end: async (index, error) => {
      await settled();
      ends[index]?.(error);
      await settled();
    },
  };
}

function callsAbout(place: string, count: number): readonly Call[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${place}${i}`, places: [place] }));
}

it("many calls about other things do not wait for a transaction that is under way", async () => {
  const { commits, begun, end } = database({ inTwo: true });
  const first = commits.make({ name: "first", places: ["a"] });
  await end(-1);
  const others = Promise.all([...callsAbout("a", 2), ...callsAbout("b", 30)].map((call) => commits.make(call)));
  await end(1);
  expect(begun.map((calls) => calls.map(({ name }) => name)).slice(0, 2)).toEqual([
    ["first"],
    callsAbout("b", 30).map(({ name }) => name),
  ]);
  await end(0);
  await end(2);
  expect(begun[2]?.map(({ name }) => name)).toEqual(["a0", "a1"]);
  expect(await first).toBe("first");
  expect(await others).toHaveLength(32);
});

it("a call never overtakes an earlier one with which it shares a place, directly or through others", async () => {
  const { commits, begun, end } = database({ inTwo: true });
  void commits.make({ name: "first", places: ["a"] });
  await end(-1);
  void commits.make({ name: "bridge", places: ["a", "c"] });
  void commits.make({ name: "behind", places: ["c"] });
  for (const call of callsAbout("b", 30)) void commits.make(call);
  await end(-1);
  expect(begun[1]?.map(({ name }) => name)).toEqual(callsAbout("b", 30).map(({ name }) => name));
  await end(0);
  expect(begun[2]?.map(({ name }) => name)).toEqual(["bridge", "behind"]);
  await end(1);
  await end(2);
  await commits.drain();
});

it("nobody is left behind when all who wait are about what is under way, or a transaction fails", async () => {
  const { commits, begun, end } = database({ inTwo: true });
  const first = commits.make({ name: "first", places: ["a"] });
  first.catch(() => undefined);
  await end(-1);
  const others = callsAbout("a", 60).map((call) => commits.make(call));
  await end(0, new Error("gone"));
  await expect(first).rejects.toThrow(StorageError);
  expect(begun).toHaveLength(2);
  await end(1);
  expect(await Promise.all(others)).toHaveLength(60);
  const last = commits.make({ name: "last", places: ["a"] });
  await end(2);
  expect(await last).toBe("last");
  await commits.drain();
});

it("without places there is one transaction at a time", async () => {
  const { commits, begun, end } = database({ inTwo: false });
  const first = commits.make({ name: "first", places: ["a"] });
  await end(-1);
  const others = callsAbout("b", 300).map((call) => commits.make(call));
  await end(-1);
  expect(begun).toHaveLength(1);
  await end(0);
  await end(1);
  await end(2);
  expect(begun.map(({ length }) => length)).toEqual([1, 256, 44]);
  expect(await first).toBe("first");
  expect(await Promise.all(others)).toHaveLength(300);
});
