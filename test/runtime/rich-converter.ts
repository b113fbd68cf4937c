/**
 * A data converter for tests: JSON that keeps Date, Map, Set and BigInt, and counts how often it was asked.
 */
import type { DataConverter } from "dacapo";

type Tagged = readonly [tag: string, value: unknown];

export class RichConverter implements DataConverter {
  written = 0;
  read = 0;

  stringify(value: unknown): string {
    this.written += 1;
    return `rich:${JSON.stringify(tagged(value))}`;
  }

  parse(text: string): unknown {
    this.read += 1;
    if (!text.startsWith("rich:")) throw new Error("it was written by another converter.");
    return untagged(JSON.parse(text.slice(5)) as Tagged);
  }
}

function tagged(value: unknown): Tagged {
  if (value === undefined) return ["undefined", 0];
  if (typeof value === "bigint") return ["bigint", String(value)];
  if (typeof value === "function") throw new TypeError("functions stay at home");
  if (value instanceof Date) return ["date", value.getTime()];
  if (value instanceof Map) return ["map", [...value].map(([key, one]) => [tagged(key), tagged(one)])];
  if (value instanceof Set) return ["set", [...value].map(tagged)];
  if (Array.isArray(value)) return ["array", value.map(tagged)];
  if (typeof value === "object" && value !== null)
    return ["object", Object.entries(value).map(([key, one]) => [key, tagged(one)])];
  return ["plain", value];
}

function untagged([tag, value]: Tagged): unknown {
  switch (tag) {
    case "undefined":
      return undefined;
    case "bigint":
      return BigInt(value as string);
    case "date":
      return new Date(value as number);
    case "map":
      return new Map((value as [Tagged, Tagged][]).map(([key, one]) => [untagged(key), untagged(one)]));
    case "set":
      return new Set((value as Tagged[]).map(untagged));
    case "array":
      return (value as Tagged[]).map(untagged);
    case "object":
      return Object.fromEntries((value as [string, Tagged][]).map(([key, one]) => [key, untagged(one)]));
    default:
      return value;
  }
}
