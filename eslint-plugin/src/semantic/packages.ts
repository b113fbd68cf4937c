/**
 * The packages whose orchestrators this plugin understands, and the words of their interfaces.
 *
 * Invariant: data only. Used by the recogniser and by the detectors of durable calls.
 */

/** Which way an orchestrator is written: whose context it gets. */
export type Flavour = "dacapo" | "durable-functions" | "durabletask";

/** Returns whose package a module specifier is, if it is one that runs orchestrators. */
export function flavourOf(module: string): Flavour | undefined {
  if (module === "dacapo") return "dacapo";
  if (module === "durable-functions" || module.startsWith("durable-functions/")) return "durable-functions";
  if (/^@microsoft\/(?:durabletask-js|azure-functions-durable)/u.test(module) || module === "@dapr/dapr") {
    return module.includes("azure-functions-durable") ? "durable-functions" : "durabletask";
  }
  return undefined;
}

/** Says whether a text can hold anything durable: the cheap answer that spares all others. */
export function mayBeDurable(text: string): boolean {
  return /dacapo|durable|dapr|orchestrat|\.df\b|callActivity/iu.test(text);
}

/** Types of an orchestrator's first parameter. */
export const CONTEXT_TYPES: ReadonlySet<string> = new Set([
  "OrchestrationContext",
  "IOrchestrationFunctionContext",
  "DurableOrchestrationContext",
  "DurableOrchestrationContextBase",
  "IOrchestratorFunctionContext",
  "WorkflowContext",
]);

/** Types of a whole orchestrator. */
export const HANDLER_TYPES: ReadonlySet<string> = new Set([
  "OrchestrationHandler",
  "OrchestratorHandler",
  "TOrchestrator",
  "ClassicOrchestrator",
  "TWorkflow",
  "Orchestrator",
]);

/** Methods of a context that give a durable task, to be awaited or yielded. */
export const TASK_METHODS: ReadonlySet<string> = new Set([
  "callActivity",
  "callActivityWithRetry",
  "callSubOrchestrator",
  "callSubOrchestratorWithRetry",
  "callChildWorkflow",
  "callHttp",
  "callEntity",
  "createTimer",
  "waitForExternalEvent",
  "lockEntities",
  "lock",
]);

/** Methods of a context that leave a mark in the history and give nothing to await. */
export const VOID_METHODS: ReadonlySet<string> = new Set([
  "continueAsNew",
  "sendEvent",
  "setCustomStatus",
  "signalEntity",
]);

/** Functions and members that make one task of many. */
export const COMBINATORS: ReadonlySet<string> = new Set(["all", "any", "whenAll", "whenAny"]);
