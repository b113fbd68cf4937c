/**
 * Payloads: user values as JSON texts.
 *
 * Invariant: what cannot survive the way through JSON is refused where it is handed over, before anything is
 * written. `undefined` is the absence of a payload. Values inside follow JSON's own rules (an `undefined`
 * property is left out, a `Date` becomes its text).
 */
import { PayloadNotSerializableError, PayloadTooLargeError } from "./errors.ts";

/**
 * Writes a value as JSON.
 * @param what names the value in errors, such as `input of activity "chargeCard"`.
 * @throws PayloadNotSerializableError for a function, symbol, bigint, map, set, promise, task, generator or cycle.
 * @throws PayloadTooLargeError when the text takes more than `limitBytes` bytes of UTF-8.
 */
export function serialize(value: unknown, what: string, limitBytes: number): string | undefined {
  if (value === undefined) return undefined;
  // The commonest payload by far is a small number, which is its own JSON.
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  const text = toJson(value, what);
  // One code unit takes at most three bytes, so most texts need no counting.
  if (text.length * 3 > limitBytes) {
    const sizeBytes = utf8Length(text);
    if (sizeBytes > limitBytes) throw new PayloadTooLargeError(what, sizeBytes, limitBytes);
  }
  return text;
}

/** Reads a value written by {@link serialize}. */
export function deserialize(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** The number of bytes that a text takes in UTF-8. A lone surrogate takes three, as its replacement does. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

function toJson(value: unknown, what: string): string {
  let reason: string | undefined;
  let text: string | undefined;
  try {
    reason = unserializable(value, []);
    text = reason === undefined ? JSON.stringify(value) : undefined;
  } catch (error) {
    // A getter or a toJSON() threw, perhaps something that is no error.
    const message = error instanceof Error ? error.message : String(error);
    throw new PayloadNotSerializableError(`The ${what} cannot be written as JSON: ${message}.`, { cause: error });
  }
  if (reason !== undefined) throw refusal(what, reason);
  if (text === undefined) throw refusal(what, "its toJSON() gives undefined");
  return text;
}

function refusal(what: string, reason: string): PayloadNotSerializableError {
  return new PayloadNotSerializableError(`The ${what} cannot be written as JSON: ${reason}.`, {
    hint: "Pass plain data: numbers, strings, booleans, null, arrays and objects of these.",
  });
}

/** Deeper than this the search gives up: the value is merely deep, or `JSON.stringify` finds the cycle. */
const SEARCH_DEPTH_MAX = 64;

/** Says what in `value`, which `path` leads to, JSON would lose or refuse, if anything. */
function unserializable(value: unknown, path: object[]): string | undefined {
  switch (typeof value) {
    case "function":
      return `it holds a function${value.name === "" ? "" : ` (${value.name})`}`;
    case "symbol":
      return "it holds a symbol";
    case "bigint":
      return "it holds a bigint";
    case "object":
      return value === null || path.length > SEARCH_DEPTH_MAX ? undefined : unserializableObject(value, path);
    default:
      return undefined;
  }
}

function unserializableObject(value: object, path: object[]): string | undefined {
  if (path.includes(value)) return "it holds itself (a cycle)";
  if (Array.isArray(value)) return firstReason(value, value, path);
  const { toJSON, then, next } = value as { toJSON?: unknown; then?: unknown; next?: unknown };
  if (typeof toJSON === "function") return undefined;
  if (typeof then === "function") return "it holds a promise or a task that was not awaited";
  if (typeof next === "function") return "it holds a generator (call a generator helper with yield*)";
  if (value instanceof Map || value instanceof Set) return `it holds a ${value instanceof Map ? "Map" : "Set"}`;
  return firstReason(value, Object.values(value), path);
}

function firstReason(holder: object, values: readonly unknown[], path: object[]): string | undefined {
  path.push(holder);
  for (const value of values) {
    if (value === null || typeof value === "string" || typeof value === "number") continue;
    const reason = unserializable(value, path);
    if (reason !== undefined) return reason;
  }
  path.pop();
  return undefined;
}
