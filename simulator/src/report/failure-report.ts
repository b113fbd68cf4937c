/**
 * What a test prints of a failure, for somebody who has never seen the engine: what does not hold, how it came to that,
 * in which line of the orchestrator, and how to see it again.
 *
 * Invariant: one text for `simTest`, the matchers and fast-check; it ends with the token, ready to be copied.
 */
import { resolve } from "node:path";
import type { FailureLocation } from "./blame.ts";
import type { CodeLocation } from "./code-location.ts";
import { placeText } from "./code-location.ts";

/** What was found. */
export interface FoundFailure {
  readonly oracle?: string;
  readonly property?: string;
  readonly message?: string;
  readonly story?: readonly string[];
  readonly location?: FailureLocation;
  readonly token?: string;
}

/** Where it was found. */
export interface ReportContext {
  /** Ends the first sentence: what was being checked. */
  readonly scenario: string;
  /** How it was found, and made simpler. */
  readonly found?: string;
  /** How to see it again, a line each. */
  readonly again: (token: string) => readonly string[];
}

/** The report. */
export function failureReport(failure: FoundFailure, { scenario, found, again }: ReportContext): string {
  const { story = [], location, token } = failure;
  const width = String(story.length).length;
  return [
    headline(failure),
    ...(story.length === 0 ? [] : ["", `What happened in "${scenario}":`]),
    ...story.map((sentence, i) => `  ${String(i + 1).padStart(width)}. ${sentence}`),
    ...(location === undefined ? [] : ["", ...locationLines(location)]),
    ...(found === undefined ? [] : ["", found]),
    ...(token === undefined ? [] : ["", "To see exactly this again:", ...again(token)]),
  ].join("\n");
}

/** The line of code, and why that one. */
export function locationLines(location: FailureLocation): readonly string[] {
  const { text, because } = location;
  return [REASONS[because], `  at ${placeText(location)}`, ...(text === undefined ? [] : [`     ${text}`])];
}

const REASONS: Readonly<Record<FailureLocation["because"], string>> = {
  called: "The effect comes from this line of the orchestrator:",
  threw: "The orchestrator threw in this line:",
  reached: "The orchestrator had got to this line:",
  client: "The client threw in this line:",
};

/** A stack for an error with this report: the line of the user's workflow first, then that of the user's test. */
export function stackOf(
  name: string,
  report: string,
  places: readonly { readonly what: string; readonly at: CodeLocation | undefined }[],
): string {
  const frames = places.flatMap(({ what, at }) =>
    at === undefined ? [] : [`    at ${what} (${placeText({ ...at, file: resolve(at.file) })})`],
  );
  return [`${name}: ${report}`, ...frames].join("\n");
}

/** What does not hold, as a sentence. */
function headline({ oracle, message = "it does not hold" }: FoundFailure): string {
  if (oracle === undefined) return sentence(message);
  if (oracle === "engine") return sentence(`the engine reports a bug of its own: ${message}`);
  if (oracle === "determinism") return sentence(`the run cannot be reproduced: ${message}`);
  if (oracle === "O6") return sentence(`the orchestrator does not repeat its history (${oracle}): ${message}`);
  if (oracle === "O15") return sentence(`the orchestrator and its twin differ (${oracle}): ${message}`);
  return sentence(`a promise of the engine is broken (${oracle}): ${message}`);
}

function sentence(text: string): string {
  const end = /[.!?…]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}
