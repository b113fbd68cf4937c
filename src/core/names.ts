/**
 * Names that users give: of definitions, events and instances.
 */
import { InvalidArgumentError } from "./errors.ts";
import { NAME_LENGTH_MAX } from "./limits.ts";

/**
 * Checks the name of a definition, an event or an instance.
 * @throws InvalidArgumentError when it is empty, too long or no string.
 */
export function checkName(name: string, what: string): void {
  const value: unknown = name;
  if (typeof value !== "string" || value.trim() === "" || value.length > NAME_LENGTH_MAX) {
    const shown =
      typeof value === "string" ? JSON.stringify(value) : `of type ${value === null ? "null" : typeof value}`;
    throw new InvalidArgumentError(`The name of the ${what} is ${shown}.`, {
      hint: `Give it a text of 1 to ${NAME_LENGTH_MAX} characters that is not blank.`,
    });
  }
}
