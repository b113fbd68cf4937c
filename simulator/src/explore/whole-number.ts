/**
 * Checks the counts that a caller hands in, such as how many runs to make.
 */
import { InvalidArgumentError } from "dacapo";

/** @throws InvalidArgumentError unless the option is a whole number from `least` on. */
export function wholeNumber(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`The option ${option} is ${String(value)}.`, {
    hint: `It is a whole number of ${least} or more.`,
  });
}
