/**
 * The default telemetry: counters in memory, read by `hub.counters()`.
 */
import type { CounterName, Telemetry } from "../ports/telemetry.ts";

interface Cell {
  value: number;
}

export class Counters implements Telemetry {
  readonly #cells = new Map<string, Cell>();
  /** The cells of attributes that are counted again and again: callers keep those as constants, one for a counter. */
  readonly #byAttributes = new WeakMap<object, Cell>();

  count(name: CounterName, value: number, attributes?: Readonly<Record<string, string>>): void {
    const cell = attributes === undefined ? this.#cell(name) : this.#cellOf(name, attributes);
    cell.value += value;
  }

  /** All counters by name, attributes in braces: `messages.dropped{reason=duplicate}`. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#cells].map(([key, { value }]) => [key, value]));
  }

  #cellOf(name: CounterName, attributes: Readonly<Record<string, string>>): Cell {
    let cell = this.#byAttributes.get(attributes);
    if (cell === undefined) {
      cell = this.#cell(`${name}{${labels(attributes)}}`);
      this.#byAttributes.set(attributes, cell);
    }
    return cell;
  }

  #cell(key: string): Cell {
    let cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, (cell = { value: 0 }));
    return cell;
  }
}

function labels(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
