/**
 * The payloads of a scenario's hubs as values, and values as the payloads that they would be: in JSON, or by the
 * scenario's data converter.
 *
 * Invariant: shares no code with the engine, only the user's converter. Used by oracles, properties and snapshots.
 */
import type { DataConverter } from "dacapo";

export interface PayloadTexts {
  /** Absent for `undefined`. */
  readonly write: (value: unknown) => string | undefined;
  readonly read: (text: string | undefined) => unknown;
}

/** Payloads of hubs without a converter. */
export const JSON_TEXTS: PayloadTexts = {
  write: (value) => JSON.stringify(value),
  read: (text) => (text === undefined ? undefined : (JSON.parse(text) as unknown)),
};

/** The payloads of hubs with these options. */
export function textsOf({ dataConverter }: { readonly dataConverter?: DataConverter }): PayloadTexts {
  if (dataConverter === undefined) return JSON_TEXTS;
  return {
    write: (value) => (value === undefined ? undefined : dataConverter.stringify(value)),
    read: (text) => (text === undefined ? undefined : dataConverter.parse(text)),
  };
}
