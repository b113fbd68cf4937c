/**
 * A backend whose calls a test can spoil: refused before they take effect, or carried out with the answer lost.
 *
 * Invariant: a call that no spoiler speaks to goes through unchanged.
 */
import { StorageError } from "dacapo";
import type { Backend, BackendFactory } from "dacapo/backend";

type Method = keyof Backend;

/** `before`: nothing was done. `after`: it was done, and the answer is lost. */
export type Spoil = "before" | "after" | undefined;

type Carry = (...args: unknown[]) => unknown;

export interface Call {
  readonly method: Method;
  readonly argument: unknown;
}

export class FaultyBackend {
  readonly calls: Call[] = [];
  /** Decides about each call. */
  spoiler: (call: Call) => Spoil | Error = () => undefined;

  /** Wraps what `factory` makes. */
  around(factory: BackendFactory): BackendFactory {
    return (ports) => {
      const backend = factory(ports);
      return new Proxy(backend, {
        get: (target, property) => {
          const member: unknown = Reflect.get(target, property);
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => this.#call(target, property as Method, args);
        },
      });
    };
  }

  of(method: Method): readonly Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  async #call(target: Backend, method: Method, args: unknown[]): Promise<unknown> {
    const call = { method, argument: args[0] };
    this.calls.push(call);
    const spoil = this.spoiler(call);
    if (spoil instanceof Error) throw spoil;
    if (spoil === "before") throw new StorageError(`${method} was not done`);
    const answer: unknown = await Reflect.apply(Reflect.get(target, method) as Carry, target, args);
    if (spoil === "after") throw new StorageError(`the answer of ${method} was lost`);
    return answer;
  }
}

/** Spoils the first `count` calls of a method in the same way. */
export function spoilFirst(method: Method, count: number, how: Exclude<Spoil, undefined> | Error) {
  let left = count;
  return (call: Call): Spoil | Error => {
    if (call.method !== method || left === 0) return undefined;
    left -= 1;
    return how;
  };
}
