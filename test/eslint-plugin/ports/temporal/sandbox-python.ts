/** The snippets that Temporal's Python sandbox forbids and allows: calling is forbidden, mentioning is not. */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const forbidden: readonly PortedCase[] = [
  ported(
    "sandbox Python: the working folder is a report",
    dacapoGenerator(`return process.cwd(); // want no-host-info`),
  ),
  ported(
    "sandbox Python: the working folder through an import is a report",
    functionsV4(`return cwd(); // want no-host-info`, { before: `import { cwd } from "node:process";` }),
  ),
  ported(
    "sandbox Python: searching files is a report",
    dacapoGenerator(`return globSync("whatever").length; // want no-io`, {
      before: `import { globSync } from "glob";`,
    }),
  ),
  ported(
    "sandbox Python: what the host is, read as a value, is a report",
    durableTask(
      `
      const line = EOL; // want no-host-info
      return process.platform + line; // want no-host-info
    `,
      { before: `import { EOL } from "node:os";` },
    ),
  ),
  ported(
    "sandbox Python: opening a file is a report",
    functionsV3(`return openSync("somefile", "r"); // want no-io`, { before: `import { openSync } from "node:fs";` }),
  ),
  ported(
    "sandbox Python: today is a report",
    dacapoGenerator(`return new Date().toISOString().slice(0, 10); // want no-wall-clock`),
  ),
  ported(
    "sandbox Python: a variable of the environment by a computed name is a report",
    functionsV4(`return process.env[context.df.instanceId]; // want no-environment`),
  ),
  ported(
    "sandbox Python: a path made absolute depends on the working folder, and is a report",
    dacapoGenerator(`return resolve("foo"); // want no-host-info`, { before: `import { resolve } from "node:path";` }),
  ),
  ported(
    "sandbox Python: a random choice is a report",
    durableTask(`return ["foo", "bar"][Math.floor(Math.random() * 2)]; // want no-random`),
  ),
  ported(
    "sandbox Python: a secret is a report",
    dacapoAsync(`return randomBytes(8).toString("hex"); // want no-random`, {
      before: `import { randomBytes } from "node:crypto";`,
    }),
  ),
  ported(
    "sandbox Python: the thread's number is a report",
    dacapoGenerator(`return threadId; // want no-host-info`, {
      before: `import { threadId } from "node:worker_threads";`,
    }),
  ),
  ported(
    "sandbox Python: a pool of processes is a report",
    dacapoGenerator(`return typeof cluster.fork(); // want no-io`, { before: `import cluster from "node:cluster";` }),
  ),
  ported(
    "sandbox Python: a request of a package is a report",
    dacapoGenerator(`return typeof got("https://example.invalid"); // want no-io`, {
      before: `import got from "got";`,
    }),
  ),
  ported(
    "sandbox Python: a raw connection is a report",
    functionsV3(`return typeof https.request("https://example.invalid"); // want no-io`, {
      before: `import * as https from "node:https";`,
    }),
  ),
  ported(
    "sandbox Python: taking whichever native promise comes first is a report",
    dacapoAsync(`
      const one = ctx.callActivity("one");
      const two = ctx.callActivity("two");
      return await Promise.race([one, two]); // want no-native-promise
    `),
  ),
  ported(
    "sandbox Python: the stack is the host's, and taking it as a value is a report",
    dacapoGenerator(`return new Error("here").stack; // want no-host-info`),
  ),
];

const allowed: readonly PortedCase[] = [
  ported(
    "sandbox Python: mentioning a forbidden function is silent",
    dacapoGenerator(`return typeof process.cwd + typeof Date.now + typeof Math.random;`),
  ),
  ported(
    "sandbox Python: mentioning a forbidden import is silent",
    functionsV4(
      `
      const readers = [readFileSync];
      return readers.length;
    `,
      { before: `import { readFileSync } from "node:fs";` },
    ),
  ),
  ported(
    "sandbox Python: passing a forbidden function on, uncalled, is silent",
    dacapoGenerator(`return describe(randomUUID);`, {
      before: `import { randomUUID } from "node:crypto";`,
      after: `const describe = (fn) => fn.name;`,
    }),
  ),
  ported(
    "sandbox Python: a date of given parts is silent",
    dacapoGenerator(`return new Date(Date.UTC(2001, 0, 1)).toISOString();`),
  ),
  ported(
    "sandbox Python: an identifier made from a name is silent",
    durableTask(`return v5("example.com", v5.DNS);`, { before: `import { v5 } from "uuid";` }),
  ),
  ported(
    "sandbox Python: importing a forbidden class is silent",
    dacapoGenerator(`return ctx.instanceId;`, {
      before: `import { Worker } from "node:worker_threads";`,
      after: `export const start = () => new Worker("./job.js");`,
    }),
  ),
  ported(
    "sandbox Python: arithmetic on dates is silent",
    dacapoGenerator(`return (Date.UTC(2010, 0, 20) - Date.UTC(2010, 0, 1)) / 86400000;`),
  ),
  ported(
    "sandbox Python: joining paths is silent",
    functionsV3(`return join("folder", basename("a/b.txt"));`, {
      before: `import { basename, join } from "node:path";`,
    }),
  ),
  ported(
    "sandbox Python: what runs when the module loads is silent",
    dacapoGenerator(`return ctx.instanceId;`, {
      after: `export const loadedAt = Date.now();\nconsole.log("loaded", process.env.HOME);`,
    }),
  ),
];

/** State that outlives an instance, as the sandbox isolates it. */
const globalState: readonly PortedCase[] = [
  ported(
    "sandbox Python: writing into a list of the module is a report",
    dacapoGenerator(`state.push("started"); // want no-module-state`, { after: `const state = ["original"];` }),
  ),
  ported(
    "sandbox Python: reading a list of the module that others fill is a report",
    dacapoGenerator(`return state.length; // want no-module-state`, {
      after: `
        const state = ["original"];
        export const add = (text) => { state.push(text); };
      `,
    }),
  ),
  portedTyped("sandbox Python: writing into another module's state through its function is a report", {
    "main.ts": dacapoGenerator(`append("started"); // want no-module-state`, {
      before: `import { append } from "./state.ts";`,
    }),
    "state.ts": `
      const state = ["original"];
      export function append(text: string) { state.push(text); }
    `,
  }),
  ported(
    "sandbox Python: a list of the orchestrator's own is silent",
    dacapoGenerator(`
      const state = ["original"];
      state.push("started");
      return state;
    `),
  ),
];

export const sandboxPythonCases: readonly PortedCase[] = [...forbidden, ...allowed, ...globalState];
