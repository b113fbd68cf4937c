/**
 * The trace of a run and its hash chain: every step, choice, call of a port with its arguments and its answer, as
 * canonical text, each entry hashed together with all before it. Two runs of the same choices have the same chain, on
 * every machine; where they have not, the first entry that differs says what is not deterministic.
 *
 * Invariant: an entry holds nothing that may differ between machines: keys are in order; stacks, and the texts of
 * errors that the JavaScript engine raised, are left out. Kept only when somebody compares.
 */
import { fingerprint } from "../choices/fingerprint.ts";

/** One thing that happened. */
export interface TraceEntry {
  readonly step: number;
  readonly text: string;
  /** The hash of this entry and of all before it: an unsigned 32-bit integer. */
  readonly hash: number;
}

/** Where two traces part. */
export interface Divergence {
  readonly step: number;
  /** What the one run did; undefined when it had ended. */
  readonly first: string | undefined;
  readonly second: string | undefined;
}

export class Trace {
  readonly #entries: TraceEntry[] = [];
  #hash: number | undefined;
  /** The texts of history events: each is written down again whenever a worker reads its history, and never changes. */
  readonly #events: EventTexts = new Map();

  get entries(): readonly TraceEntry[] {
    return this.#entries;
  }

  /** The hash of everything so far, as eight hexadecimal digits. */
  get digest(): string {
    return (this.#hash ?? 0).toString(16).padStart(8, "0");
  }

  /** The hash at the end of each step, by step number; a step in which nothing was traced has that of the one before. */
  get chain(): readonly number[] {
    const chain: number[] = [];
    for (const { step, hash } of this.#entries) {
      while (chain.length < step) chain.push(chain.at(-1) ?? 0);
      chain[step] = hash;
    }
    return chain;
  }

  /** Adds an entry; `data` is what the thing was about. */
  add(step: number, what: string, data?: unknown): void {
    const text = data === undefined ? what : `${what} ${canonical(data, this.#events)}`;
    this.#hash = fingerprint(`${step} ${text}\n`, this.#hash);
    this.#entries.push({ step, text, hash: this.#hash });
  }
}

/** The first entry in which two traces differ; undefined when they are the same. */
export function divergenceOf(first: Trace, second: Trace): Divergence | undefined {
  const length = Math.max(first.entries.length, second.entries.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [first.entries[i], second.entries[i]];
    if (one?.hash === other?.hash) continue;
    return { step: one?.step ?? other?.step ?? 0, first: one?.text, second: other?.text };
  }
  return undefined;
}

/** The types of errors that the JavaScript engine raises itself: their texts change from version to version. */
const RAISED_BY_V8: ReadonlySet<unknown> = new Set([
  ...["TypeError", "RangeError", "SyntaxError", "ReferenceError", "URIError", "EvalError"],
]);

/** Properties that differ between machines, or that nothing depends on. */
const LEFT_OUT: ReadonlySet<string> = new Set(["stack", "stackTrace", "signal"]);

type EventTexts = Map<object, string>;

/** A value as JSON with its keys in order, without what may differ between machines. */
export function canonical(value: unknown, events: EventTexts = new Map()): string {
  return jsonOf(value, events) ?? "undefined";
}

/** Written out, because a traced run spends most of its time in here; undefined for what JSON leaves out. */
function jsonOf(value: unknown, events: EventTexts): string | undefined {
  if (typeof value === "bigint") return `"${String(value)}n"`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value instanceof Error) return textOf(describeError(value), events);
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item, events) ?? "null").join(",")}]`;
  if (!("eventId" in value && "timestamp" in value)) return textOf(value, events);
  let text = events.get(value);
  if (text === undefined) events.set(value, (text = textOf(value, events)));
  return text;
}

function textOf(value: object, events: EventTexts): string {
  const object = value as Readonly<Record<string, unknown>>;
  const isRaised = RAISED_BY_V8.has(object["errorType"]);
  let text = "";
  for (const key of inOrder(Object.keys(object))) {
    if (LEFT_OUT.has(key) || (isRaised && key === "errorMessage")) continue;
    const part = jsonOf(object[key], events);
    if (part !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${part}`;
  }
  return `{${text}}`;
}

const KEYS_FEW = 16;

/** Sorts keys. Most objects have few, for which this is faster than the general way. */
function inOrder(keys: string[]): readonly string[] {
  if (keys.length > KEYS_FEW) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? "";
    let k = i;
    for (let before = keys[k - 1]; k > 0 && before !== undefined && before > key; before = keys[k - 1])
      keys[k--] = before;
    keys[k] = key;
  }
  return keys;
}

function describeError({ name, message }: Error): object {
  return RAISED_BY_V8.has(name) ? { error: name } : { error: name, message };
}
