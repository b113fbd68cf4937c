/**
 * The user's code in a simulation as the determinism guard sees it: activities, clients, and what a scenario builds
 * and asks.
 *
 * Invariant: a call that the simulation does not control ends the run, also when the code swallows the error; what
 * the engine and the simulator do is never such a call. Used by the world alone.
 */
import type { GuardedRegion, Hazard, Leak } from "dacapo/backend";
import { UncontrolledCallError } from "../errors.ts";

/** What kind of code it is, which decides what it can use instead. */
export type CodeKind = "activity" | "client" | "scenario";

/** Code that ends the run, through `abort`, when it calls what the simulation does not control. */
export function watchedCode(
  kind: CodeKind,
  name: string,
  abort: (error: UncontrolledCallError) => void,
): GuardedRegion {
  return {
    report: (leak: Leak) => {
      const { call, location } = leak;
      const error = new UncontrolledCallError({
        caller: name,
        call,
        location,
        replacement: replacementFor(kind, leak),
      });
      abort(error);
      return error;
    },
  };
}

/** What each kind of code does instead. Language and time zone are given to the call itself, wherever it is. */
const REPLACEMENTS: Readonly<Record<Exclude<Hazard, "locale">, Readonly<Record<CodeKind, string>>>> = {
  clock: {
    activity: "take the time from the input, or let a mock answer",
    client: "write a fixed date down (time begins at the scenario's startTime), and wait with after()",
    scenario: "write a fixed date down: time begins at the scenario's startTime",
  },
  chance: {
    activity: "make ids of ctx.idempotencyKey, take values from the input, or let a mock answer",
    client: "draw it with choose",
    scenario: "use a counter, or a fixed value",
  },
  timer: {
    activity: "wait with ctx.sleep(), or let a mock answer",
    client: "wait with after()",
    scenario: "wait in a client, with after()",
  },
  network: {
    activity: "let a mock answer",
    client: "keep what it asks for in a ledger of outside()",
    scenario: "keep what it asks for in a ledger of outside()",
  },
};

function replacementFor(kind: CodeKind, { hazard, replacement }: Leak): string {
  return hazard === "locale" ? `use ${replacement}` : REPLACEMENTS[hazard][kind];
}
