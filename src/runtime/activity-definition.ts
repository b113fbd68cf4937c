/**
 * What an activity is: a name and a function that may do anything, run at least once for each call.
 */
import type { ActivityReference } from "../core/activity-reference.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import { checkName } from "../core/names.ts";
import type { ActivityContext } from "../ports/activity-context.ts";

export type ActivityHandler<I = never> = (context: ActivityContext, input: I) => unknown;

/** An activity: made by {@link activity}, called by orchestrators, given to `TaskHub.open({ register })`. */
export interface ActivityDefinition<I = never, O = unknown, N extends string = string> extends ActivityReference<
  I,
  O,
  N
> {
  readonly handler: ActivityHandler<I>;
}

/**
 * Defines an activity: the place for I/O, clocks, randomness and everything else that an orchestrator may not
 * do. It may run more than once for one call (a crash can come between the effect and its record), so make it
 * idempotent, for example with `ctx.idempotencyKey`.
 *
 * @throws InvalidArgumentError when the name is blank or there is no function.
 * @example
 * const chargeCard = activity("chargeCard", async (ctx, order: Order): Promise<Receipt> =>
 *   payments.charge(order, { idempotencyKey: ctx.idempotencyKey, signal: ctx.signal }));
 */
export function activity<const N extends string, I, O>(
  name: N,
  handler: (context: ActivityContext, input: I) => O,
): ActivityDefinition<I, Awaited<O>, N> {
  checkName(name, "activity");
  if (typeof handler !== "function") {
    throw new InvalidArgumentError(`The activity "${name}" has no function.`, {
      hint: 'Write activity("name", async (ctx, input) => { ... }).',
    });
  }
  return { kind: "activity", name, handler };
}
