/** The cases of orchestratorvet about the outside world (`externalio`). */
import { dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

export const inputOutputCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet externalio: each operation on the file system is a report",
    dacapoGenerator(
      `
      const data = readFileSync("config.json", "utf8"); // want no-io
      writeFileSync("out.json", data); // want no-io
      mkdirSync("cache", { recursive: true }); // want no-io
      rmSync("out.json"); // want no-io
      return existsSync("out.json"); // want no-io
    `,
      { before: `import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";` },
    ),
  ),
  ported(
    "orchestratorvet externalio: the module's name without its scheme is the same module",
    functionsV3(`return fs.readFileSync("config.json", "utf8"); // want no-io`, {
      before: `import * as fs from "fs";`,
    }),
  ),
  ported(
    "orchestratorvet externalio: a required module is the same module",
    `
      const df = require("durable-functions");
      const fs = require("fs");

      module.exports = df.orchestrator(function* (context) {
        yield context.df.callActivity("prepare");
        return fs.readFileSync("config.json", "utf8"); // want no-io
      });
    `,
  ),
  ported(
    "orchestratorvet externalio: each use of the environment is a report, also a write",
    dacapoGenerator(`
      const region = process.env.REGION; // want no-environment
      if (process.env["TIER"] === undefined) // want no-environment
        process.env.TIER = "gold"; // want no-environment
      const names = Object.keys(process.env); // want no-environment
      return region + String(names.length);
    `),
  ),
  ported(
    "orchestratorvet externalio: requests of the platform and of packages are reports",
    functionsV4(
      `
      const first = fetch("https://example.invalid"); // want no-io
      const second = http.get("http://example.invalid"); // want no-io
      const third = axios.get("https://example.invalid"); // want no-io
      return [first, second, third].length;
    `,
      { before: `import axios from "axios";\nimport http from "node:http";` },
    ),
  ),
  ported(
    "orchestratorvet externalio: sockets and name resolution are reports",
    durableTask(
      `
      const socket = connect(80, "example.invalid"); // want no-io
      lookup("example.invalid", () => undefined); // want no-io
      const server = createServer(); // want no-io
      return typeof socket + typeof server;
    `,
      { before: `import { lookup } from "node:dns";\nimport { connect, createServer } from "node:net";` },
    ),
  ),
  ported(
    "orchestratorvet externalio: the values that describe a request are silent",
    dacapoGenerator(`
      const url = new URL("https://example.invalid/path");
      url.searchParams.set("page", "2");
      const headers = new Headers({ accept: "text/plain" });
      return yield* ctx.callActivity("fetchPage", { url: url.href, accept: headers.get("accept") });
    `),
  ),
  ported(
    "orchestratorvet externalio: processes are reports, and so is the process's number",
    dacapoGenerator(
      `
      const output = execFileSync("echo", ["hello"]); // want no-io
      const child = spawn("echo"); // want no-io
      const pid = process.pid; // want no-host-info
      return String(output) + String(pid) + typeof child;
    `,
      { before: `import { execFileSync, spawn } from "node:child_process";` },
    ),
  ),
  ported(
    "orchestratorvet externalio: what the host is called and where it works are reports",
    functionsV4(
      `
      const host = hostname(); // want no-host-info
      const where = process.cwd(); // want no-host-info
      const temporary = tmpdir(); // want no-host-info
      return host + where + temporary;
    `,
      { before: `import { hostname, tmpdir } from "node:os";` },
    ),
  ),
  ported(
    "orchestratorvet externalio: outside work through activities is silent",
    dacapoGenerator(`
      const config = yield* ctx.callActivity("readConfig");
      return yield* ctx.callActivity("callService", config);
    `),
  ),
  ported(
    "orchestratorvet externalio: what the activity itself does is silent",
    `
      import { activity, orchestrator } from "dacapo";
      import { readFileSync } from "node:fs";

      const readConfig = activity("readConfig", async () => {
        const response = await fetch(process.env.URL ?? "");
        return readFileSync("config.json", "utf8") + (await response.text()) + Date.now();
      });
      export const flow = orchestrator("flow", function* (ctx) {
        return yield* ctx.callActivity(readConfig);
      });
    `,
  ),
  portedTyped("orchestratorvet externalio: a configuration loaded by helpers of other files is reported at the call", {
    "main.ts": dacapoGenerator(`return loadConfig().url; // want no-environment no-io`, {
      before: `import { loadConfig } from "./config.ts";`,
    }),
    "config.ts": `
      import { readFileSync } from "node:fs";
      import { mode } from "./mode.ts";
      export function loadConfig(): { url: string } {
        return JSON.parse(readFileSync("config." + mode() + ".json", "utf8"));
      }
    `,
    "mode.ts": `export const mode = () => process.env.NODE_ENV ?? "test";`,
  }),
];
