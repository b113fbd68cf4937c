/**
 * The words of a story: faults, times and values as people say them.
 *
 * Invariant: written for readers who know the workflow and have never seen the engine: no port's name, no id that
 * nobody chose.
 */
import type { Failure } from "./failure.ts";
import type { Note } from "./notes.ts";

export type FaultNote = Extract<Note, { readonly type: "fault" }>;

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
  ["millisecond", 1],
];

/** A length of time in its two largest units, such as `3 days` or `1 hour 20 minutes`. */
export function duration(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
  }
  return parts.slice(0, 2).join(" ") || "no time";
}

const PAYLOAD_SHOWN = 80;

/** A JSON text, cut when it is long. */
export function payload(json: string): string {
  return json.length <= PAYLOAD_SHOWN ? json : `${json.slice(0, PAYLOAD_SHOWN)}…`;
}

/** The first sentence of an error's message: the rest is for whoever reads the error itself. */
export function firstSentence(message: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(message)?.[0] ?? message;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[]): string {
  return parts.length <= 1 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

/** What it means that an oracle is violated. */
function brokenPromise(oracle: string): string {
  if (oracle === "O6") return "The orchestrator does not repeat its history";
  return oracle === "O15" ? "The orchestrator and its twin differ" : "This breaks a promise of the engine";
}

/** What does not hold: the last sentence of a story. */
export function failureSentence(failure: Failure): string {
  switch (failure.kind) {
    case "oracle":
      return `${brokenPromise(failure.oracle)} (${failure.oracle}): ${failure.message}`;
    case "property":
      if (failure.mode === "client") return `This must not happen: ${failure.message}`;
      return failure.mode === "always"
        ? `This breaks "${failure.property}"${failure.error === undefined ? "" : `: ${failure.error}`}`
        : `Nothing more can happen, and ${failure.message}`;
    case "determinism":
      return `This run cannot be reproduced: ${failure.message}`;
    case "engine":
      return `The engine reports a bug of its own: ${failure.message}`;
  }
}

/** What a fault did, as a sentence. `subject` names the work or the message that it hit. */
export function faultSentence(note: FaultNote, subject: string): string {
  const { actor, fault, at, delayMs = 0 } = note;
  const work = subject.replace("the result of ", "");
  switch (fault) {
    case "crash-before-commit":
      if (note.parts === undefined) return `${actor} crashes before ${subject} is recorded`;
      return crashWithin(note, subject);
    case "crash-within-commit":
      return crashWithin(note, subject);
    case "crash-after-commit":
      if (note.parts === undefined) return `${actor} crashes just after recording ${subject}`;
      return crashWithin(note, subject);
    case "crash-before-effect":
      return `${actor} crashes before ledger "${at}" is reached`;
    case "crash-after-effect":
      return `${actor} crashes before the result is recorded`;
    case "fleet-crash":
      return `all workers crash at once while ${subject} is being recorded; ${kept(note)}`;
    case "worker-paused":
      return `${actor} stands still for ${duration(delayMs)}, longer than its leases last`;
    case "ambiguous-commit":
      return `the store gives ${actor} no answer about ${subject}; ${kept(note)}`;
    case "store-error":
      return at.startsWith("fetch")
        ? `the store fails when ${actor} asks for work`
        : `the store fails ${actor} with ${subject}; ${kept(note)}`;
    case "message-dropped":
      return `${subject} gets lost on its way to ${actor}; it will come again`;
    case "message-duplicated":
      return `${subject} is delivered twice`;
    case "message-delayed":
      return `${subject} is held back for ${duration(delayMs)}`;
    case "message-reordered":
      return `${subject} overtakes the messages before it`;
    case "message-redelivered":
      return `${subject} is delivered once more, although it was handled already`;
    case "batch-split":
      return `${subject} is not delivered yet, only the messages before it`;
    case "batch-merged":
      return `the messages for ${subject.replace("this step of ", "")} are gathered for ${duration(delayMs)} and come together`;
    case "lease-stolen":
      return at.startsWith("fetch")
        ? `${actor} takes ${work}, but its lease ends at once and others may take it too`
        : `${actor} loses its lease on ${work} while it is still at work`;
    case "renewal-failed":
      return `${actor} cannot renew its lease on ${work}`;
    case "activity-throws":
      return `${at} throws before it does anything`;
    case "activity-hangs":
      return `${at} hangs, and its worker will have to be killed`;
    case "activity-slow":
      return `${at} is slow and takes longer than its lease`;
    case "activity-fails-after-effect":
      return `${at} does its work, and is going to throw`;
    case "cache-evicted":
      return `${actor} forgets the orchestrations that it kept in memory`;
    case "clock-jump":
      return `the clock of ${actor} is set ${delayMs < 0 ? "back" : "forward"} by ${duration(Math.abs(delayMs))}`;
    case "client-crash":
      return `${actor} crashes before it gets an answer about ${subject}, comes back and sends it again; the first time ${kept(note)}`;
    case "work-poisoned":
      return at.startsWith("fetch")
        ? `${work} now kills every worker that takes it up`
        : `${actor} is killed by ${work}`;
  }
}

function crashWithin(note: FaultNote, subject: string): string {
  return `${note.actor} crashes while ${subject} is being recorded; ${kept(note)}`;
}

/** How much of what was written is there. */
function kept({ applied, parts }: FaultNote): string {
  if (parts !== undefined) return `a part of it was kept (${list(parts)}), because this store has no transactions`;
  return applied === true ? "all of it was kept" : "nothing of it was kept";
}
