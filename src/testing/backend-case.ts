/**
 * One law of the backend contract, as data: what it is called, which guarantee it belongs to, and how to check it.
 *
 * Invariant: a case needs nothing but a fresh, empty hub, and leaves nothing that another case could see.
 */
import type { Backend } from "../ports/backend.ts";

/** The guarantees of the contract (`dacapo/backend`) that cases are grouped by. */
export const GUARANTEES = {
  G1: "G1 durability",
  G2: "G2 fencing",
  G3: "G3 atomic turn",
  G4: "G4 outbox",
  G5: "G5 inbox",
  G6: "G6 timers",
  G7: "G7 ambiguity",
  G8: "G8 read your write",
  G9: "G9 progress",
  G11: "G11 work items",
} as const;

export type Guarantee = keyof typeof GUARANTEES;

/** A fresh, empty hub for one case. */
export interface BackendUnderTest {
  /** An open handle on the hub. */
  readonly backend: Backend;
  /** Opens another handle on the same hub, as a second process would. The case closes it. */
  connect(): Promise<Backend>;
  /** Moves the hub's time forward by this many milliseconds. */
  advance(durationMs: number): Promise<void>;
  /** Ends the hub and removes its data. */
  close(): Promise<void>;
}

export interface BackendCase {
  readonly guarantee: Guarantee;
  /** Reads as a law after "the backend". */
  readonly name: string;
  /** Rejects, with an `AssertionError` where it can, unless the law holds. */
  run(hub: BackendUnderTest): Promise<void>;
}
