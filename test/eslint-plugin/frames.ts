/**
 * The smallest orchestrator of each library around a body, for the tests of rules.
 *
 * Invariant: the body begins on line 3, at column 1; what stands after the orchestrator begins on the line after `});`.
 */

/** Dacapo in generator style, with the context `ctx` and an input. */
export const generator = (body: string, after = "", imports = "orchestrator") =>
  `import { ${imports} } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${body}\n});\n${after}`;

/** Dacapo in async style. */
export const asyncStyle = (body: string, after = "", imports = "orchestrator") =>
  `import { ${imports} } from "dacapo";\norchestrator("o", async (ctx, input) => {\n${body}\n});\n${after}`;

/** Dacapo, an async generator. */
export const asyncGenerator = (body: string, after = "") =>
  `import { orchestrator } from "dacapo";\norchestrator("o", async function* (ctx, input) {\n${body}\n});\n${after}`;

/** Durable Functions, programming model v4. */
export const functionsV4 = (body: string, after = "") =>
  `import * as df from "durable-functions";\ndf.app.orchestration("o", function* (context) {\n${body}\n});\n${after}`;

/** Durable Functions, programming model v3, in CommonJS. */
export const functionsV3 = (body: string, after = "") =>
  `const df = require("durable-functions");\nmodule.exports = df.orchestrator(function* (context) {\n${body}\n});\n${after}`;

/** durabletask-js: an async generator. */
export const durableTask = (body: string, after = "", imports = "TaskHubGrpcWorker") =>
  `import { ${imports} } from "@microsoft/durabletask-js";\nnew TaskHubGrpcWorker().addNamedOrchestrator("o", async function* (ctx, input) {\n${body}\n});\n${after}`;
