/**
 * Linearizability: can concurrent calls be put into one order, each at a point between its invocation and its response,
 * in which a sequential object gives exactly the recorded results?
 *
 * The algorithm of Wing and Gong with Lowe's cache, as in Porcupine (https://github.com/anishathalye/porcupine): a search
 * over a linked list of invocations and responses, which never goes twice from the same set of placed operations in the
 * same state. Objects are independent of one another (P-compositionality), so each is checked by itself.
 *
 * Invariant: pure; it decides within a budget of steps, or says that it does not know. Used by O10.
 */

/** One call of an object. */
export interface Operation<I, O> {
  readonly input: I;
  /** What was answered; undefined when nobody was told (yet), and then anything would be right. */
  readonly answer: { readonly output: O } | undefined;
  /** When it was called, and when it was answered: any numbers that grow. Without an answer it may still take effect. */
  readonly calledAt: number;
  readonly answeredAt: number;
}

/** A sequential object. */
export interface Model<S, I, O> {
  readonly init: S;
  /** The state after the operation; undefined when it cannot give this answer in this state. */
  step(state: S, input: I, answer: { readonly output: O } | undefined): { readonly state: S } | undefined;
  /** Names a state: the same for states that are alike. */
  keyOf(state: S): string;
}

export interface LinearizabilityResult {
  /** `unknown` when the budget did not suffice. */
  readonly verdict: "linearizable" | "not linearizable" | "unknown";
  /** The longest order that was found, as indices of the operations: all answered ones where it is linearizable. */
  readonly order: readonly number[];
}

/** Steps of the search unless given. */
const STEPS_MAX = 100_000;

/** Searches for an order of the operations of one object. */
export function checkLinearizability<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  { stepsMax = STEPS_MAX }: { readonly stepsMax?: number } = {},
): LinearizabilityResult {
  const head = entriesOf(operations);
  const placed = new BitSet(operations.length);
  const seen = new Set<string>();
  const stack: { readonly entry: Entry; readonly before: S }[] = [];
  let longest: readonly number[] = [];
  let state = model.init;
  let entry = head.next;
  for (let steps = 0; entry !== undefined; steps++) {
    if (steps >= stepsMax) return { verdict: "unknown", order: longest };
    if (entry.response !== undefined) {
      const { input, answer } = operationAt(operations, entry.index);
      const after = model.step(state, input, answer);
      placed.add(entry.index);
      if (after !== undefined && isNew(seen, `${placed.key} ${model.keyOf(after.state)}`)) {
        stack.push({ entry, before: state });
        ({ state } = after);
        lift(entry);
        if (stack.length > longest.length) longest = stack.map((step) => step.entry.index);
        entry = head.next;
      } else {
        placed.remove(entry.index);
        entry = entry.next;
      }
      continue;
    }
    // Responses that never came stand at the end: all others have found their places.
    if (operationAt(operations, entry.index).answer === undefined) break;
    // A response whose operation has found no place: what was placed last was wrong.
    const last = stack.pop();
    if (last === undefined) return { verdict: "not linearizable", order: longest };
    state = last.before;
    placed.remove(last.entry.index);
    unlift(last.entry);
    entry = last.entry.next;
  }
  return { verdict: "linearizable", order: stack.map((step) => step.entry.index) };
}

/** An invocation, or a response (which has no response of its own), in the list of those that have no place yet. */
interface Entry {
  readonly index: number;
  readonly response: Entry | undefined;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** The list in the order of time, behind a head of its own. Responses that never came stand at the end. */
function entriesOf(operations: readonly Operation<unknown, unknown>[]): Entry {
  const timed = operations.flatMap(({ calledAt, answeredAt, answer }, index) => {
    const response: Entry = { index, response: undefined, previous: undefined, next: undefined };
    const call: Entry = { index, response, previous: undefined, next: undefined };
    return [
      { entry: call, at: calledAt, rank: 0 },
      { entry: response, at: answer === undefined ? Infinity : answeredAt, rank: 1 },
    ];
  });
  // Where a call and a response are at one time, the call was first: then they overlap, which allows more orders.
  timed.sort((a, b) => (a.at === b.at ? a.rank - b.rank : a.at - b.at));
  const head: Entry = { index: -1, response: undefined, previous: undefined, next: undefined };
  let last = head;
  for (const { entry } of timed) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
  return head;
}

/** Takes an operation out of the list: it has its place. */
function lift(call: Entry): void {
  unlink(call);
  if (call.response !== undefined) unlink(call.response);
}

/** Puts it back where it was. */
function unlift(call: Entry): void {
  if (call.response !== undefined) relink(call.response);
  relink(call);
}

function unlink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry.next;
  if (entry.next !== undefined) entry.next.previous = entry.previous;
}

function relink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry;
  if (entry.next !== undefined) entry.next.previous = entry;
}

function operationAt<I, O>(operations: readonly Operation<I, O>[], index: number): Operation<I, O> {
  const operation = operations[index];
  if (operation === undefined) throw new RangeError(`there is no operation ${index}`);
  return operation;
}

/** Adds to a set; false when it was there. */
function isNew(seen: Set<string>, key: string): boolean {
  const { size } = seen;
  return seen.add(key).size > size;
}

/** A set of small numbers. */
class BitSet {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  add(i: number): void {
    this.#words[i >>> 5] = (this.#words[i >>> 5] ?? 0) | (1 << (i & 31));
  }

  remove(i: number): void {
    this.#words[i >>> 5] = (this.#words[i >>> 5] ?? 0) & ~(1 << (i & 31));
  }

  get key(): string {
    return this.#words.join(",");
  }
}
