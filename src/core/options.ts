/**
 * Checks of options that clients, orchestrators, entities and schedules have in common.
 *
 * Invariant: what passes is what its type says; what does not is refused by name before anything is recorded.
 */
import { InvalidArgumentError } from "./errors.ts";

/** Such as a bare number: whoever reads options from one finds none, and says nothing. */
export function checkOptions(options: unknown, method: string): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  const given =
    options === null || options === undefined
      ? String(options)
      : Array.isArray(options)
        ? "an array"
        : `a ${typeof options}`;
  throw new InvalidArgumentError(`The options of ${method}() are ${given}.`, {
    hint: "Pass an object with the options by name, such as { timeout: { minutes: 1 } }.",
  });
}

/** @throws InvalidArgumentError unless it is an object whose values are texts. */
export function checkTags(given: unknown, option: string): Readonly<Record<string, string>> {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  if (isObject && Object.values(given).every((value) => typeof value === "string")) {
    return { ...(given as Readonly<Record<string, string>>) };
  }
  throw new InvalidArgumentError(`The option ${option} is ${JSON.stringify(given) ?? typeof given}.`, {
    hint: 'It is an object of texts by name, such as { customer: "c-7" }.',
  });
}

/** @throws InvalidArgumentError unless it is a text, or absent. */
export function checkText(given: unknown, option: string): string | undefined {
  if (given === undefined || typeof given === "string") return given;
  throw new InvalidArgumentError(`The option ${option} is ${JSON.stringify(given) ?? typeof given}.`, {
    hint: "It is a text.",
  });
}
