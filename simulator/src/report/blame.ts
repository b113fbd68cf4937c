/**
 * Which line of the user's code a failure leads to: in an orchestrator where there is one to blame, else in a client.
 *
 * Invariant: told from the notes alone. It names the call that had the effect, the line that threw, or the line
 * that an instance got to; never a line that merely ran.
 */
import type { CodeLocation, QuotedLocation } from "./code-location.ts";
import { quote } from "./code-location.ts";
import type { Failure } from "./failure.ts";
import type { Note } from "./notes.ts";

/**
 * `called`: it called the activity that had the effect; `threw`: it threw; `reached`: the instance got no further, or
 * this is where it decided last; `client`: a client threw there.
 */
export type BlameReason = "called" | "threw" | "reached" | "client";

/** What kind of line it is. */
export interface Blame {
  readonly at: CodeLocation;
  readonly because: BlameReason;
}

/** The line of the user's code that a failure leads to, and why that one. */
export interface FailureLocation extends QuotedLocation {
  readonly because: BlameReason;
}

/** The line to blame with its text, for a report. */
export function locate(notes: readonly Note[]): { readonly location?: FailureLocation } {
  const found = blame(notes);
  return found === undefined ? {} : { location: { ...quote(found.at), because: found.because } };
}

/** The line that the failure at the end of the notes leads to; undefined where no note names one. */
export function blame(notes: readonly Note[]): Blame | undefined {
  const failure = notes.findLast((note) => note.type === "failure")?.failure;
  if (failure === undefined) return undefined;
  const lines = new Lines();
  for (const note of notes) lines.hear(note);
  return lines.blame(failure);
}

class Lines {
  /** By execution and number of the call. */
  readonly #calls = new Map<string, CodeLocation>();
  /** How many calls of activities each execution has committed. */
  readonly #committed = new Map<string, number>();
  /** By the key of the logical call. */
  readonly #byKey = new Map<string, CodeLocation>();
  /** By instance and task. */
  readonly #byTask = new Map<string, CodeLocation>();
  /** Where each instance decided last, or threw; instances that have ended well are gone from `#open`. */
  readonly #last = new Map<string, Blame>();
  readonly #open = new Set<string>();
  /** What was changed last, that anybody could see. */
  #latest: Blame | undefined;
  #client: Blame | undefined;

  hear(note: Note): void {
    switch (note.type) {
      case "line":
        this.#last.set(note.instanceId, { at: note.at, because: "reached" });
        if (note.activityCall !== undefined) this.#calls.set(`${note.executionId}/${note.activityCall}`, note.at);
        break;
      case "turn":
        this.#hearTurn(note);
        break;
      case "effect": {
        const at = note.by === undefined ? undefined : this.#byTask.get(`${note.by.instanceId}/${note.by.taskId}`);
        if (at !== undefined) this.#latest = { at, because: "called" };
        break;
      }
      case "client-ended":
        if (note.at !== undefined) this.#client = { at: note.at, because: "client" };
        break;
      default:
        break;
    }
  }

  blame(failure: Failure): Blame | undefined {
    switch (failure.kind) {
      case "oracle":
        return failure.instanceId === undefined ? this.#latest : this.#last.get(failure.instanceId);
      case "engine":
      case "determinism":
        return this.#latest;
      case "property":
        if (failure.mode === "client") return this.#client;
        return (failure.mode === "eventually" ? this.#stuck() : undefined) ?? this.#latest;
    }
  }

  /** The first instance that has not ended. */
  #stuck(): Blame | undefined {
    for (const instanceId of this.#open) {
      const last = this.#last.get(instanceId);
      if (last !== undefined) return last;
    }
    return undefined;
  }

  #hearTurn({ instanceId, executionId, decided, status, failedAt }: Extract<Note, { readonly type: "turn" }>): void {
    for (const { type, taskId, callKey } of decided) {
      if (type !== "TaskScheduled" || callKey === undefined) continue;
      if (!this.#byKey.has(callKey)) this.#hearCall(executionId, callKey);
      const at = this.#byKey.get(callKey);
      if (at !== undefined) this.#byTask.set(`${instanceId}/${taskId ?? 0}`, at);
    }
    if (failedAt !== undefined) this.#last.set(instanceId, { at: failedAt, because: "threw" });
    this.#latest = this.#last.get(instanceId) ?? this.#latest;
    if (status === "Completed" || status === "Terminated") this.#open.delete(instanceId);
    else this.#open.add(instanceId);
  }

  /** A logical call is scheduled for the first time: calls are committed in the order in which the code makes them. */
  #hearCall(executionId: string, callKey: string): void {
    const number = (this.#committed.get(executionId) ?? 0) + 1;
    this.#committed.set(executionId, number);
    const at = this.#calls.get(`${executionId}/${number}`);
    if (at !== undefined) this.#byKey.set(callKey, at);
  }
}
