/**
 * What an orchestrator hands in, as far as the reference interpreter (O1) is sure that the engine takes it.
 *
 * Invariant: code may catch what the engine refuses, and go on. The reference does not know all that is refused, nor in which
 * words: so of code that hands in anything but the plainest, nothing is said from there on. Used by the reference's context.
 */
import { JSON_TEXTS, type PayloadTexts } from "../../scenario/payload-texts.ts";
import type { AskedTasks } from "./asked-tasks.ts";

const NAME_LENGTH_MAX = 256;
const TIME_MS_MAX = 8.64e15;
const CUSTOM_STATUS_BYTES_MAX = 16 * 1024;
const UNITS: ReadonlySet<string> = new Set(["weeks", "days", "hours", "minutes", "seconds", "milliseconds"]);

export class GivenValues {
  readonly #asked: AskedTasks;
  readonly #payloadBytesMax: number;
  readonly #texts: PayloadTexts;

  /** `payloadBytesMax` is the hub's, and `texts` how it writes payloads. */
  constructor(asked: AskedTasks, payloadBytesMax: number, texts: PayloadTexts) {
    this.#asked = asked;
    this.#payloadBytesMax = payloadBytesMax;
    this.#texts = texts;
  }

  name(value: unknown): void {
    if (!isName(value)) this.#asked.leave("such a name");
  }

  /** The id of an orchestration, if there is one. */
  instanceId(value: unknown): void {
    if (value === undefined) return;
    if (!isName(value) || /\p{Cc}/u.test(value) || value.startsWith("@")) this.#asked.leave("such an id");
  }

  /** A text that may be absent. */
  text(value: unknown): void {
    if (value !== undefined && typeof value !== "string") this.#asked.leave("what should be a text");
  }

  tags(value: unknown): void {
    if (value === undefined) return;
    const isPlain = isObject(value) && Object.values(value).every((tag) => typeof tag === "string");
    if (!isPlain) this.#asked.leave("such tags");
  }

  time(value: unknown): void {
    const isTime = value instanceof Date ? !Number.isNaN(value.getTime()) : isDuration(value, TIME_MS_MAX / 2);
    if (!isTime) this.#asked.leave("such a time");
  }

  retry(value: unknown): void {
    if (value === undefined || typeof value === "function") return;
    if (!isObject(value)) return this.#asked.leave("such a retry policy");
    const { maxNumberOfAttempts: attempts, firstRetryInterval, backoffCoefficient: growth = 1 } = value;
    const { maxRetryInterval, retryTimeout, handleFailure } = value;
    const isPlain =
      Number.isSafeInteger(attempts) &&
      (attempts as number) >= 1 &&
      typeof growth === "number" &&
      growth >= 1 &&
      growth < 1e6;
    const durations = [firstRetryInterval, maxRetryInterval, retryTimeout].filter(
      (one, i) => i === 0 || one !== undefined,
    );
    const areDurations = durations.every((one) => isDuration(one, TIME_MS_MAX / 2));
    const isHandler = handleFailure === undefined || typeof handleFailure === "function";
    if (!isPlain || !areDurations || !isHandler) this.#asked.leave("such a retry policy");
  }

  payload(value: unknown): void {
    if (!this.#fits(value, this.#payloadBytesMax)) this.#asked.leave("such a payload");
  }

  /** What an HTTP request carries is JSON, whatever the hub writes. */
  body(value: unknown): void {
    if (!fitsAsJson(value, this.#payloadBytesMax)) this.#asked.leave("such a body");
  }

  customStatus(value: unknown): void {
    if (!this.#fits(value, Math.min(CUSTOM_STATUS_BYTES_MAX, this.#payloadBytesMax)))
      this.#asked.leave("such a status");
  }

  #fits(value: unknown, bytesMax: number): boolean {
    if (this.#texts === JSON_TEXTS) return fitsAsJson(value, bytesMax);
    if (isUnfinished(value)) return false;
    try {
      const text: unknown = this.#texts.write(value);
      return text === undefined ? value === undefined : typeof text === "string" && Buffer.byteLength(text) <= bytesMax;
    } catch {
      return false;
    }
  }
}

function fitsAsJson(value: unknown, bytesMax: number): boolean {
  if (value === undefined) return true;
  let isPlain = true;
  try {
    const text = JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key, written: unknown) {
      // Before toJSON(), which the engine does not look behind.
      const held = key === "" ? value : this[key];
      if (!isWritable(held)) isPlain = false;
      return written;
    }) as string | undefined;
    return isPlain && text !== undefined && Buffer.byteLength(text) <= bytesMax;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  if (typeof value !== "string" || value.trim() === "") return false;
  return value.length <= NAME_LENGTH_MAX && !/\p{Surrogate}/u.test(value);
}

function isDuration(value: unknown, msMax: number): boolean {
  if (!isObject(value)) return false;
  const parts = Object.entries(value).filter(([, amount]) => amount !== undefined);
  // A week is the longest unit.
  const amountMax = msMax / 604_800_000 / UNITS.size;
  return (
    parts.length > 0 &&
    parts.every(([unit, amount]) => UNITS.has(unit) && typeof amount === "number" && amount >= 0 && amount <= amountMax)
  );
}

/** True for what JSON neither loses nor refuses. */
function isWritable(value: unknown): boolean {
  if (["function", "symbol", "bigint"].includes(typeof value)) return false;
  if (!isObject(value)) return true;
  return !(value instanceof Map || value instanceof Set || isUnfinished(value));
}

/** A promise, a task or a generator, which nobody writes. */
function isUnfinished(value: unknown): boolean {
  return isObject(value) && (typeof value["then"] === "function" || typeof value["next"] === "function");
}
