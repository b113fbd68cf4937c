/** The cases of durabletask-dotnet's analyzers about clients of services, the environment and bindings (0005 to 0008). */
import { dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

/** A client of a service that is made inside the orchestrator: the import, and the expression. */
const CLIENTS: Readonly<Record<string, readonly [string, string]>> = {
  "a blob service": [
    `import { BlobServiceClient } from "@azure/storage-blob";`,
    `new BlobServiceClient("https://a.invalid")`,
  ],
  "a blob container": [
    `import { ContainerClient } from "@azure/storage-blob";`,
    `new ContainerClient("https://a.invalid/c")`,
  ],
  "a blob": [`import { BlobClient } from "@azure/storage-blob";`, `new BlobClient("https://a.invalid/c/b")`],
  "a queue service": [
    `import { QueueServiceClient } from "@azure/storage-queue";`,
    `new QueueServiceClient("https://a.invalid")`,
  ],
  "a queue": [`import { QueueClient } from "@azure/storage-queue";`, `new QueueClient("https://a.invalid/q")`],
  "a table service": [
    `import { TableServiceClient } from "@azure/data-tables";`,
    `new TableServiceClient("https://a.invalid")`,
  ],
  "a table": [`import { TableClient } from "@azure/data-tables";`, `new TableClient("https://a.invalid", "t")`],
  "a document database": [
    `import { CosmosClient } from "@azure/cosmos";`,
    `new CosmosClient("AccountEndpoint=https://a.invalid")`,
  ],
  "a relational database": [`import { Client } from "pg";`, `new Client("postgres://a.invalid")`],
  "a cache": [`import Redis from "ioredis";`, `new Redis("redis://a.invalid")`],
};

const clients = Object.entries(CLIENTS).map(([what, [before, make]]) =>
  ported(
    `durabletask-dotnet IO: making a client of ${what} is a report`,
    functionsV4(`const client = ${make}; // want no-io\nreturn typeof client;`, { before }),
  ),
);

const uses: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet IO: a client made for the module and used in an orchestrator is a report at its use",
    dacapoGenerator(
      `
      const rows = pool.query("select 1"); // want no-io
      return typeof rows;
    `,
      { before: `import { Pool } from "pg";`, after: `const pool = new Pool();` },
    ),
  ),
  ported(
    "durabletask-dotnet IO: a client made for the module and used in an activity is silent",
    `
      import { activity, orchestrator } from "dacapo";
      import { Pool } from "pg";

      const pool = new Pool();
      const count = activity("count", async () => (await pool.query("select 1")).rowCount);
      export const flow = orchestrator("flow", function* (ctx) {
        return yield* ctx.callActivity(count);
      });
    `,
  ),
  portedTyped("durabletask-dotnet IO: a repository two files away is reported at the call", {
    "main.ts": functionsV4(
      `
      const user = loadUser("1"); // want no-io
      return typeof user;
    `,
      { before: `import { loadUser } from "./users.ts";` },
    ),
    "users.ts": `
      import { find } from "./database.ts";
      export const loadUser = (id: string) => find("users", id);
    `,
    "database.ts": `
      import { readFileSync } from "node:fs";
      export const find = (table: string, id: string) => readFileSync(table + "/" + id, "utf8");
    `,
  }),
  ported(
    "durabletask-dotnet IO: a durable request is silent",
    functionsV3(`
      const response = yield context.df.callHttp("GET", "https://example.invalid");
      return response.statusCode;
    `),
  ),
  ported(
    "durabletask-dotnet IO: a type of a client is silent",
    durableTask(
      `
      const names: (keyof BlobServiceClient)[] = [];
      return names.length;
    `,
      { before: `import type { BlobServiceClient } from "@azure/storage-blob";` },
    ),
  ),
];

const environment: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet Environment: reading a variable is a report",
    functionsV4(`return process.env.REGION; // want no-environment`),
  ),
  ported(
    "durabletask-dotnet Environment: reading all variables is a report",
    durableTask(`return Object.keys(process.env).length; // want no-environment`),
  ),
  ported(
    "durabletask-dotnet Environment: taking variables apart is one report",
    dacapoGenerator(`
      const { REGION, TIER } = process.env; // want no-environment
      return REGION + TIER;
    `),
  ),
  ported(
    "durabletask-dotnet Environment: the process imported as a module is the same process",
    dacapoGenerator(`return env.REGION + process.env.TIER; // want no-environment no-environment`, {
      before: `import process, { env } from "node:process";`,
    }),
  ),
  ported(
    "durabletask-dotnet Environment: a helper that reads a variable is reported at its call",
    functionsV3(`return region("REGION"); // want no-environment`, {
      after: `function region(name) { return process.env[name]; }`,
    }),
  ),
  ported(
    "durabletask-dotnet Environment: the input carries the setting, silent",
    functionsV3(`return context.df.getInput().region;`),
  ),
];

const bindings: readonly PortedCase[] = [
  ported(
    "durabletask-dotnet OtherBindings: a durable client in an orchestrator is a report (v4)",
    functionsV4(`
      const client = df.getClient(context); // want no-client-in-orchestrator
      return typeof client;
    `),
  ),
  ported(
    "durabletask-dotnet OtherBindings: a durable client in a starter is silent (v3)",
    `
      const df = require("durable-functions");

      module.exports = async function (context, request) {
        const client = df.getClient(context);
        const id = await client.startNew("flow", undefined, request.body);
        return client.createCheckStatusResponse(context.bindingData.req, id);
      };
    `,
  ),
  ported(
    "durabletask-dotnet OtherBindings: a client made for the module and used in an orchestrator is a report",
    durableTask(
      `
      const id = client.scheduleNewOrchestration("other"); // want no-client-in-orchestrator
      return typeof id;
    `,
      {
        before: `import { TaskHubGrpcClient } from "@microsoft/durabletask-js";`,
        after: `const client = new TaskHubGrpcClient();`,
      },
    ),
  ),
  ported(
    "durabletask-dotnet OtherBindings: another input of the invocation is a report (v4)",
    functionsV4(`
      const extra = context.extraInputs.get("blob"); // want no-invocation-context
      return typeof extra;
    `),
  ),
  ported(
    "durabletask-dotnet OtherBindings: another binding of the invocation is a report (v3)",
    functionsV3(`return context.bindings.settings; // want no-invocation-context`),
  ),
  ported(
    "durabletask-dotnet OtherBindings: the orchestrator's own binding is silent",
    functionsV3(`
      const input = context.df.getInput();
      return yield context.df.callActivity("work", input);
    `),
  ),
  portedTyped(
    "durabletask-dotnet CancellationToken: a signal among an orchestrator's parameters is a report",
    `
      import type { OrchestrationContext } from "durable-functions";

      export function* flow(context: OrchestrationContext, signal: AbortSignal) { // want no-cancellation-token
        yield context.df.callActivity("work", signal.aborted);
      }
    `,
  ),
  portedTyped(
    "durabletask-dotnet CancellationToken: a signal among an activity's helpers is silent",
    `
      import { activity } from "dacapo";

      const load = (url: string, signal: AbortSignal) => fetch(url, { signal });
      export const work = activity("work", async (ctx, url: string) => (await load(url, ctx.signal)).text());
    `,
  ),
];

export const outsideCases: readonly PortedCase[] = [...clients, ...uses, ...environment, ...bindings];
