/** The cases of the Durable Functions extension's analyzers about the outside world (DF0105, DF0106, DF0111 to DF0113). */
import { functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

/** A client that is made in the orchestrator, and one that is used there: the import, the making, the use. */
const CLIENTS: Readonly<Record<string, readonly [before: string, make: string, use: string]>> = {
  requests: [`import axios from "axios";`, `axios.create()`, `get("https://a.invalid")`],
  "a relational database": [`import { Client } from "pg";`, `new Client()`, `query("select 1")`],
  blobs: [
    `import { BlobServiceClient } from "@azure/storage-blob";`,
    `new BlobServiceClient("https://a.invalid")`,
    `getProperties()`,
  ],
  queues: [
    `import { QueueServiceClient } from "@azure/storage-queue";`,
    `new QueueServiceClient("https://a.invalid")`,
    `getProperties()`,
  ],
  tables: [
    `import { TableServiceClient } from "@azure/data-tables";`,
    `new TableServiceClient("https://a.invalid")`,
    `listTables()`,
  ],
  documents: [
    `import { CosmosClient } from "@azure/cosmos";`,
    `new CosmosClient("AccountEndpoint=https://a.invalid")`,
    `getDatabaseAccount()`,
  ],
  messages: [
    `import { ServiceBusClient } from "@azure/service-bus";`,
    `new ServiceBusClient("Endpoint=sb://a.invalid")`,
    `createSender("q").sendMessages({ body: 1 })`,
  ],
};

const clients = Object.entries(CLIENTS).flatMap(([what, [before, make, use]]) => [
  ported(
    `Durable Functions IO: a client of ${what}, made in an orchestrator, is a report`,
    functionsV3(`const client = ${make}; // want no-io\nreturn typeof client;`, { before }),
  ),
  ported(
    `Durable Functions IO: a client of ${what}, made for the module and used in an orchestrator, is a report`,
    functionsV4(`const answer = client.${use}; // want no-io\nreturn typeof answer;`, {
      before,
      after: `const client = ${make};`,
    }),
  ),
]);

const requests: readonly PortedCase[] = [
  ported(
    "Durable Functions IO: the platform's requests and sockets are reports",
    functionsV3(`
      const socket = new WebSocket("wss://a.invalid"); // want no-io
      const answer = fetch("https://a.invalid"); // want no-io
      return typeof socket + typeof answer;
    `),
  ),
  ported(
    "Durable Functions IO: clients outside orchestrators are silent",
    functionsV3(`return "done";`, {
      before: `import axios from "axios";\nimport { Client } from "pg";`,
      after: `
        export async function start() {
          const client = new Client();
          await client.connect();
          return axios.get(new URL("https://a.invalid").href);
        }
      `,
    }),
  ),
  ported(
    "Durable Functions IO: an address is no request",
    functionsV4(`return new URL("https://a.invalid").hostname;`),
  ),
  ported(
    "Durable Functions IO: a parameter that is only named like a client is silent",
    functionsV4(`return describe({ httpClient: "a" });`, {
      after: `function describe({ httpClient }) { return httpClient.length; }`,
    }),
  ),
];

const environment: readonly PortedCase[] = [
  ...["process.env.test", 'process.env["test"]', "globalThis.process.env.test"].map((read) =>
    ported(
      `Durable Functions Environment: ${read} in an orchestrator is a report`,
      functionsV3(`return ${read}; // want no-environment`),
    ),
  ),
  ported(
    "Durable Functions Environment: all variables at once are a report",
    functionsV4(`return Object.entries(process.env).length; // want no-environment`),
  ),
  ported(
    "Durable Functions Environment: a file of variables, loaded in an orchestrator, is a report",
    functionsV4(`config(); // want no-environment`, { before: `import { config } from "dotenv";` }),
  ),
  ported(
    "Durable Functions Environment: variables outside orchestrators are silent",
    functionsV4(`return "done";`, {
      after: `export const read = () => Object.keys(process.env).concat(process.env.test ?? "");`,
    }),
  ),
  ported(
    "Durable Functions Environment: a constant that the module took from a variable is a report where it is read",
    functionsV3(`return REGION; // want no-environment`, { after: `const REGION = process.env.REGION;` }),
  ),
];

const bindings: readonly PortedCase[] = [
  portedTyped(
    "Durable Functions CancellationToken: a signal among the orchestrator's parameters is a report",
    `
      import * as df from "durable-functions";

      df.app.orchestration("flow", function* (context, signal: AbortSignal) { // want no-cancellation-token
        return yield context.df.callActivity("work", signal.aborted);
      });
    `,
  ),
  ported(
    "Durable Functions CancellationToken: an orchestrator with its context alone is silent",
    functionsV4(`return yield context.df.callActivity("work");`),
  ),
  ported(
    "Durable Functions Binding: a durable client in the orchestrator is a report",
    functionsV3(`
      const client = df.getClient(context); // want no-client-in-orchestrator
      return typeof client;
    `),
  ),
  ported(
    "Durable Functions Binding: a durable client that a helper makes is a report at the helper's call",
    functionsV4(`return typeof open(context); // want no-client-in-orchestrator`, {
      after: `function open(invocation) { return df.getClient(invocation); }`,
    }),
  ),
  ported(
    "Durable Functions Client: a starter with a durable client is silent (v4)",
    `
      import { app } from "@azure/functions";
      import * as df from "durable-functions";

      app.timer("nightly", {
        schedule: "0 0 0 * * *",
        extraInputs: [df.input.durableClient()],
        handler: async (_timer, context) => {
          const id = await df.getClient(context).startNew("flow", { input: new Date().toISOString() });
          context.log("started", id);
        },
      });
    `,
  ),
  ported(
    "Durable Functions Client: a starter with a durable client is silent (v3)",
    `
      import * as df from "durable-functions";

      export default async function (context, request) {
        const client = df.getClient(context);
        const id = await client.startNew(request.params.name, undefined, { at: Date.now() });
        context.log("started", id);
        return client.createCheckStatusResponse(request, id);
      }
    `,
  ),
  ported(
    "Durable Functions EntityTrigger: an entity may read the clock and the environment",
    `
      import * as df from "durable-functions";

      export default df.entity(function (context) {
        const state = context.df.getState(() => 0);
        context.log("at", Date.now(), process.env.REGION);
        context.df.setState(state + 1);
      });
    `,
  ),
];

const injected: readonly PortedCase[] = [
  ported(
    "Durable Functions DI: an orchestrator with its own variables is silent",
    functionsV3(`
      const own = "test";
      return own;
    `),
  ),
  portedTyped(
    "Durable Functions DI: each use of what a class was given is a report of the strict rule",
    `
      import * as df from "durable-functions";

      class HelloSequence {
        constructor(private readonly injected: string) {}
        readonly run = df.orchestrator(
          function* (this: HelloSequence) {
            const first = this.injected; // want no-injected-dependency
            const second = this.injected.length; // want no-injected-dependency
            return first + String(second);
          },
        );
      }
      export const flow = new HelloSequence("test").run;
    `,
  ),
];

export const outsideCases: readonly PortedCase[] = [...clients, ...requests, ...environment, ...bindings, ...injected];
