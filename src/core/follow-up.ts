/**
 * What the answer of an activity leads to where it is not the end of the call: another request, later, under the same
 * call. Durable HTTP polls this way.
 *
 * Invariant: a function of the answer and the turn's time, so replay comes to the same. Used by the activity calls.
 */

/** Looks at an answer. What it throws fails the call. */
export type FollowUp = (answer: unknown, nowMs: number) => FollowedUp;

export type FollowedUp =
  | { readonly kind: "settled"; readonly value: unknown }
  | {
      readonly kind: "next";
      /** When the next request is made, in milliseconds since the epoch. */
      readonly at: number;
      readonly input: unknown;
      /** Looks at the next request's answer. */
      readonly followUp: FollowUp;
    };
