/**
 * Names that users give: of definitions, events and instances.
 */
import { InvalidArgumentError } from "./errors.ts";
import { NAME_LENGTH_MAX } from "./limits.ts";

/** Of a name that is refused, no more than this is shown. */
const SHOWN_LENGTH_MAX = 80;

/**
 * Checks the name of a definition or an event.
 * @throws InvalidArgumentError when it is blank, too long, half of a character or no string.
 */
export function checkName(name: string, what: string): void {
  const value: unknown = name;
  if (typeof value !== "string" || value.trim() === "" || value.length > NAME_LENGTH_MAX) {
    throw new InvalidArgumentError(`The name of the ${what} is ${shown(value)}.`, {
      hint: `Give it a text of 1 to ${NAME_LENGTH_MAX} characters that is not blank.`,
    });
  }
  // No database keeps such a text as it is.
  if (!/\p{Surrogate}/u.test(value)) return;
  throw new InvalidArgumentError(`The name of the ${what} is ${shown(value)}, which has half of a surrogate pair.`, {
    hint: "Cut texts between characters, not between UTF-16 code units.",
  });
}

/**
 * Checks the id of an instance: a name that fits in a line of a log.
 * @throws InvalidArgumentError when it is no name, or has a control character such as a line break.
 */
export function checkInstanceId(instanceId: string): void {
  checkName(instanceId, "instance (its id)");
  if (!/\p{Cc}/u.test(instanceId)) return;
  throw new InvalidArgumentError(`The name of the instance (its id) is ${shown(instanceId)}.`, {
    hint: "Give it a text without control characters, such as line breaks and tabs.",
  });
}

/**
 * Checks the id of an orchestration.
 * @throws InvalidArgumentError when it is no id, or that of an entity.
 */
export function checkOrchestrationId(instanceId: string): void {
  checkInstanceId(instanceId);
  if (!instanceId.startsWith("@")) return;
  throw new InvalidArgumentError(`The instance id ${shown(instanceId)} is one of an entity.`, {
    hint: "Ids of orchestrations do not begin with @; for entities, use signalEntity(), getEntity() and callEntity().",
  });
}

function shown(value: unknown): string {
  if (typeof value !== "string") return `of type ${value === null ? "null" : typeof value}`;
  if (value.length <= SHOWN_LENGTH_MAX) return JSON.stringify(value);
  return `${JSON.stringify(`${value.slice(0, SHOWN_LENGTH_MAX)}…`)} (${value.length} characters)`;
}
