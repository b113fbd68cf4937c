/** The cases of durabletask-dotnet's analyzers about functions that are not found (DURABLE2003, 2004). */
import { portedTyped, type PortedCase } from "../ported-case.ts";

/** An orchestrator of Durable Functions with the lines of a case, beside one registered activity and one child. */
function withSayHello(body: string, more = ""): string {
  return (
    'import * as df from "durable-functions";\n\n' +
    'df.app.activity("sayHello", { handler: (name: string) => "Hello " + name });\n' +
    'df.app.orchestration("child", function* (context) {\n' +
    '  return yield context.df.callActivity("sayHello", "child");\n});\n' +
    more +
    'df.app.orchestration("flow", function* (context) {\n' +
    body +
    "\n});\n"
  );
}

/** The same with a worker of durabletask-js. */
function withWorker(body: string): string {
  return (
    'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\n\n' +
    "const worker = new TaskHubGrpcWorker();\n" +
    'worker.addNamedActivity("sayHello", (_ctx, city: string) => "Hello " + city);\n' +
    'worker.addNamedOrchestrator("child", async function* (ctx) {\n  yield ctx.createTimer(1);\n});\n' +
    'worker.addNamedOrchestrator("flow", async function* (ctx): any {\n' +
    body +
    "\n});\n"
  );
}

export const taskNameCases: readonly PortedCase[] = [
  portedTyped(
    "durabletask-dotnet FunctionNotFound: an activity's registered name is silent",
    withSayHello(`  yield context.df.callActivity("sayHello", "Tokyo");`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a misspelt activity is a report",
    withSayHello(`  yield context.df.callActivity("sayHallo", "Tokyo"); // want known-task-name`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: an activity that nobody registered is a report",
    withSayHello(`  yield context.df.callActivity("nonExistent", "Tokyo"); // want known-task-name`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: an activity registered on a worker is silent",
    withWorker(`  yield ctx.callActivity("sayHello", "Tokyo");`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a misspelt activity of a worker is a report",
    withWorker(`  yield ctx.callActivity("sayHallo", "Tokyo"); // want known-task-name`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a constant's name is known, and a report when it is wrong",
    withSayHello(
      `  yield context.df.callActivity(RIGHT, "Tokyo");\n  yield context.df.callActivity(WRONG, "Tokyo"); // want known-task-name`,
      'const RIGHT = "sayHello";\nconst WRONG = "wrongName";\n',
    ),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a variable's name is not known, and only the strict rule reports it",
    withSayHello(
      `  let name = "nonExistent";\n  if (context.df.getInput()) name = "other";\n  yield context.df.callActivity(name, "Tokyo"); // want literal-task-name`,
    ),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a sub-orchestration's registered name is silent",
    withSayHello(`  yield context.df.callSubOrchestrator("child", "input");`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a misspelt sub-orchestration is a report",
    withSayHello(`  yield context.df.callSubOrchestrator("child_wrong", "input"); // want known-task-name`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: an activity's name is no sub-orchestration's",
    withSayHello(`  yield context.df.callSubOrchestrator("sayHello", "input"); // want known-task-name`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a sub-orchestration registered on a worker is silent",
    withWorker(`  yield ctx.callSubOrchestrator("child", "input");`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: a misspelt sub-orchestration of a worker is a report",
    withWorker(`  yield ctx.callSubOrchestrator("child_wrong", "input"); // want known-task-name`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: an orchestrator may call itself",
    withSayHello(`  yield context.df.callSubOrchestrator("flow", "input");`),
  ),
  portedTyped(
    "durabletask-dotnet FunctionNotFound: several unknown names are several reports",
    withSayHello(
      `  yield context.df.callActivity("sayHello", "input");
  yield context.df.callActivity("missingActivity", "input"); // want known-task-name
  yield context.df.callSubOrchestrator("child", "input");
  yield context.df.callSubOrchestrator("missingChild", "input"); // want known-task-name`,
    ),
  ),
  portedTyped("durabletask-dotnet FunctionNotFound: an activity of another file is silent", {
    "main.ts": `
      import { orchestrator } from "dacapo";

      export const flow = orchestrator("flow", function* (ctx) {
        yield* ctx.callActivity("sayHello", "Tokyo");
      });
    `,
    "activities.ts": `
      import { activity } from "dacapo";

      export const sayHello = activity("sayHello", async (_ctx, name: string) => "Hello " + name);
    `,
  }),
  portedTyped("durabletask-dotnet FunctionNotFound: a sub-orchestration of another file is silent", {
    "main.ts": withSayHello(`  yield context.df.callSubOrchestrator("grandchild", "input");`),
    "grandchild.ts": `
      import * as df from "durable-functions";

      df.app.orchestration("grandchild", function* (context) {
        return yield context.df.callActivity("sayHello", "grandchild");
      });
    `,
  }),
  portedTyped("durabletask-dotnet FunctionNotFound: a definition of another file is silent", {
    "main.ts": `
      import { orchestrator } from "dacapo";
      import { sayHello } from "./activities.ts";

      export const flow = orchestrator("flow", function* (ctx) {
        yield* ctx.callActivity(sayHello, "Tokyo");
      });
    `,
    "activities.ts": `
      import { activity } from "dacapo";

      export const sayHello = activity("sayHello", async (_ctx, name: string) => "Hello " + name);
    `,
  }),
];
