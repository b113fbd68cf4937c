/**
 * Which worker may run which orchestrations by their versions, and whether each kept to it: part of O7 and O14.
 *
 * Invariant: written from what users are told of `worker.versioning`; it shares no code with the engine. A worker that
 * leaves an instance to others commits nothing of it; one that is to fail it commits its failure and nothing else; and
 * nobody fails for its version what it runs.
 */
import type { VersioningOptions } from "dacapo";
import type { OrchestrationWorkItem } from "dacapo/backend";
import type { PortCall } from "../world/port-calls.ts";

type Fetch = Extract<PortCall, { readonly type: "fetch" }>;
type Turn = Extract<PortCall, { readonly type: "turn" }>;

interface Handed {
  readonly token: number;
  readonly worker: string;
  readonly version: string;
}

export class VersionRules {
  readonly #versioning: readonly VersioningOptions[];
  readonly #handed = new Map<string, Handed>();

  /** `versioning` is that of worker A, worker B, ...; an empty list lets all run everything. */
  constructor(versioning: readonly VersioningOptions[]) {
    this.#versioning = versioning;
  }

  /** True when the worker is to leave what it was handed to others. */
  isToLeave({ item, options: { workerId } }: Fetch): boolean {
    const options = this.#of(workerId);
    return options !== undefined && !("work" in item) && !mayRun(options, item) && options.failureStrategy !== "fail";
  }

  /** Takes note of a call; says which rule it breaks, as a sentence. */
  take(call: PortCall): string | undefined {
    if (this.#versioning.length === 0) return undefined;
    if (call.type === "fetch" && !("work" in call.item)) {
      const { lock, instance } = call.item;
      if (instance.kind === "entity") this.#handed.delete(lock.key);
      else {
        const { version = "" } = instance;
        this.#handed.set(lock.key, { token: lock.token, worker: call.options.workerId, version });
      }
    }
    return call.type === "turn" && call.refusedWith === undefined && call.firstDoneAt === undefined
      ? this.#judge(call)
      : undefined;
  }

  #judge(turn: Turn): string | undefined {
    const { commit, before } = turn;
    const { key, token } = commit.lock;
    const handed = this.#handed.get(key);
    const options = handed?.token === token ? this.#of(handed.worker) : undefined;
    if (handed === undefined || options === undefined || before?.isOver === true) return undefined;
    if (isWithoutCode(turn)) return undefined;
    const { runtimeStatus, failure } = commit.status;
    const isFailed = runtimeStatus === "Failed" && failure?.code === "VERSION_MISMATCH";
    const { worker, version } = handed;
    const what = `instance "${key}", whose version is "${version}",`;
    if (matches(options, version)) {
      return isFailed ? `${worker} ended ${what} for its version, which it runs` : undefined;
    }
    if (options.failureStrategy !== "fail") return `${worker} did not leave ${what} to others`;
    return isFailed ? undefined : `${worker} ran a turn of ${what} and was to fail it`;
  }

  #of(worker: string): VersioningOptions | undefined {
    return this.#versioning[worker.charCodeAt(worker.length - 1) - "A".charCodeAt(0)];
  }
}

/** Before its start an instance takes note of what comes, and ends where it is told to: no code is run for that. */
function isWithoutCode({ commit, before }: Turn): boolean {
  const { events, rewritten } = commit;
  const isUnbegun = before?.historyLength === 0 && rewritten === undefined;
  return isUnbegun && (events.length === 0 || events.some(({ type }) => type === "ExecutionTerminated"));
}

function mayRun(options: VersioningOptions, { instance }: OrchestrationWorkItem): boolean {
  const isOver = ["Completed", "Failed", "Terminated"].includes(instance.runtimeStatus);
  return instance.kind === "entity" || isOver || matches(options, instance.version ?? "");
}

function matches({ matchStrategy = "none", version: own = "" }: VersioningOptions, version: string): boolean {
  if (matchStrategy === "none") return true;
  const order = orderOf(version.trim(), own.trim());
  return matchStrategy === "strict" ? order === 0 : order <= 0;
}

const NUMBERS = /^\d+(?:\.\d+){0,3}$/;

/** By number where both are numbers with points, as texts otherwise; none comes first. */
function orderOf(a: string, b: string): number {
  if (a === "" || b === "") return a.length - b.length;
  if (!NUMBERS.test(a) || !NUMBERS.test(b)) {
    const [left, right] = [a.toLowerCase(), b.toLowerCase()];
    return left === right ? 0 : left < right ? -1 : 1;
  }
  const [left, right] = [a.split("."), b.split(".")];
  for (let i = 0; i < 4; i++) {
    const difference = Number(left[i] ?? 0) - Number(right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
