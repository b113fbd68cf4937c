/**
 * Shrinking: from a failing run to the simplest one that fails in the same way.
 *
 * It works on the sequence of choices alone, so that schedule, faults and data shrink together: set choices to
 * 0 in chunks that halve (faults first), then lower the values that are left. Each candidate is run again, and
 * what that run really chose replaces the current sequence.
 *
 * Invariant: each accepted sequence is strictly simpler than the one before, in an order without infinite
 * descent, so shrinking ends; the budget is counted in runs, never in time.
 */
import type { Choice } from "../choices/choices.ts";
import { withoutTrailingZeros } from "../choices/choices.ts";
import { DATA_LABEL_SUFFIX } from "../choices/data-random.ts";
import { FAULT_LABEL_PREFIX } from "../faults/faults.ts";

/**
 * Runs a candidate, leniently. Resolves to the choices that the run really made when it fails in the same way,
 * and to `undefined` when it passes or fails otherwise.
 */
export type StillFails = (candidate: readonly Choice[]) => Promise<readonly Choice[] | undefined>;

export interface Shrunk {
  readonly choices: readonly Choice[];
  /** How many runs it took. */
  readonly runs: number;
}

/** Makes `failing` as simple as it can within `runsMax` runs. */
export async function shrink(failing: readonly Choice[], stillFails: StillFails, runsMax: number): Promise<Shrunk> {
  const passes = new ShrinkPasses(failing);
  const candidates = passes.candidates();
  let runs = 0;
  for (let next = candidates.next(); next.done !== true && runs < runsMax; runs++) {
    next = candidates.next(await stillFails(next.value));
  }
  return { choices: passes.current, runs };
}

/** True for a choice that injected a fault. */
export function isFault(choice: Choice): boolean {
  return choice.value !== 0 && choice.label.startsWith(FAULT_LABEL_PREFIX);
}

/** How many of the choices are not the boring one. */
export function countNonZero(choices: readonly Choice[]): number {
  return choices.reduce((count, choice) => count + (choice.value === 0 ? 0 : 1), 0);
}

/** So many faults are tried alone, each at so many points. */
const LONE_FAULTS_MAX = 8;
const LONE_POINTS_MAX = 24;

/** True for what a client drew: its labels, and no others, say whose they are. */
function isOfClient({ label }: Choice): boolean {
  return label.includes(": ");
}

/** A fault is moved to this many earlier points, at most. */
const EARLIER_MAX = 6;

function isData({ label }: Choice): boolean {
  return label.endsWith(DATA_LABEL_SUFFIX);
}

/** Lists of more items than this, and items of more choices, are not made shorter item by item. */
const ITEMS_MAX = 16;
const ITEM_CHOICES_MAX = 6;

/** A fault makes the same thing happen again this often, at most, as far as shrinking looks. */
const REPEATS_MAX = 3;

/** Tries of one pass: each is answered with what the run really chose, or with undefined when it does not fail. */
export type Candidates = Generator<readonly Choice[], void, readonly Choice[] | undefined>;

/** A pass, or a single try, that says whether it helped. */
type Try = Generator<readonly Choice[], boolean, readonly Choice[] | undefined>;

/** What to try, one after the other. Whoever asks runs the candidates: `shrink` itself, or fast-check. */
export class ShrinkPasses {
  current: readonly Choice[];
  readonly #tried = new Set<string>();

  constructor(failing: readonly Choice[]) {
    this.current = withoutTrailingZeros(failing);
  }

  *candidates(): Candidates {
    let before: readonly Choice[];
    do {
      before = this.current;
      yield* this.#zeroChunks(isFault);
      yield* this.#dropFaults();
      yield* this.#loneFaults();
      yield* this.#cutTail();
      yield* this.#zeroChunks(() => true);
      // While the values are still large: what is left must fail without the items.
      yield* this.#dropData();
      yield* this.#lowerValues();
      yield* this.#dropChoices();
      yield* this.#moveFaults();
    } while (this.current !== before);
  }

  /** Sets everything after a point to 0: first half of the sequence, then ever less of it. */
  *#cutTail(): Candidates {
    for (let size = this.current.length; size >= 1; size = Math.floor(size / 2)) {
      while (size <= this.current.length && (yield* this.#attempt(this.current.slice(0, -size)))) continue;
    }
  }

  /** Sets the choices that `applies` picks to 0, in chunks of half as many each time, in the end one by one. */
  *#zeroChunks(applies: (choice: Choice) => boolean): Candidates {
    let positions = this.#positions(applies);
    for (let size = positions.length; size >= 1; size = Math.floor(size / 2)) {
      for (let start = 0; start < positions.length;) {
        const chunk = new Set(positions.slice(start, start + size));
        if (yield* this.#attempt(this.current.map((choice, i) => (chunk.has(i) ? { ...choice, value: 0 } : choice)))) {
          positions = this.#positions(applies);
        } else {
          start += size;
        }
      }
    }
  }

  /** Lowers each value: to 1, by a half of it, by a quarter and so on down to one, as long as that helps. */
  *#lowerValues(): Candidates {
    for (let position = 0; position < this.current.length; position++) {
      for (let lowered = true; lowered;) {
        const value = this.current[position]?.value ?? 0;
        lowered = false;
        for (const smaller of lowerThan(value)) {
          lowered = yield* this.#attempt(
            this.current.map((choice, i) => (i === position ? { ...choice, value: smaller } : choice)),
          );
          if (lowered) break;
        }
      }
    }
  }

  /**
   * Leaves faults out altogether, each with up to so many of the choices of its label that follow. Where a fault made
   * something happen again, that is what its absence makes happen less, and the later faults stay where they were.
   */
  *#dropFaults(): Candidates {
    for (const position of this.#positions(isFault).reverse()) {
      const label = this.current[position]?.label;
      const dropped = new Set([position]);
      for (let next = position; next < this.current.length && dropped.size <= REPEATS_MAX; next++) {
        if (this.current[next]?.label !== label) continue;
        dropped.add(next);
        if (yield* this.#attempt(this.current.filter((_, i) => !dropped.has(i)))) break;
      }
    }
  }

  /**
   * Tries each fault alone, at its point and at those before it, in a run that is boring but for its data: most bugs need
   * one fault, and what else is in the way of seeing that goes all at once.
   */
  *#loneFaults(): Candidates {
    for (const position of this.#positions(isFault).slice(0, LONE_FAULTS_MAX)) {
      const fault = this.current[position];
      if (fault === undefined) continue;
      const points = this.current.flatMap(({ label }, i) => (i <= position && label === fault.label ? [i] : []));
      for (const point of points.slice(-LONE_POINTS_MAX).reverse()) {
        const candidate = this.current.map((choice, i) => {
          if (i === point) return { ...choice, value: fault.value };
          return isOfClient(choice) ? choice : { ...choice, value: 0 };
        });
        if (yield* this.#attempt(candidate)) return;
      }
    }
  }

  /** Leaves a choice out altogether, so that later ones of its label move forward: simpler when the run gets shorter. */
  *#dropChoices(): Candidates {
    for (const position of this.#positions(() => true).reverse()) {
      const label = this.current[position]?.label;
      let previous = position - 1;
      while (previous >= 0 && this.current[previous]?.label !== label) previous -= 1;
      if (previous < 0 || this.current[previous]?.value !== 0) continue;
      yield* this.#attempt(this.current.filter((_, i) => i !== previous));
    }
  }

  /**
   * Takes an item out of a list of generated data: where a number tells how many there are, it is lowered by one, and
   * what one of them was made of is left out.
   */
  *#dropData(): Candidates {
    for (const position of this.#positions(isData).reverse()) {
      for (let dropped = true; dropped;) dropped = yield* this.#dropItem(position);
    }
  }

  *#dropItem(position: number): Try {
    const count = this.current[position];
    if (count === undefined || count.value === 0 || count.value > ITEMS_MAX) return false;
    const fewer = { ...count, value: count.value - 1 };
    for (let size = 1; size <= ITEM_CHOICES_MAX; size++) {
      for (let start = position + 1; start <= position + ITEMS_MAX; start += 1) {
        const item = this.current.slice(start, start + size);
        if (item.length < size || item.some(({ label }) => label !== count.label)) break;
        const candidate = [...this.current.slice(0, position), fewer, ...this.current.slice(position + 1)];
        candidate.splice(start, size);
        if (yield* this.#attempt(candidate)) return true;
      }
    }
    return false;
  }

  /** Lets a fault, or another one of its kind, happen at an earlier point of the same kind: that makes the run shorter. */
  *#moveFaults(): Candidates {
    for (const position of this.#positions(isFault)) yield* this.#moveFault(position);
  }

  *#moveFault(position: number): Try {
    const fault = this.current[position];
    if (fault === undefined) return false;
    const { label, n, value } = fault;
    const values = new Set([value, ...Array.from({ length: n - 1 }, (_, i) => i + 1)]);
    const earlier = this.current.flatMap((choice, i) => (i < position && choice.label === label ? [i] : []));
    for (const to of earlier.slice(-EARLIER_MAX)) {
      if (this.current[to]?.value !== 0) continue;
      for (const other of values) {
        const moved = this.current.map((choice, i) => (i === to ? { ...choice, value: other } : choice));
        moved[position] = { ...fault, value: 0 };
        if (yield* this.#attempt(moved)) return true;
      }
    }
    return false;
  }

  #positions(applies: (choice: Choice) => boolean): number[] {
    return this.current.flatMap((choice, i) => (choice.value !== 0 && applies(choice) ? [i] : []));
  }

  /** Runs a candidate; when it fails in the same way and is simpler, it becomes the current sequence. */
  *#attempt(candidate: readonly Choice[]): Try {
    const key = describe(candidate);
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    const made = yield candidate;
    if (made === undefined) return false;
    const trimmed = withoutTrailingZeros(made);
    if (!isSimpler(trimmed, this.current)) return false;
    this.current = trimmed;
    return true;
  }
}

/** Values between 1 and this one, the boldest first: a limit somewhere in between is found in few tries. */
function lowerThan(value: number): ReadonlySet<number> {
  const lower = new Set<number>();
  if (value > 1) lower.add(1);
  for (let by = value; by > 1;) {
    by = Math.floor(by / 2);
    lower.add(value - by);
  }
  return lower;
}

/** True when the first is simpler, zeros at the end aside. */
export function isSimpler(choices: readonly Choice[], than: readonly Choice[]): boolean {
  return compare(withoutTrailingZeros(choices), withoutTrailingZeros(than)) < 0;
}

/** A lenient replay takes the values label by label, so that is what tells two candidates apart. */
function describe(candidate: readonly Choice[]): string {
  const byLabel = new Map<string, number[]>();
  for (const { label, value } of withoutTrailingZeros(candidate)) {
    const values = byLabel.get(label);
    if (values === undefined) byLabel.set(label, [value]);
    else values.push(value);
  }
  for (const values of byLabel.values()) while (values.at(-1) === 0) values.pop();
  return JSON.stringify([...byLabel].filter(([, values]) => values.length > 0));
}

/** Below zero when `a` is simpler: fewer faults, then fewer choices that matter, then shorter, then smaller. */
function compare(a: readonly Choice[], b: readonly Choice[]): number {
  const left = measure(a);
  const right = measure(b);
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function measure(choices: readonly Choice[]): readonly number[] {
  const faults = choices.filter(isFault).length;
  const sum = choices.reduce((total, choice) => total + choice.value, 0);
  return [faults, countNonZero(choices), choices.length, sum];
}
