/**
 * A codec that compresses large payloads.
 *
 * Invariant: reads whatever it wrote and, as it is, what was written before there was a codec; what begins like its own
 * texts is marked. Given to `withCodec` by an app.
 */
import { promisify } from "node:util";
import { gunzip, gzip as compress } from "node:zlib";
import { InvalidArgumentError } from "../core/errors.ts";
import type { PayloadCodec } from "../ports/payload-codec.ts";

export interface GzipOptions {
  /** Payloads of this many UTF-16 code units and more are compressed: 4,096 unless given. */
  readonly minLength?: number;
}

const COMPRESSED = "gzip:";
const PLAIN = "text:";

/**
 * Compresses payloads that are long enough for it, and keeps those as they are that do not get smaller. It may be put
 * in front of a store that has payloads already.
 *
 * @throws InvalidArgumentError when the length is none.
 * @example
 * const hub = await TaskHub.open({ backend: withCodec(sqlite("app.db"), gzip({ minLength: 10_000 })) });
 */
export function gzip(options: GzipOptions = {}): PayloadCodec {
  const { minLength = 4096 } = options;
  if (!Number.isSafeInteger(minLength) || minLength < 0) {
    throw new InvalidArgumentError(`gzip() was given minLength: ${String(minLength)}.`, {
      hint: "It is a whole number of UTF-16 code units.",
    });
  }
  return {
    encode: async (text) => {
      if (text.length >= minLength) {
        const compressed = COMPRESSED + (await promisify(compress)(text)).toString("base64");
        if (compressed.length < text.length) return compressed;
      }
      return text.startsWith(COMPRESSED) || text.startsWith(PLAIN) ? PLAIN + text : text;
    },
    decode: async (text) => {
      if (text.startsWith(PLAIN)) return text.slice(PLAIN.length);
      if (!text.startsWith(COMPRESSED)) return text;
      const bytes = Buffer.from(text.slice(COMPRESSED.length), "base64");
      return (await promisify(gunzip)(bytes)).toString("utf8");
    },
  };
}
