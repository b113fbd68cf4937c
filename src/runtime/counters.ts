/**
 * The default telemetry: counters in memory, read by `hub.counters()`.
 */
import type { CounterName, Telemetry } from "../ports/telemetry.ts";

export class Counters implements Telemetry {
  readonly #values = new Map<string, number>();
  /** The keys of attributes that are counted again and again; callers keep those as constants. */
  readonly #keys = new WeakMap<object, string>();

  count(name: CounterName, value: number, attributes?: Readonly<Record<string, string>>): void {
    const key = attributes === undefined ? name : this.#keyOf(name, attributes);
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  #keyOf(name: CounterName, attributes: Readonly<Record<string, string>>): string {
    let key = this.#keys.get(attributes);
    if (key?.startsWith(`${name}{`) !== true) {
      key = `${name}{${labels(attributes)}}`;
      this.#keys.set(attributes, key);
    }
    return key;
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
