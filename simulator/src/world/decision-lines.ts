/**
 * Orchestrators whose decisions are noted with the line of code that made them, so that a failure can name it.
 *
 * Invariant: an orchestrator does the same with it as without: it has the same shape, its context does what the real
 * one does, and a run makes the same choices. Used only when notes are taken.
 */
import type { Definition, OrchestrationContext } from "dacapo";
import { callerOf } from "../report/code-location.ts";
import type { Actor } from "./actor.ts";
import type { World } from "./world.ts";

type OrchestratorDefinition = Extract<Definition, { readonly kind: "orchestrator" }>;
type Handler = OrchestratorDefinition["handler"];
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods of the context that decide nothing durable that anybody could wait for. */
const SILENT: ReadonlySet<string> = new Set(["setCustomStatus", "newGuid", "random"]);

/** The definition, with each decision noted. */
export function withDecisionLines(
  world: World,
  actor: Actor,
  definition: OrchestratorDefinition,
): OrchestratorDefinition {
  if (world.notes === undefined) return definition;
  return { ...definition, handler: noting(world, actor, definition.handler) };
}

function noting(world: World, actor: Actor, handler: Handler): Handler {
  // The engine drives generators in a way of their own, and knows them by their kind.
  if (Object.prototype.toString.call(handler) === "[object GeneratorFunction]") {
    return function* (context: OrchestrationContext, input: never) {
      const generator = handler(noted(world, actor, context), input) as Generator<unknown, unknown, unknown>;
      return yield* generator;
    };
  }
  return (context, input) => handler(noted(world, actor, context), input);
}

/** The context, with each call noted that decides something. */
function noted(world: World, actor: Actor, context: OrchestrationContext): OrchestrationContext {
  const methods = new Map<string, Method>();
  let activityCalls = 0;
  const wrap = (name: string, method: Method): Method => {
    const wrapped: Method = function (this: unknown, ...args) {
      // Taken from the context it fails, as the real method does.
      const result = method.apply(this === proxy ? context : this, args);
      if (name === "callActivity") activityCalls += 1;
      if (!context.isReplaying && actor.isAlive && !SILENT.has(name)) {
        const at = callerOf(wrapped);
        const { instanceId, executionId } = context;
        const call = name === "callActivity" ? { activityCall: activityCalls } : {};
        if (at !== undefined) world.note(() => ({ type: "line", instanceId, executionId, method: name, ...call, at }));
      }
      return result;
    };
    return wrapped;
  };
  const proxy: OrchestrationContext = new Proxy(context, {
    get(target, key): unknown {
      // The getters and methods of the real context read its private fields.
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || typeof key === "symbol" || key === "constructor") return value;
      let method = methods.get(key);
      if (method === undefined) methods.set(key, (method = wrap(key, value as Method)));
      return method;
    },
  });
  return proxy;
}
