/**
 * How a scenario's clients draw data: through the same choice source as schedule and faults, so that all of
 * them shrink together. The first or smallest alternative is always choice 0.
 */
import { InvalidArgumentError } from "dacapo";
import type { ChoiceSource } from "./choices.ts";
import type { DataArbitrary } from "./data-random.ts";
import { drawData } from "./data-random.ts";

/** Draws data for a client. */
export interface Choose {
  /** A number from 0 to `n - 1`; `label` names the decision in tokens. */
  (point: { readonly label: string; readonly n: number; readonly weights?: readonly number[] }): number;
  /** `false` or `true`; `false` is the simpler one. */
  boolean(): boolean;
  /** A whole number from `min` to `max`, both included; `min` is the simplest. */
  integer(min: number, max: number): number;
  /** One of `items`; the first is the simplest. */
  from<T>(items: readonly T[]): T;
  /**
   * A value of any arbitrary of fast-check's, such as `fc.record({ id: fc.string() })`. Each number that it draws is a
   * choice, so that the value shrinks, and a token brings it back.
   */
  arbitrary<T>(arbitrary: DataArbitrary<T>): T;
}

/** The `choose` of the client called `owner`. */
export function chooseFor(owner: string, choices: ChoiceSource): Choose {
  const choose: Choose = (point) => choices.choose({ ...point, label: `${owner}: ${point.label}` });
  choose.boolean = () => choices.choose({ label: `${owner}: boolean`, n: 2 }) === 1;
  choose.integer = (min, max) => {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
      throw new InvalidArgumentError(`choose.integer(${String(min)}, ${String(max)}) has no value to choose.`, {
        hint: "Give two whole numbers, the smaller one first.",
      });
    }
    return min + choices.choose({ label: `${owner}: integer`, n: max - min + 1 });
  };
  choose.from = <T>(items: readonly T[]): T => {
    if (items.length === 0) {
      throw new InvalidArgumentError("choose.from([]) has nothing to choose from.", {
        hint: "Give at least one item.",
      });
    }
    return items[choices.choose({ label: `${owner}: item`, n: items.length })] as T;
  };
  choose.arbitrary = <T>(arbitrary: DataArbitrary<T>): T => drawData(arbitrary, owner, choices);
  return choose;
}
