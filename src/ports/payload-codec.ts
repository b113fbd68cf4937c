/**
 * What turns payloads into the texts that the store keeps, and back: encryption at rest, compression.
 */

/**
 * A codec. It stands between the engine and the store, so it may take its time: ask a key service, use a thread.
 *
 * The store hands encoded texts around as they are: the same text may come back in another place (a child's output as
 * its parent's result), and once, twice or never. So a text has to carry all that is needed to decode it, such as the
 * id of its key.
 */
export interface PayloadCodec {
  /** Turns a payload into what is stored. */
  encode(text: string): string | Promise<string>;
  /** Turns what was stored into the payload. Throws when it cannot: the text is left as it is. */
  decode(text: string): string | Promise<string>;
}
