/**
 * The id of an entity: its name and its key, together `@name@key`, which is also its instance id.
 *
 * Invariant: names are in lower case, so that two spellings are one entity; keys are as they were given. An
 * orchestration's instance id never begins with `@`.
 */
import { InvalidArgumentError } from "./errors.ts";
import { checkInstanceId, checkName } from "./names.ts";

export class EntityInstanceId {
  /** The entity's registered name, in lower case. */
  readonly name: string;
  readonly key: string;

  /** @throws InvalidArgumentError when the name is blank or has an `@`, or one is no text. */
  constructor(name: string, key: string) {
    checkName(name, "entity");
    if (name.includes("@")) {
      throw new InvalidArgumentError(`The name of the entity is ${JSON.stringify(name)}.`, {
        hint: "It separates nothing by itself: leave out the @.",
      });
    }
    if (typeof (key as unknown) !== "string") {
      throw new InvalidArgumentError(`The key of the entity "${name}" is of type ${typeof key}.`, {
        hint: "A key is a text; write String(key) for a number.",
      });
    }
    this.name = name.toLowerCase();
    this.key = key;
    checkInstanceId(this.toString());
  }

  /** Reads `@name@key`. @throws InvalidArgumentError when it is something else. */
  static fromString(text: string): EntityInstanceId {
    const separator = typeof (text as unknown) === "string" && text.startsWith("@") ? text.indexOf("@", 1) : -1;
    if (separator > 1) return new EntityInstanceId(text.slice(1, separator), text.slice(separator + 1));
    throw new InvalidArgumentError(`The entity's id is ${JSON.stringify(text)}.`, {
      hint: "It reads @name@key, as new EntityInstanceId(name, key).toString() writes it.",
    });
  }

  toString(): string {
    return `@${this.name}@${this.key}`;
  }

  /** The same text in JSON as in messages. */
  toJSON(): string {
    return this.toString();
  }
}

/** True for the instance ids of entities. */
export function isEntityId(instanceId: string): boolean {
  return instanceId.startsWith("@");
}
