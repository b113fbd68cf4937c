/**
 * The smallest orchestrators of each library, around the lines that a case is about, as the peers' tests wrap theirs.
 *
 * Invariant: a frame brings no report of its own, whatever the rules, and its name for the context is the one its
 * library's documents use. Used by the lists of cases beside it.
 */
import { dedent } from "./ported-case.ts";

/** What stands before the orchestrator: imports and helpers. */
interface Around {
  readonly before?: string;
  readonly after?: string;
}

function framed(head: string, body: string, tail: string, around: Around): string {
  const inner = dedent(body)
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? line : `  ${line}`))
    .join("\n");
  const before = around.before === undefined ? "" : dedent(around.before);
  const after = around.after === undefined ? "" : dedent(around.after);
  return [before, head, "\n", inner, "\n", tail, "\n", after].join("");
}

/** Dacapo, generator style: the context is `ctx`, the input `input`. */
export function dacapoGenerator(body: string, around: Around = {}): string {
  const head = `import { orchestrator } from "dacapo";\n\nexport const flow = orchestrator("flow", function* (ctx, input) {`;
  return framed(head, body, "});", around);
}

/** Dacapo, async style. */
export function dacapoAsync(body: string, around: Around = {}): string {
  const head = `import { orchestrator } from "dacapo";\n\nexport const flow = orchestrator("flow", async (ctx, input) => {`;
  return framed(head, body, "});", around);
}

/** Durable Functions, programming model v4: the context is `context`, its durable half `context.df`. */
export function functionsV4(body: string, around: Around = {}): string {
  const head = `import * as df from "durable-functions";\n\ndf.app.orchestration("flow", function* (context) {`;
  return framed(head, body, "});", around);
}

/** Durable Functions, programming model v3. */
export function functionsV3(body: string, around: Around = {}): string {
  const head = `import * as df from "durable-functions";\n\nexport default df.orchestrator(function* (context) {`;
  return framed(head, body, "});", around);
}

/** durabletask-js: an async generator, registered by its own name. */
export function durableTask(body: string, around: Around = {}): string {
  const imports =
    'import { type OrchestrationContext, TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n\n' +
    "const flow = async function* (ctx: OrchestrationContext, input: unknown): any {";
  const tail = '};\n\nconst worker = new TaskHubGrpcWorker();\nworker.addNamedOrchestrator("flow", flow);';
  return framed(imports, body, tail, around);
}
