/**
 * The payloads of an execution or an entity, as the reference interpreter (O1) writes and reads them: in JSON, or by the
 * scenario's data converter.
 *
 * Invariant: shares no code with the engine, only the user's converter. What the converter refuses the engine refuses too, in
 * words that the reference does not know: so whoever runs the code is told, and nothing is said from there on.
 */
import { JSON_TEXTS, type PayloadTexts } from "../../scenario/payload-texts.ts";

export class ReferencePayloads {
  readonly #texts: PayloadTexts;
  readonly #refused: () => void;

  /** `refused` is called when something can be neither written nor read. */
  constructor(texts: PayloadTexts = JSON_TEXTS, refused: () => void = () => undefined) {
    this.#texts = texts;
    this.#refused = refused;
  }

  /** Undefined for nothing, and for what is refused. */
  write(value: unknown): string | undefined {
    return this.#unlessRefused(() => this.#texts.write(value));
  }

  /** A new value each time. */
  read(text: string | undefined): unknown {
    return this.#unlessRefused(() => this.#texts.read(text));
  }

  #unlessRefused<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch {
      this.#refused();
      return undefined;
    }
  }
}
