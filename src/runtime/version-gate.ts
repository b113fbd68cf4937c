/**
 * Which versions of orchestrations a worker runs, and how it gives back those that it does not.
 *
 * Invariant: asked at every turn, of every instance, whether it is in memory, is replayed, or begins; the answer is a
 * function of the two versions alone. What is given back counts as no delivery, and is left to others for longer each
 * time in a row.
 */
import { InvalidArgumentError, VersionMismatchError } from "../core/errors.ts";
import { compareVersions } from "../core/versions.ts";
import type { InstanceRecord } from "../ports/backend.ts";

/** Which orchestrations a worker runs, by the version that they were started with; durabletask-js's names. */
export interface VersioningOptions {
  /** The version of this worker's code; none unless given, which comes before any. */
  readonly version?: string;
  /** The version of sub-orchestrations that are started without one. */
  readonly defaultVersion?: string;
  /**
   * `none` runs all, `strict` those of the worker's own version, `currentOrOlder` those of its version and of those
   * before. `none` unless given.
   */
  readonly matchStrategy?: "none" | "strict" | "currentOrOlder";
  /**
   * What becomes of the others: `reject` leaves them to another worker, `fail` ends them with `VersionMismatchError`.
   * `reject` unless given.
   */
  readonly failureStrategy?: "reject" | "fail";
}

export type CheckedVersioning = Required<Omit<VersioningOptions, "defaultVersion">> &
  Pick<VersioningOptions, "defaultVersion">;

const MATCH_STRATEGIES = ["none", "strict", "currentOrOlder"] as const;
const FAILURE_STRATEGIES = ["reject", "fail"] as const;

/** @throws InvalidArgumentError that names the option. */
export function checkVersioning(options: VersioningOptions = {}): CheckedVersioning {
  const given: unknown = options;
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError("The option worker.versioning is no object.", {
      hint: 'Give it such as { version: "2.0", matchStrategy: "currentOrOlder" }.',
    });
  }
  const { version = "", defaultVersion, matchStrategy = "none", failureStrategy = "reject" } = options;
  for (const [name, text] of Object.entries({ version, defaultVersion: defaultVersion ?? "" })) {
    if (typeof text === "string") continue;
    throw new InvalidArgumentError(`The option worker.versioning.${name} is no text.`, { hint: 'Such as "2.0".' });
  }
  return {
    version,
    matchStrategy: oneOf("matchStrategy", matchStrategy, MATCH_STRATEGIES),
    failureStrategy: oneOf("failureStrategy", failureStrategy, FAILURE_STRATEGIES),
    ...(defaultVersion === undefined ? {} : { defaultVersion }),
  };
}

function oneOf<T extends string>(name: string, given: T, known: readonly T[]): T {
  if (known.includes(given)) return given;
  throw new InvalidArgumentError(`The option worker.versioning.${name} is ${JSON.stringify(given) ?? typeof given}.`, {
    hint: `It is one of ${known.map((one) => `"${one}"`).join(", ")}.`,
  });
}

/** The first time for which an instance is left to others, in milliseconds; doubled each time, up to the longest. */
const LEFT_FIRST_MS = 100;
const LEFT_LONGEST_MS = 10_000;

/** How often in a row an instance was given back is remembered of so many. */
const REMEMBERED_MAX = 1_000;

export class VersionGate {
  readonly #options: CheckedVersioning;
  readonly #rejections = new Map<string, number>();

  constructor(options: CheckedVersioning) {
    this.#options = options;
  }

  /** True when an instance that does not match is ended, false when it is left to others. */
  get fails(): boolean {
    return this.#options.failureStrategy === "fail";
  }

  /** Why this worker does not run the instance; `undefined` when it does. */
  mismatch({ instanceId, kind, version = "" }: InstanceRecord): VersionMismatchError | undefined {
    const { matchStrategy, version: own } = this.#options;
    if (kind === "entity" || this.#matches(version)) {
      this.#rejections.delete(instanceId);
      return undefined;
    }
    return new VersionMismatchError({ instanceId, version, workerVersion: own, matchStrategy });
  }

  /** Notes that an instance is given back. @returns for how long it is left to others, in milliseconds. */
  leave(instanceId: string): number {
    const before = this.#rejections.get(instanceId) ?? 0;
    this.#rejections.delete(instanceId);
    this.#rejections.set(instanceId, before + 1);
    if (this.#rejections.size > REMEMBERED_MAX) {
      for (const oldest of this.#rejections.keys()) {
        this.#rejections.delete(oldest);
        break;
      }
    }
    return Math.min(LEFT_FIRST_MS * 2 ** before, LEFT_LONGEST_MS);
  }

  #matches(version: string): boolean {
    const { matchStrategy, version: own } = this.#options;
    switch (matchStrategy) {
      case "none":
        return true;
      case "strict":
        return compareVersions(version, own) === 0;
      case "currentOrOlder":
        return compareVersions(version, own) <= 0;
    }
  }
}
