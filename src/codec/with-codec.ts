/**
 * A backend whose store sees payloads through a codec alone.
 *
 * Invariant: every text is encoded on its way in and decoded on its way out, once; see `translating-backend.ts`.
 */
import { DacapoError, InvalidArgumentError, PayloadCodecError } from "../core/errors.ts";
import type { BackendFactory } from "../ports/backend-factory.ts";
import type { Backend } from "../ports/backend.ts";
import type { PayloadCodec } from "../ports/payload-codec.ts";
import type { Places, TextMap } from "./payload-places.ts";
import { TranslatingBackend } from "./translating-backend.ts";

/**
 * Puts a codec between the engine and a store: what the store keeps of the user's texts is what the codec made of
 * them. All processes of the hub need it, as long as there are texts that it wrote.
 *
 * @throws InvalidArgumentError when it was given no codec.
 * @example
 * const hub = await TaskHub.open({ backend: withCodec(sqlite("app.db"), gzip()), register: [approvePurchase] });
 */
export function withCodec(backend: Backend | BackendFactory, codec: PayloadCodec): BackendFactory {
  const given: unknown = codec;
  const { encode, decode } = (given ?? {}) as { readonly encode?: unknown; readonly decode?: unknown };
  const isBackend = typeof backend === "function" || (typeof backend === "object" && "backlog" in backend);
  if (!isBackend || typeof encode !== "function" || typeof decode !== "function") {
    throw new InvalidArgumentError("withCodec() was given no backend and codec.", {
      hint: 'Write withCodec(sqlite("app.db"), { encode: (text) => ..., decode: (text) => ... }).',
    });
  }
  return (ports) => new CodecBackend(typeof backend === "function" ? backend(ports) : backend, codec);
}

class CodecBackend extends TranslatingBackend {
  readonly #codec: PayloadCodec;
  readonly sweepPayloads?: NonNullable<Backend["sweepPayloads"]>;
  readonly sweepEveryMs?: number;

  // It has no `payloads`: what was off-loaded in front of a codec would not be encoded.
  constructor(inner: Backend, codec: PayloadCodec) {
    super(inner);
    this.#codec = codec;
    const sweep = inner.sweepPayloads?.bind(inner);
    if (sweep !== undefined) this.sweepPayloads = sweep;
    if (inner.sweepEveryMs !== undefined) this.sweepEveryMs = inner.sweepEveryMs;
  }

  protected override async sent<T, R>(value: T, places: Places<T>, send: (stored: T) => Promise<R>): Promise<R> {
    return send(await converted(value, places, "encode", (text) => this.#codec.encode(text)));
  }

  protected override read<T>(stored: T, places: Places<T>): Promise<T> {
    return converted(stored, places, "decode", (text) => this.#codec.decode(text));
  }
}

/** Replaces all texts of a value by what `convert` makes of them. */
async function converted<T>(
  value: T,
  places: Places<T>,
  what: "encode" | "decode",
  convert: (text: string) => string | Promise<string>,
): Promise<T> {
  const texts: string[] = [];
  places(
    value,
    textMap(what, (text) => {
      texts.push(text);
      return text;
    }),
  );
  if (texts.length === 0) return value;
  try {
    const done: readonly unknown[] = await Promise.all(texts.map(async (text) => convert(text)));
    let next = 0;
    return places(
      value,
      textMap(what, () => textOf(done[next++], what)),
    );
  } catch (error) {
    if (error instanceof DacapoError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new PayloadCodecError(`A payload could not be ${what}d: ${message.replace(/\.$/u, "")}.`, {
      hint: "Nothing was changed. See that this process has the codec, and its keys, that the hub's payloads were written with.",
      cause: error,
    });
  }
}

/** What a store says of its own accord has no mark, and is not decoded. */
const FAILURE_MARK = "codec:";

function textMap(what: "encode" | "decode", map: (text: string) => string): TextMap {
  const encoded = (text: string): string => FAILURE_MARK + map(text);
  const decoded = (text: string): string =>
    text.startsWith(FAILURE_MARK) ? map(text.slice(FAILURE_MARK.length)) : text;
  return { payload: map, failure: what === "encode" ? encoded : decoded };
}

function textOf(converted: unknown, what: string): string {
  if (typeof converted === "string") return converted;
  throw new TypeError(`the codec's ${what}() gave something of type ${typeof converted}, not a text`);
}
