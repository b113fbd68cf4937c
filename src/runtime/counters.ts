/**
 * The default telemetry: counters in memory, read by `hub.counters()`.
 */
import type { CounterName, Telemetry } from "../ports/telemetry.ts";

export class Counters implements Telemetry {
  readonly #values = new Map<string, number>();

  count(name: CounterName, value: number, attributes?: Readonly<Record<string, string>>): void {
    const key = attributes === undefined ? name : `${name}{${labels(attributes)}}`;
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  /** All counters by name, attributes in braces: `messages.dropped{reason=duplicate}`. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#values);
  }
}

function labels(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
