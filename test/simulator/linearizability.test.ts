/**
 * The linearizability checker, against a search through all orders, and on histories that are known.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Model, Operation } from "../../simulator/src/oracles/linearizability.ts";
import { checkLinearizability } from "../../simulator/src/oracles/linearizability.ts";

type Input = { readonly kind: "add"; readonly by: number } | { readonly kind: "get" } | { readonly kind: "fail" };
type Output = number | "failed";
type Call = Operation<Input, Output>;

/** A counter whose `fail` changes nothing and fails unless the counter is at 0. */
const counter: Model<number, Input, Output> = {
  init: 0,
  step(state, input, answer) {
    const after = input.kind === "add" ? state + input.by : state;
    const output = input.kind === "fail" && state !== 0 ? "failed" : after;
    return answer === undefined || answer.output === output ? { state: after } : undefined;
  },
  keyOf: String,
};

const add = (by: number): Input => ({ kind: "add", by });
const get: Input = { kind: "get" };

/** A call from one time to another, with its answer. */
function call(input: Input, calledAt: number, answeredAt: number, output?: Output): Call {
  return { input, calledAt, answeredAt, answer: output === undefined ? undefined : { output } };
}

const verdict = (operations: readonly Call[]): string => checkLinearizability(operations, counter).verdict;

/** Whether some order of the operations explains all answers: tries them all, with and without those that have none. */
function isExplained(operations: readonly Call[], state = counter.init): boolean {
  const must = operations.filter(({ answer }) => answer !== undefined);
  if (must.length === 0) return true;
  return operations.some((operation) => {
    // Whatever was answered before this one was called has to come first.
    if (must.some(({ answeredAt }) => answeredAt < operation.calledAt)) return false;
    const after = counter.step(state, operation.input, operation.answer);
    return (
      after !== undefined &&
      isExplained(
        operations.filter((other) => other !== operation),
        after.state,
      )
    );
  });
}

const input = fc.oneof(fc.integer({ min: 1, max: 2 }).map(add), fc.constant(get), fc.constant<Input>({ kind: "fail" }));

/** Calls with arbitrary answers: some of such histories are linearizable, some are not. */
const arbitraryCalls = fc.array(
  fc
    .tuple(input, fc.nat(12), fc.nat(6), fc.option(fc.oneof(fc.nat(4), fc.constant("failed" as const))))
    .map(([what, from, length, output]) => call(what, from, from + length, output ?? undefined)),
  { maxLength: 6 },
);

/** Calls that took effect at a point of their interval, and were answered accordingly. */
const trueCalls = fc
  .array(fc.record({ what: input, at: fc.nat(40), before: fc.nat(9), after: fc.nat(9), isTold: fc.boolean() }), {
    maxLength: 12,
  })
  .map((calls) => {
    const inOrder = calls.map((one, i) => ({ ...one, at: one.at + i / 100 })).sort((a, b) => a.at - b.at);
    let state = counter.init;
    return inOrder.map(({ what, at, before, after, isTold }) => {
      const output: Output =
        what.kind === "fail" && state !== 0 ? "failed" : state + (what.kind === "add" ? what.by : 0);
      state += what.kind === "add" ? what.by : 0;
      return call(what, at - before, at + after, isTold ? output : undefined);
    });
  });

describe("a history", () => {
  it("is judged as a search through all orders judges it", () => {
    fc.assert(
      fc.property(arbitraryCalls, (calls) => {
        expect(verdict(calls)).toBe(isExplained(calls) ? "linearizable" : "not linearizable");
      }),
      { numRuns: 2_000 },
    );
  });

  it("of calls that took effect at a point between call and answer is linearizable, in whatever order it is given", () => {
    fc.assert(
      fc.property(trueCalls, fc.infiniteStream(fc.nat()), (calls, numbers) => {
        const shuffled = calls
          .map((one) => ({ one, rank: numbers.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ one }) => one);
        expect(verdict(shuffled)).toBe("linearizable");
      }),
      { numRuns: 500 },
    );
  });

  it("comes with an order that explains it", () => {
    fc.assert(
      fc.property(trueCalls, (calls) => {
        const { order } = checkLinearizability(calls, counter);
        let state = counter.init;
        for (const index of order) {
          const { input: what, answer } = calls[index] as Call;
          const after = counter.step(state, what, answer);
          if (after === undefined) throw new Error("the order does not explain an answer");
          ({ state } = after);
        }
        const placed = new Set(order);
        expect(placed.size).toBe(order.length);
        for (const [index, { answer }] of calls.entries()) if (answer !== undefined) expect(placed).toContain(index);
      }),
      { numRuns: 500 },
    );
  });

  it("without calls is linearizable", () => expect(verdict([])).toBe("linearizable"));
});

describe("what is not linearizable", () => {
  it("is a lost update: two that both saw the same", () => {
    expect(verdict([call(add(1), 0, 1, 1), call(add(1), 2, 3, 1)])).toBe("not linearizable");
    expect(verdict([call(add(1), 0, 3, 1), call(add(1), 1, 2, 1)])).toBe("not linearizable");
  });

  it("is a stale read, after the update was answered; during it, both are right", () => {
    expect(verdict([call(add(1), 0, 1, 1), call(get, 2, 3, 0)])).toBe("not linearizable");
    for (const seen of [0, 1]) expect(verdict([call(add(1), 0, 3, 1), call(get, 1, 2, seen)])).toBe("linearizable");
  });

  it("is a value that was seen, and then not any more", () => {
    const readers = [call(get, 1, 2, 1), call(get, 3, 4, 0)];
    expect(verdict([call(add(1), 0, 9, 1), ...readers])).toBe("not linearizable");
    expect(verdict([call(add(1), 0, 9), ...readers])).toBe("not linearizable");
  });

  it("is an effect that came twice", () => {
    expect(verdict([call(add(1), 0, 1, 1), call(get, 2, 3, 2)])).toBe("not linearizable");
  });

  it("is said with the longest order that was found", () => {
    const { order } = checkLinearizability([call(add(1), 0, 1, 1), call(add(1), 2, 3, 2), call(get, 4, 5, 7)], counter);
    expect(order).toEqual([0, 1]);
  });
});

describe("a call without an answer", () => {
  it("may have happened, or not, or happen later", () => {
    for (const seen of [0, 1]) expect(verdict([call(add(1), 0, 1), call(get, 2, 3, seen)])).toBe("linearizable");
    expect(verdict([call(add(1), 0, 1), call(get, 2, 3, 0), call(get, 4, 5, 1)])).toBe("linearizable");
  });

  it("has not happened before it was called", () => {
    expect(verdict([call(get, 0, 1, 1), call(add(1), 2, 3)])).toBe("not linearizable");
  });
});

describe("a search that would take too long", () => {
  it("says that it does not know", () => {
    const calls = Array.from({ length: 30 }, (_, i) => call(add(2 ** i), 0, 1));
    const result = checkLinearizability([...calls, call(get, 0, 1, 0.5)], counter, { stepsMax: 1_000 });
    expect(result.verdict).toBe("unknown");
  });

  it("is spared by the cache where orders lead to the same state", () => {
    const calls = Array.from({ length: 12 }, () => call(add(1), 0, 1));
    const result = checkLinearizability([...calls, call(get, 0, 1, 0.5)], counter);
    expect(result.verdict).toBe("not linearizable");
  });
});
