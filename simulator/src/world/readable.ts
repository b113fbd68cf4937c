/**
 * The store's data with the payloads themselves where the engine has put references: what oracles and properties read.
 *
 * Invariant: shares no code with the engine; it knows what a reference looks like and nothing of where they are. What holds no
 * reference is handed on as it is.
 */
import type { MemoryStore } from "dacapo/memory";

const REFERENCE = "dacapo-payload:";
const TEXT = "dacapo-text:";

/** Gives the payload under a key; `undefined` where there is none. */
export type Lookup = (key: string) => string | undefined;

/** Puts payloads where references are. What has not changed since it was last read is the same object as then. */
export class Resolver {
  readonly #lookup: Lookup;
  /** What was made of each object last. */
  readonly #made = new WeakMap<object, object>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** The value with payloads for references. Where one is not there, the reference stays. */
  resolved<T>(value: T): T {
    return this.#resolve(value) as T;
  }

  #resolve(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      return this.#same(
        value,
        items,
        items.map((item) => this.#resolve(item)),
      );
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    const entries = Object.entries(value);
    const parts = entries.map(([, part]) => this.#resolve(part));
    if (entries.every(([, part], i) => part === parts[i])) return value;
    return this.#same(value, undefined, Object.fromEntries(entries.map(([name], i) => [name, parts[i]])));
  }

  #text(text: string): string {
    if (text.startsWith(REFERENCE)) return this.#lookup(text.slice(REFERENCE.length)) ?? text;
    return text.startsWith(TEXT) ? text.slice(TEXT.length) : text;
  }

  /** What was made last, where it is as what was made now; the original, where nothing was changed. */
  #same(original: object, unchanged: object | undefined, made: object): object {
    if (unchanged !== undefined && isAlike(unchanged, made)) return original;
    const last = this.#made.get(original);
    if (last !== undefined && isAlike(last, made)) return last;
    this.#made.set(original, made);
    return made;
  }
}

function isAlike(one: object, other: object): boolean {
  const [parts, others] = [Object.entries(one), Object.entries(other) as readonly [string, unknown][]];
  return (
    parts.length === others.length && parts.every(([name, part], i) => others[i]?.[0] === name && others[i][1] === part)
  );
}

/** The keys of all payloads that something refers to. */
export function referencesIn(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  new Resolver((key) => {
    found.add(key);
    return undefined;
  }).resolved(value);
  return found;
}

/** The store as its readers are to see it. */
export function readable(store: MemoryStore, plain: <T>(value: T) => T): MemoryStore {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        return isGenerator(answer) ? [...answer].map(plain) : plain(answer);
      };
    },
  });
}

function isGenerator(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && !Array.isArray(value);
}
