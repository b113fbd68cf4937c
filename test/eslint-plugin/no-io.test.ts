/** What `dacapo/no-io` takes for input and output. */
import { noIo } from "../../eslint-plugin/src/rules/no-io.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const does = (api: string, line: number, column: number, what = ""): Expected => ({
  message: `${what}${api} does I/O, which happens again on each replay, and may give another answer. Move it to an activity.`,
  line,
  column,
});

/** The table's own advice for requests. */
const advised = (api: string, line: number, column: number): Expected => ({
  message: `${api} does I/O, which happens again on each replay, and may give another answer. Call it from an activity.`,
  line,
  column,
});

testRule("no-io", noIo, {
  valid: [
    { name: "an activity that is called", code: generator('return yield* ctx.callActivity("fetch", input);') },
    { name: "a durable request", code: functionsV3('return yield context.df.callHttp("GET", "https://a");') },
    {
      name: "a durable request of Dacapo",
      code: generator('return yield* ctx.callHttp({ method: "GET", url: "https://a", retry: () => true });'),
    },
    { name: "a durable request that is awaited", code: asyncStyle("return (await ctx.callHttp(input)).content;") },
    {
      name: "an activity's own requests",
      code: 'import { activity } from "dacapo";\nactivity("a", () => fetch("https://a"));',
    },
    {
      name: "a client of the module that nobody uses here",
      code: `import pg from "pg";\nconst pool = new pg.Pool();\n${generator("return typeof pool;")}`,
    },
    {
      name: "paths and addresses",
      code: `import path from "node:path";\n${generator('return [path.join("a", input), new URL("https://a").host];')}`,
    },
    { name: "reading a text as data", code: generator("return JSON.parse(input).fetch();") },
    { name: "a fetch of its own", code: generator("const fetch = (x) => x; return fetch(input);") },
    { name: "a reference", code: generator("return typeof fetch;") },
    {
      name: "a callback that is handed to code from elsewhere",
      code: `import { later } from "elsewhere";\n${generator("later(() => fetch(input));")}`,
    },
    {
      name: "errors of a client",
      code: `import axios from "axios";\n${generator("return axios.isAxiosError(input);")}`,
    },
    { name: "a parser of a database's dialect", code: generator("return input.query('select 1');") },
  ],
  invalid: [
    { name: "fetch", code: asyncStyle("return fetch(input);"), output: null, errors: [does("fetch()", 3, 8)] },
    {
      name: "files",
      code: `import { readFileSync } from "node:fs";\nimport fs from "fs/promises";\n${asyncStyle("return [readFileSync(input), await fs.readFile(input)];")}`,
      output: null,
      errors: [does("fs.readFileSync()", 5, 9), does("fs.readFile()", 5, 36)],
    },
    {
      name: "processes",
      code: `const { execSync } = require("child_process");\n${functionsV3('execSync("ls"); process.exit(1);')}`,
      output: null,
      errors: [does("child_process.execSync()", 4, 1), does("process.exit()", 4, 17)],
    },
    {
      name: "packages of requests",
      code: `import axios from "axios";\n${durableTask("await axios.get(input); await axios({ url: input });")}`,
      output: null,
      errors: [advised("axios.get()", 4, 7), advised("axios()", 4, 31)],
    },
    {
      name: "a database, by a client of the module",
      code: `import { Pool } from "pg";\nconst pool = new Pool();\n${asyncStyle('return pool.query("select 1");')}`,
      output: null,
      errors: [does("pg.Pool.query()", 5, 8)],
    },
    {
      name: "a client that is handed to a helper",
      code: `import { Pool } from "pg";\nconst pool = new Pool();\n${asyncStyle("return rows(pool);", 'const rows = (db) => db.query("select 1");')}`,
      output: null,
      errors: [does("pg.Pool.query()", 5, 8, "Calls rows() -> pg.Pool.query() (input.ts:7). ")],
    },
    {
      name: "a queue of the cloud",
      code: `const { QueueClient } = require("@azure/storage-queue");\n${functionsV4('const queue = new QueueClient("a", "b");\nyield queue.sendMessage("x");')}`,
      output: null,
      errors: [does("new storage-queue.QueueClient()", 4, 15), does("storage-queue.QueueClient.sendMessage()", 5, 7)],
    },
    {
      name: "each helper that does it, once a call",
      code: asyncStyle(
        "await load(1); await load(2);",
        "async function load(n) { await fetch(n); await fetch(n + 1); }",
      ),
      output: null,
      errors: [7, 22].map((column) => does("fetch()", 3, column, "Calls load() -> fetch() (input.ts:5) (+1 more). ")),
    },
    {
      name: "a callback of an array's method",
      code: generator("return input.map((x) => fetch(x));"),
      output: null,
      errors: [does("fetch()", 3, 25)],
    },
  ],
});

testRuleOnTypeScript("no-io", noIo, {
  valid: [],
  invalid: [
    {
      name: "a parameter that is a client by its type",
      code: 'import { orchestrator, type OrchestrationContext } from "dacapo";\nimport type { CosmosClient } from "@azure/cosmos";\nconst read = (c: CosmosClient) => c.getDatabaseAccount();\norchestrator("o", async (ctx: OrchestrationContext, c: CosmosClient) => read(c));',
      output: null,
      errors: [
        does(
          "cosmos.CosmosClient.getDatabaseAccount()",
          4,
          73,
          "Calls read() -> cosmos.CosmosClient.getDatabaseAccount() (input.ts:3). ",
        ),
      ],
    },
  ],
});

testRuleWithTypes("no-io", noIo, {
  valid: [
    {
      name: "a file that only looks like one of node's",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { readFile } from "./fs.ts";\norchestrator("o", async () => readFile("a"));',
        "fs.ts": "export const readFile = (name: string): string => name;",
      },
    },
  ],
  invalid: [
    {
      name: "a method of a class in another file",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { Store } from "./store.ts";\norchestrator("o", async () => new Store().load("a"));',
        "store.ts":
          'import { readFileSync } from "node:fs";\nexport class Store {\n  load(name: string): string { return readFileSync(name, "utf8"); }\n}',
      },
      errors: [does("fs.readFileSync()", 3, 31, "Calls load() -> fs.readFileSync() (virtual/store.ts:3). ")],
    },
  ],
});
