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
  const search = new ShrinkSearch(failing, stillFails, runsMax);
  await search.run();
  return { choices: search.current, runs: search.runs };
}

/** True for a choice that injected a fault. */
export function isFault(choice: Choice): boolean {
  return choice.value !== 0 && choice.label.startsWith(FAULT_LABEL_PREFIX);
}

/** How many of the choices are not the boring one. */
export function countNonZero(choices: readonly Choice[]): number {
  return choices.reduce((count, choice) => count + (choice.value === 0 ? 0 : 1), 0);
}

/** A fault makes the same thing happen again this often, at most, as far as shrinking looks. */
const REPEATS_MAX = 3;

class ShrinkSearch {
  current: readonly Choice[];
  runs = 0;
  readonly #stillFails: StillFails;
  readonly #runsMax: number;
  readonly #tried = new Set<string>();

  constructor(failing: readonly Choice[], stillFails: StillFails, runsMax: number) {
    this.current = withoutTrailingZeros(failing);
    this.#stillFails = stillFails;
    this.#runsMax = runsMax;
  }

  async run(): Promise<void> {
    let before: readonly Choice[];
    do {
      before = this.current;
      await this.#zeroChunks(isFault);
      await this.#dropFaults();
      await this.#cutTail();
      await this.#zeroChunks(() => true);
      await this.#lowerValues();
      await this.#dropChoices();
    } while (this.current !== before && this.runs < this.#runsMax);
  }

  /** Sets everything after a point to 0: first half of the sequence, then ever less of it. */
  async #cutTail(): Promise<void> {
    for (let size = this.current.length; size >= 1; size = Math.floor(size / 2)) {
      while (size <= this.current.length && (await this.#attempt(this.current.slice(0, -size)))) continue;
    }
  }

  /** Sets the choices that `applies` picks to 0, in chunks of half as many each time, in the end one by one. */
  async #zeroChunks(applies: (choice: Choice) => boolean): Promise<void> {
    let positions = this.#positions(applies);
    for (let size = positions.length; size >= 1; size = Math.floor(size / 2)) {
      for (let start = 0; start < positions.length;) {
        const chunk = new Set(positions.slice(start, start + size));
        if (await this.#attempt(this.current.map((choice, i) => (chunk.has(i) ? { ...choice, value: 0 } : choice)))) {
          positions = this.#positions(applies);
        } else {
          start += size;
        }
      }
    }
  }

  /** Lowers each value: to 1, to its half, by one, as long as that helps. */
  async #lowerValues(): Promise<void> {
    for (let position = 0; position < this.current.length; position++) {
      for (let lowered = true; lowered;) {
        const value = this.current[position]?.value ?? 0;
        lowered = false;
        for (const smaller of new Set([1, Math.floor(value / 2), value - 1])) {
          if (smaller < 1 || smaller >= value) continue;
          lowered = await this.#attempt(
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
  async #dropFaults(): Promise<void> {
    for (const position of this.#positions(isFault).reverse()) {
      const label = this.current[position]?.label;
      const dropped = new Set([position]);
      for (let next = position; next < this.current.length && dropped.size <= REPEATS_MAX; next++) {
        if (this.current[next]?.label !== label) continue;
        dropped.add(next);
        if (await this.#attempt(this.current.filter((_, i) => !dropped.has(i)))) break;
      }
    }
  }

  /** Leaves a choice out altogether, so that later ones of its label move forward: simpler when the run gets shorter. */
  async #dropChoices(): Promise<void> {
    for (const position of this.#positions(() => true).reverse()) {
      const label = this.current[position]?.label;
      let previous = position - 1;
      while (previous >= 0 && this.current[previous]?.label !== label) previous -= 1;
      if (previous < 0 || this.current[previous]?.value !== 0) continue;
      await this.#attempt(this.current.filter((_, i) => i !== previous));
    }
  }

  #positions(applies: (choice: Choice) => boolean): number[] {
    return this.current.flatMap((choice, i) => (choice.value !== 0 && applies(choice) ? [i] : []));
  }

  /** Runs a candidate; when it fails in the same way and is simpler, it becomes the current sequence. */
  async #attempt(candidate: readonly Choice[]): Promise<boolean> {
    const key = describe(candidate);
    if (this.runs >= this.#runsMax || this.#tried.has(key)) return false;
    this.#tried.add(key);
    this.runs += 1;
    const made = await this.#stillFails(candidate);
    if (made === undefined) return false;
    const trimmed = withoutTrailingZeros(made);
    if (compare(trimmed, this.current) >= 0) return false;
    this.current = trimmed;
    return true;
  }
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
