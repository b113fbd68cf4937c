/**
 * Orchestrator code that was caught calling what replay cannot repeat: a clock, a source of chance, a native timer.
 *
 * Made by the determinism guard alone (`src/runtime`), at the call itself, so that it can name the line.
 */
import { NonDeterminismError } from "./nondeterminism.ts";

/** The orchestrator's code called something that gives another answer on replay. */
export class NonDeterministicCallError extends NonDeterminismError {
  /** The call as one would write it, such as `Date.now()`. */
  readonly call: string;
  /** Where the code called it: `file:line:column`. */
  readonly location: string;
  /** What to use instead, such as `ctx.currentUtcDateTime`. */
  readonly replacement: string;

  constructor(leak: {
    readonly instanceId: string;
    /** The history event that would have come next. */
    readonly eventId: number;
    readonly call: string;
    readonly location: string;
    readonly replacement: string;
  }) {
    const { instanceId, eventId, call, location, replacement } = leak;
    super({
      instanceId,
      eventId,
      expected: { type: "calls that replay can repeat" },
      actual: { type: call },
      problem: `it calls ${call} at ${location}.`,
      hint: `Instead, use ${replacement}.`,
    });
    this.call = call;
    this.location = location;
    this.replacement = replacement;
  }
}
