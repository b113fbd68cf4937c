/**
 * One step of a database's schema. A step that was released never changes: its checksum is kept where it was applied.
 */
import { sha1 } from "../../core/sha1.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The checksum of a step: SHA-1 of its text, in hexadecimal digits. */
export function checksumOf(sql: string): string {
  return sha1(sql)
    .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
    .join("");
}
