/**
 * O7: an instance, and an activity, has one owner at a time, and only the owner's work counts.
 *
 * Invariant: the locks of one key are numbered upwards, and no two of them are good at the same time; what is done
 * under a lock that was lost is refused and leaves no trace, what is done under a good one is not refused; the same
 * request twice is one effect and one answer; and a worker that is to leave an instance to others, for its version, does.
 * It keeps its own book of who holds what, from what went through the ports.
 */
import type { Lock, WorkKind } from "dacapo/backend";
import type { CallOutcome, PortCall } from "../world/port-calls.ts";
import { CallReader } from "../world/port-calls.ts";
import type { Circumstances } from "./all-oracles.ts";
import type { Oracle, Violation } from "./oracle.ts";
import { VersionRules } from "./version-rules.ts";

const ID = "O7";

/** For this long the same request must get the same answer, in milliseconds (contract G7: the redelivery horizon). */
const REPEATABLE_MS = 30 * 60 * 1000;

export function singleWriterOracle({ versioning = [] }: Pick<Circumstances, "versioning"> = {}): Oracle {
  const calls = new CallReader();
  const book = new LockBook();
  const rules = new VersionRules(versioning);
  const take = (call: PortCall): readonly Violation[] => {
    const broken = rules.take(call);
    const found = book.take(call);
    return broken === undefined || call.type !== "turn"
      ? found
      : [...found, ...violation(call.commit.lock.key, broken)];
  };
  return {
    id: ID,
    title: "one worker at a time owns an instance or an activity, and only what the owner does takes effect",
    observe: ({ committed }) => calls.judge(committed.calls, take),
  };
}

/** The latest lock of one key. */
interface Held {
  readonly token: number;
  readonly worker: string;
  /** The instance, or the activity and its instance, in words. */
  readonly what: string;
  readonly instanceId: string;
  until: number;
  /** How it ended before its time, in words. */
  endedBy: string | undefined;
  /** True when it may have ended before its time, or not. */
  mayBeLost?: true;
}

/** A call that a worker makes under a lock, in words. */
interface Deed {
  readonly kind: WorkKind;
  readonly lock: Lock;
  readonly verb: string;
  /** What the lock is after the call was done. */
  readonly after: { readonly until: number } | { readonly endedBy: string } | undefined;
}

class LockBook {
  readonly #locks: Readonly<Record<WorkKind, Map<string, Held>>> = { orchestration: new Map(), activity: new Map() };
  /** The life of each instance id that was handed out last. */
  readonly #lives = new Map<string, string>();
  /** What the first purge of each request was answered. */
  readonly #purged = new Map<string, boolean | undefined>();

  /** Enters a call of a port. Says what is wrong with it. */
  take(call: PortCall): readonly Violation[] {
    switch (call.type) {
      case "fetch":
        return this.#handOut(call);
      case "turn":
        for (const { instanceId, replaces } of isPlain(call) ? call.commit.starts : []) {
          if (replaces !== undefined && this.#lives.get(instanceId) === replaces) this.#remove(instanceId);
        }
        for (const { instanceId } of (call.refusedWith === undefined && call.commit.rewinds) || []) {
          // A child that has ended otherwise than by a failure keeps its lock; whether it has, the parent does not know.
          const held = this.#locks.orchestration.get(instanceId);
          if (held !== undefined) held.mayBeLost = true;
        }
        return this.#judge(deedOf(call), call);
      case "answer":
      case "renew":
      case "abandon":
      case "read-history":
        return this.#judge(deedOf(call), call);
      case "create":
      case "purge":
        if (call.removed !== undefined) this.#remove(call.request.instanceId);
        return this.#judgeRequest(call);
      case "rewind":
        // Whoever held the failed instance, for a message that came late, has not what is to go on.
        if (isPlain(call)) end(this.#locks.orchestration.get(call.request.instanceId), "it had been rewound");
        return this.#judgeRequest(call);
      case "send":
        return this.#judgeRequest(call);
      case "expire":
        for (const locks of Object.values(this.#locks)) end(locks.get(call.key), "its lease had ended");
        return [];
      case "redeliver":
      case "run":
      case "told":
      case "retention":
      case "disturbance":
        return [];
    }
  }

  #handOut({ kind, item, options, now }: Extract<PortCall, { readonly type: "fetch" }>): readonly Violation[] {
    const { key, token } = item.lock;
    const instanceId = "work" in item ? item.work.instanceId : key;
    const what =
      "work" in item
        ? `activity "${item.work.name}" of "${instanceId}" (task ${item.work.taskId})`
        : `instance "${key}"`;
    if (!("work" in item)) this.#lives.set(key, item.instance.incarnation);
    const worker = options.workerId;
    const before = this.#locks[kind].get(key);
    this.#locks[kind].set(key, { token, worker, what, instanceId, until: now + options.leaseMs, endedBy: undefined });
    if (before === undefined) return [];
    if (isGood(before, now) && before.mayBeLost !== true) {
      return violation(instanceId, `${what} was handed to ${worker} while ${before.worker} still held it`);
    }
    if (token > before.token) return [];
    const message = `${what} was handed to ${worker} under lock ${token}, which is not newer than lock ${before.token}`;
    return violation(instanceId, message);
  }

  #judge(deed: Deed, outcome: CallOutcome): readonly Violation[] {
    const { kind, lock, verb, after } = deed;
    const held = this.#locks[kind].get(lock.key);
    const { what, instanceId } = held ?? { what: `what was called ${lock.key}`, instanceId: lock.key };
    const owner = held?.token === lock.token && isGood(held, outcome.now) ? held : undefined;
    const sureOwner = owner?.mayBeLost === true ? undefined : owner;
    const problem = isPlain(outcome) ? undefined : problemWith(`${verb} ${what}`, outcome, sureOwner);
    if (problem !== undefined) return violation(instanceId, problem);
    if (!isPlain(outcome)) return [];
    if (owner !== undefined) {
      Object.assign(owner, after);
      return [];
    }
    // Giving back what is lost is no harm, as long as it does none.
    if (verb === GIVE_BACK && outcome.changedStore !== true) return [];
    const reason = held === undefined ? "nobody held it" : lossOf(held, lock, outcome.now);
    return violation(instanceId, `a worker was allowed to ${verb} ${what}, although it had lost it: ${reason}`);
  }

  #judgeRequest(
    call: Extract<PortCall, { readonly type: "create" | "send" | "purge" | "rewind" }>,
  ): readonly Violation[] {
    const { firstDoneAt, now, refusedWith, changedStore } = call;
    const { requestId, instanceId } = "request" in call ? call.request : { ...call.message, requestId: "" };
    if (firstDoneAt === undefined) {
      if (call.type !== "purge") return [];
      this.#purged.set(requestId, call.answer);
      if (refusedWith !== undefined || call.answer !== true || call.removed !== undefined) return [];
      return violation(
        instanceId,
        `a request to purge "${instanceId}" was answered that it is done, and removed nothing`,
      );
    }
    if (now - firstDoneAt > REPEATABLE_MS) return [];
    const what = `a request to ${REQUESTS[call.type]} "${instanceId}" was done; made again`;
    if (refusedWith !== undefined) return violation(instanceId, `${what}, it was refused (${refusedWith})`);
    if (changedStore === true) return violation(instanceId, `${what}, it took effect a second time`);
    if (call.type !== "purge" || this.#purged.get(requestId) === call.answer) return [];
    return violation(instanceId, `${what}, it was answered that ${call.answer === true ? "" : "no"}thing was removed`);
  }

  /** An instance is gone, and with it its locks and those of its activities. */
  #remove(instanceId: string): void {
    for (const locks of Object.values(this.#locks)) {
      for (const held of locks.values()) if (held.instanceId === instanceId) end(held, "its instance had been removed");
    }
  }
}

/** True for a call that was done, for the first time. */
function isPlain({ refusedWith, firstDoneAt }: CallOutcome): boolean {
  return refusedWith === undefined && firstDoneAt === undefined;
}

/** What is wrong with a call that is a repeat, or was refused, if anything. */
function problemWith(deed: string, outcome: CallOutcome, owner: Held | undefined): string | undefined {
  const { refusedWith, firstDoneAt, changedStore } = outcome;
  if (firstDoneAt !== undefined) {
    return changedStore === true ? `a request to ${deed} was done once, and took effect a second time` : undefined;
  }
  if (refusedWith === undefined) return undefined;
  if (changedStore === true) return `a worker was refused to ${deed}, and yet something was changed`;
  if (owner === undefined || refusedWith !== "LEASE_LOST") return undefined;
  return `${owner.worker} was refused to ${deed}, although it held it`;
}

const REQUESTS = { create: "start", send: "send a message to", purge: "purge", rewind: "rewind" } as const;

const GIVE_BACK = "give back";

function deedOf(
  call: Extract<PortCall, { readonly type: "turn" | "answer" | "renew" | "abandon" | "read-history" }>,
): Deed {
  switch (call.type) {
    case "turn": {
      const { lock } = call.commit;
      return { kind: "orchestration", lock, verb: "record a turn of", after: { endedBy: "the turn was recorded" } };
    }
    case "answer": {
      const { lock } = call.commit;
      return { kind: "activity", lock, verb: "record a result of", after: { endedBy: "its result was recorded" } };
    }
    case "renew":
      return { kind: call.kind, lock: call.lock, verb: "go on holding", after: { until: call.until } };
    case "abandon":
      return { kind: call.kind, lock: call.lock, verb: GIVE_BACK, after: { endedBy: "it had been given back" } };
    case "read-history":
      return { kind: "orchestration", lock: call.lock, verb: "read the history of", after: undefined };
  }
}

function isGood({ until, endedBy }: Held, now: number): boolean {
  return endedBy === undefined && until > now;
}

/** Why a lock is not good, in words. */
function lossOf(held: Held, lock: Lock, now: number): string {
  if (held.token > lock.token) return `it was handed to ${held.worker} later`;
  if (held.token < lock.token) return "it was never handed out under that lock";
  return held.endedBy ?? (held.until <= now ? "its lease had ended" : "it was not its own");
}

function end(held: Held | undefined, how: string): void {
  if (held !== undefined) held.endedBy ??= how;
}

function violation(instanceId: string, message: string): readonly Violation[] {
  return [{ oracle: ID, instanceId, message }];
}
