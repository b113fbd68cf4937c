/**
 * How the values of user code become the texts that are stored, and back.
 *
 * Invariant: a converter is asked within turns, so it is synchronous and a function of its argument alone. What it
 * throws reaches user code as an error that says which value it was, and before anything is written. `undefined` is
 * the absence of a payload, whatever the converter. Made by whoever composes executions; asked by everything that
 * holds a payload.
 */
import { InvalidArgumentError, InvariantError, PayloadNotSerializableError, PayloadTooLargeError } from "./errors.ts";
import { CUSTOM_STATUS_BYTES_MAX, PAYLOAD_BYTES_MAX } from "./limits.ts";
import { deserialize, serialize, utf8Length } from "./payload.ts";

/**
 * Turns values into texts and back, in place of JSON: the shape of `JSON` itself, and of packages such as `devalue`
 * and `superjson`. Every process of a task hub has to use the same one, as long as its instances live.
 *
 * @example
 * const hub = await TaskHub.open({ backend: memory(), dataConverter: { stringify: devalue.stringify, parse: devalue.parse } });
 */
export interface DataConverter {
  /** Writes a value, which is never `undefined`. Throws when it cannot, or would lose a part of it. */
  stringify(value: unknown): string;
  /** Reads what `stringify` wrote, to a new value each time. */
  parse(text: string): unknown;
}

/** Somebody who waits for a value. */
interface Waiter {
  complete(value: unknown): void;
  fail(error: Error): void;
}

export class Payloads {
  /** The largest payload, in bytes of UTF-8. */
  readonly bytesMax: number;
  readonly #converter: DataConverter | undefined;

  /** @param converter JSON unless given. */
  constructor(bytesMax: number = PAYLOAD_BYTES_MAX, converter?: DataConverter) {
    this.bytesMax = bytesMax;
    this.#converter = converter;
  }

  /**
   * Writes a value.
   * @param what names the value in errors, such as `input of activity "chargeCard"`.
   * @throws PayloadNotSerializableError when the converter refuses it; PayloadTooLargeError when its text is too large.
   */
  write(value: unknown, what: string): string | undefined {
    return this.#write(value, what, this.bytesMax);
  }

  /** Writes a custom status. JSON has no word for undefined; null clears the status. */
  writeCustomStatus(status: unknown): string | undefined {
    return this.#write(status ?? null, "custom status", CUSTOM_STATUS_BYTES_MAX);
  }

  /**
   * Reads what was written.
   * @throws PayloadNotSerializableError when the converter cannot read it.
   */
  read(text: string | undefined, what: string): unknown {
    if (text === undefined) return undefined;
    try {
      return this.#converter === undefined ? deserialize(text) : this.#converter.parse(text);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      throw new PayloadNotSerializableError(`The ${what} cannot be read from its text: ${messageOf(error)}.`, {
        hint: "All processes of a task hub need the data converter (and the codec) that it was written with.",
        cause: error,
      });
    }
  }

  /** Completes somebody with what was written, or fails them with the reason why it cannot be read. */
  settle(waiter: Waiter, text: string | undefined, what: string): void {
    let value: unknown;
    try {
      value = this.read(text, what);
    } catch (error) {
      if (!(error instanceof PayloadNotSerializableError)) throw error;
      waiter.fail(error);
      return;
    }
    waiter.complete(value);
  }

  #write(value: unknown, what: string, bytesMax: number): string | undefined {
    if (this.#converter === undefined) return serialize(value, what, bytesMax);
    if (value === undefined) return undefined;
    const text = converted(this.#converter, value, what);
    const sizeBytes = text.length * 3 > bytesMax ? utf8Length(text) : 0;
    if (sizeBytes > bytesMax) throw new PayloadTooLargeError(what, sizeBytes, bytesMax);
    return text;
  }
}

function converted(converter: DataConverter, value: unknown, what: string): string {
  const wait = waitFor(value);
  if (wait !== undefined) throw refusal(what, wait);
  let text: unknown;
  try {
    text = converter.stringify(value);
  } catch (error) {
    throw refusal(what, messageOf(error), error);
  }
  if (typeof text === "string") return text;
  throw refusal(what, `its stringify() gave something of type ${typeof text}, not a text at once`);
}

/** What no converter is asked to write: it would write it as an empty object, and nobody would know why. */
function waitFor(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { then, next } = value as { readonly then?: unknown; readonly next?: unknown };
  if (typeof then === "function") return "it is a promise or a task that was not awaited";
  return typeof next === "function" ? "it is a generator (call a generator helper with yield*)" : undefined;
}

function refusal(what: string, reason: string, cause?: unknown): PayloadNotSerializableError {
  return new PayloadNotSerializableError(`The ${what} cannot be written by the hub's data converter: ${reason}.`, {
    hint: "Pass what the converter can write, or teach it this type.",
    cause,
  });
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/u, "");
}

/** @throws InvalidArgumentError when it is no converter. */
export function checkDataConverter(given: unknown): DataConverter | undefined {
  if (given === undefined) return undefined;
  const { stringify, parse } = (given ?? {}) as { readonly stringify?: unknown; readonly parse?: unknown };
  if (typeof stringify === "function" && typeof parse === "function") return given as DataConverter;
  throw new InvalidArgumentError("The option dataConverter is none.", {
    hint: "It has the functions stringify(value) and parse(text), as JSON has; leave it out for JSON.",
  });
}
