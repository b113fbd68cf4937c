/**
 * What an orchestrator is: a name and a function in one of four shapes.
 *
 * Invariant: the name is what histories record; the function may change only in ways that replay the same.
 */
import type { OrchestrationContext } from "./context.ts";
import { InvalidArgumentError } from "./errors.ts";
import { checkName } from "./names.ts";
import type { Task, Untyped } from "./task.ts";

/** A generator, an async generator (durabletask-js's own style), an async function, or a plain function. */
export type OrchestratorHandler<I = never> = (context: OrchestrationContext, input: I) => unknown;

/** An orchestrator: made by {@link orchestrator}, given to `TaskHub.open({ register })` and to the client. */
export interface OrchestratorDefinition<I = never, O = unknown> {
  readonly kind: "orchestrator";
  readonly name: string;
  readonly handler: OrchestratorHandler<I>;
  /** Carries the types; never there at run time. */
  readonly types?: (input: I) => O;
}

/**
 * The return type that a self-recursive generator has to declare:
 * `function* visit(ctx: OrchestrationContext, n: number): Orchestration<number> { ... }`.
 */
export type Orchestration<T> = Generator<Task<unknown, unknown>, T, Untyped>;

/** Defines an orchestrator as a generator function: wait with `yield*` (typed) or `yield` (untyped). */
export function orchestrator<I, O>(
  name: string,
  handler: (context: OrchestrationContext, input: I) => Generator<unknown, O, Untyped>,
): OrchestratorDefinition<I, Awaited<O>>;
/** Defines an orchestrator as an async generator function, durabletask-js's own style: wait with `yield`. */
export function orchestrator<I, O>(
  name: string,
  handler: (context: OrchestrationContext, input: I) => AsyncGenerator<unknown, O, Untyped>,
): OrchestratorDefinition<I, Awaited<O>>;
/** Defines an orchestrator as an async function (wait with `await`) or as a plain function. */
export function orchestrator<I, O>(
  name: string,
  handler: (context: OrchestrationContext, input: I) => O,
): OrchestratorDefinition<I, Awaited<O>>;
export function orchestrator(name: string, handler: OrchestratorHandler): OrchestratorDefinition {
  checkName(name, "orchestrator");
  if (typeof handler !== "function") {
    throw new InvalidArgumentError(`The orchestrator "${name}" has no function.`, {
      hint: 'Write orchestrator("name", function* (ctx, input) { ... }).',
    });
  }
  return { kind: "orchestrator", name, handler };
}

/**
 * The name of an orchestrator that is to be started, by a client, an entity or a schedule.
 * @throws InvalidArgumentError when it was given no orchestrator, or the name is none.
 */
export function nameToSchedule(
  orchestrator: OrchestratorDefinition | string,
  method = "scheduleNewOrchestration",
): string {
  // A definition may be undefined at run time, as in a circular import.
  const definition = orchestrator as { readonly name?: unknown } | string | undefined | null;
  const name = typeof definition === "string" ? definition : definition?.name;
  if (typeof name !== "string") {
    throw new InvalidArgumentError(`${method}() was given no orchestrator.`, {
      hint: "Pass what orchestrator(name, fn) returned, or its name.",
    });
  }
  checkName(name, "orchestrator");
  return name;
}
