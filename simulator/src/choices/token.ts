/**
 * The token: one line of text that reproduces a failing run on any machine.
 *
 * It holds the format's version, the fingerprint of the scenario and its configuration, the failure's id and the
 * choices (value, number of alternatives, fingerprint of what the choice was about), without the zeros at the
 * end. Columns are kept apart, because each compresses better alone.
 *
 * Invariant: `decodeToken(encodeToken(x))` equals `x`; a text that is no token is refused with a sentence that
 * says so; nothing in a token depends on a path, a time or a machine.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { InvalidArgumentError } from "dacapo";
import type { RecordedChoice } from "./recorded-choices.ts";

/** What a token says. */
export interface Token {
  /** The fingerprint of the scenario and its configuration, as `scenarioFingerprint` computes it. */
  readonly scenario: number;
  /** The id of the failure, such as `oracle O6` or `always an order is charged at most once`. */
  readonly failure: string;
  readonly choices: readonly RecordedChoice[];
}

const PREFIX = "dacapo1:";
const PLAIN = 0;
const DEFLATED = 1;

/** Writes a token as one line of text. */
export function encodeToken(token: Token): string {
  const bytes: number[] = [];
  writeNumber(bytes, token.scenario);
  const failure = Buffer.from(token.failure, "utf8");
  writeNumber(bytes, failure.length);
  bytes.push(...failure);
  writeNumber(bytes, token.choices.length);
  for (const choice of token.choices) bytes.push(choice.site);
  for (const choice of token.choices) writeNumber(bytes, choice.n);
  for (const choice of token.choices) writeNumber(bytes, choice.value);
  const plain = Buffer.from(bytes);
  const deflated = deflateRawSync(plain, { level: 9 });
  const shorter = deflated.length < plain.length;
  const body = Buffer.concat([Buffer.of(shorter ? DEFLATED : PLAIN), shorter ? deflated : plain]);
  return PREFIX + Buffer.concat([body, checksum(body)]).toString("base64url");
}

/**
 * Reads a token.
 * @throws InvalidArgumentError when the text is not one.
 */
export function decodeToken(text: string): Token {
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX)) {
    throw malformed(/^dacapo\d+:/.test(trimmed) ? "is of another version of the simulator" : "is not a token");
  }
  const encoded = trimmed.slice(PREFIX.length);
  const packed = Buffer.from(encoded, "base64url");
  const body = packed.subarray(0, -CHECKSUM_BYTES);
  const intact = body.length > 1 && checksum(body).equals(packed.subarray(-CHECKSUM_BYTES));
  if (!/^[\w-]+$/.test(encoded) || !intact) throw malformed("is damaged");
  try {
    const content = body.subarray(1);
    return readToken(body[0] === DEFLATED ? inflateRawSync(content) : content);
  } catch (error) {
    throw malformed("cannot be read", error);
  }
}

function readToken(bytes: Buffer): Token {
  const reader = new NumberReader(bytes);
  const scenario = reader.next();
  const failure = reader.text(reader.next());
  const count = reader.next();
  const sites = reader.bytes(count);
  const alternatives = reader.many(count);
  const values = reader.many(count);
  const choices = values.map((value, i) => {
    const site = sites[i];
    const n = alternatives[i];
    if (site === undefined || n === undefined || value >= n) throw new RangeError("a choice is out of range");
    return { value, n, site };
  });
  return { scenario, failure, choices };
}

const CHECKSUM_BYTES = 2;

/** Catches a token that was cut or mistyped; Fletcher's sum of the body. */
function checksum(body: Buffer): Buffer {
  // Not 0, or a body of zeros would pass for intact.
  let low = 1;
  let high = 0;
  for (const byte of body) {
    low = (low + byte) % 255;
    high = (high + low) % 255;
  }
  return Buffer.of(low, high);
}

/** Appends a non-negative safe integer: seven bits a byte, lowest first. */
function writeNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

class NumberReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined || factor > Number.MAX_SAFE_INTEGER) throw new RangeError("the token ends too early");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  many(count: number): readonly number[] {
    if (count > this.#bytes.length) throw new RangeError("the token ends too early");
    return Array.from({ length: count }, () => this.next());
  }

  bytes(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError("the token ends too early");
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }

  text(length: number): string {
    return this.bytes(length).toString("utf8");
  }
}

function malformed(problem: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`The given text ${problem}.`, {
    hint: `Copy the whole line that begins with "${PREFIX}" from the failing run.`,
    cause,
  });
}
