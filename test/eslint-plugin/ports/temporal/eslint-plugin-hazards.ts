/** The cases of eslint-plugin-temporal about hazards in a workflow's code. */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

const HARMLESS = `
  const value = 42;
  function add(number) {
    return number + value;
  }
  export { add };
`;

/** Writes that outlive the instance, one a case. */
const GLOBAL_WRITES: readonly string[] = [
  `globalThis.foo = "bar";`,
  `global.customProp = "value";`,
  `Object.prototype.customMethod = function () {};`,
  `Array.prototype.myFilter = function () {};`,
  `Promise.prototype.always = function () {};`,
  `Object.defineProperty(Object.prototype, "foo", { value: "bar" });`,
  `Object.defineProperties(Array.prototype, { mine: { value: 1 } });`,
  `Object.assign(globalThis, { myGlobal: "value" });`,
  `Object.setPrototypeOf(Array.prototype, {});`,
];

const globalMutation: readonly PortedCase[] = [
  ...GLOBAL_WRITES.map((write) =>
    ported(
      `eslint-plugin-temporal global mutation: ${write} is a report`,
      dacapoGenerator(`${write} // want no-module-state`),
    ),
  ),
  ported(
    "eslint-plugin-temporal global mutation: local assignments, objects and classes are silent",
    dacapoGenerator(`
      let x = 1;
      x = 2;
      const object = {};
      object.foo = "bar";
      Object.assign(object, { more: x });
      Object.defineProperty(object, "fixed", { value: "bar" });
      class Mine {}
      Mine.prototype.foo = function () {};
      const copy = { prototype: {} };
      copy.prototype.foo = "bar";
      return Object.getPrototypeOf(object) === Object.prototype;
    `),
  ),
];

const control: readonly PortedCase[] = [
  ...Object.entries({
    "an if on a random number": [`if (Math.random() > 0.5) ctx.setCustomStatus("a");`, "no-random"],
    "a while on the clock": [`while (Date.now() < 0) ctx.setCustomStatus("a");`, "no-wall-clock"],
    "a switch on a random number": [`switch (Math.random()) { case 0.5: ctx.setCustomStatus("a"); }`, "no-random"],
    "a conditional on a random number": [`const chosen = Math.random() > 0.5 ? "a" : "b";`, "no-random"],
    "a comparison with a new date": [
      `if (new Date() > ctx.currentUtcDateTime) ctx.setCustomStatus("a");`,
      "no-wall-clock",
    ],
    "a do-while on a random number": [`do ctx.setCustomStatus("a"); while (Math.random() > 0.5);`, "no-random"],
    "an identifier as a condition": [`if (crypto.randomUUID()) ctx.setCustomStatus("a");`, "no-random"],
    "a for on the clock": [`for (let i = 0; Date.now() < i; i++) ctx.setCustomStatus("a");`, "no-wall-clock"],
    "a random number as an argument in a condition": [
      `if (Math.floor(Math.random()) > 0) ctx.setCustomStatus("a");`,
      "no-random",
    ],
  }).map(([what, [line, rule]]) =>
    ported(
      `eslint-plugin-temporal control flow: ${what} is a report`,
      dacapoGenerator(`${String(line)} // want ${String(rule)}`),
    ),
  ),
  ported(
    "eslint-plugin-temporal control flow: a condition on the input and on tasks is silent",
    dacapoGenerator(`
      const ready = yield* ctx.callActivity("isReady", input);
      if (ready) yield* ctx.callActivity("work");
      if (new Map([["a", 1]]).has("a")) yield* ctx.callActivity("more");
      return ctx.currentUtcDateTime > new Date(0);
    `),
  ),
  ported(
    "eslint-plugin-temporal wall clock: a deadline of the input compared with the clock is a report",
    functionsV4(`
      const deadline = context.df.getInput().deadline;
      if (Date.now() > deadline) yield context.df.callActivity("escalate"); // want no-wall-clock
    `),
  ),
];

const environment: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal process.env: bracket notation is a report",
    durableTask(`return process.env["API_KEY"]; // want no-environment`),
  ),
  ported(
    "eslint-plugin-temporal process.env: the whole environment is a report",
    dacapoGenerator(`
      const environment = process.env; // want no-environment
      return Object.keys(environment).length;
    `),
  ),
  ported(
    "eslint-plugin-temporal process.env: a condition on it is a report",
    functionsV3(
      `if (process.env.NODE_ENV === "production") yield context.df.callActivity("work"); // want no-environment`,
    ),
  ),
  ported(
    "eslint-plugin-temporal process.env: as the argument of a request it is a report beside the request's",
    dacapoGenerator(`void fetch(process.env.API_URL); // want no-environment no-io`),
  ),
  ported(
    "eslint-plugin-temporal process.env: objects that only look like it are silent",
    dacapoGenerator(`
      const myProcess = { env: { KEY: "value" } };
      const env = { KEY: "value" };
      return myProcess.env.KEY + env.KEY;
    `),
  ),
  ported(
    "eslint-plugin-temporal process.env: a local that is called process is silent",
    dacapoGenerator(`
      const process = { env: { KEY: "value" }, cwd: () => "here" };
      return process.env.KEY + process.cwd();
    `),
  ),
  ported(
    "eslint-plugin-temporal process.env: the build tool's environment is a report",
    dacapoGenerator(`return import.meta.env.MODE; // want no-environment`),
  ),
];

/** Packages that the peer forbids to import; ours reports what they do, not that they are there. */
const PACKAGES: Readonly<Record<string, readonly [string, string, string]>> = {
  nanoid: [`import { nanoid } from "nanoid";`, `return nanoid();`, "no-random"],
  cuid: [`import cuid from "cuid";`, `return cuid();`, "no-random"],
  ulid: [`import { ulid } from "ulid";`, `return ulid();`, "no-random"],
  moment: [`import moment from "moment";`, `return moment().format();`, "no-wall-clock"],
  dayjs: [`import dayjs from "dayjs";`, `return dayjs().format();`, "no-wall-clock"],
  axios: [`import axios from "axios";`, `void axios.get("https://a.invalid");`, "no-io"],
  "node-fetch": [`import request from "node-fetch";`, `void request("https://a.invalid");`, "no-io"],
  "fs-extra": [`import fs from "fs-extra";`, `return fs.readFileSync("a", "utf8");`, "no-io"],
  mongoose: [`import mongoose from "mongoose";`, `void mongoose.connect("mongodb://a.invalid");`, "no-io"],
  "@prisma/client": [`import { PrismaClient } from "@prisma/client";`, `return typeof new PrismaClient();`, "no-io"],
  winston: [`import winston from "winston";`, `winston.warn("a");`, "no-unsafe-logging"],
};

const packages: readonly PortedCase[] = Object.entries(PACKAGES).flatMap(([name, [before, line, rule]]) => [
  ported(
    `eslint-plugin-temporal packages: what ${name} does in an orchestrator is a report`,
    dacapoGenerator(`${line} // want ${rule}`, { before }),
  ),
  ported(
    `eslint-plugin-temporal packages: importing ${name} for an activity is silent`,
    `${before}
import { activity, orchestrator } from "dacapo";

export const work = activity("work", async () => {
  ${line}
});
export const flow = orchestrator("flow", function* (ctx) {
  yield* ctx.callActivity(work);
});
`,
  ),
]);

const memory: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal WeakRef: making one is a report",
    dacapoGenerator(`
      const reference = new WeakRef({}); // want no-gc-observers
      return typeof reference;
    `),
  ),
  ported(
    "eslint-plugin-temporal FinalizationRegistry: making one is a report",
    functionsV4(`
      const registry = new FinalizationRegistry(() => undefined); // want no-gc-observers
      return typeof registry;
    `),
  ),
  ported(
    "eslint-plugin-temporal SharedArrayBuffer: making one in a helper is a report at its call",
    dacapoGenerator(`return share().byteLength; // want no-gc-observers`, {
      after: `const share = () => new SharedArrayBuffer(8);`,
    }),
  ),
  ported(
    "eslint-plugin-temporal WeakRef: types, names and properties like it are silent",
    dacapoGenerator(
      `
      const reference = { current: 1, WeakRef: "value" };
      reference.WeakRef = "other";
      return holder(reference);
    `,
      {
        after: `
          type Held = WeakRef<object>;
          function holder(value: { current: number }, _held?: Held) { return value.current; }
        `,
      },
    ),
  ),
  ported(
    "eslint-plugin-temporal WeakRef: weak maps and sets observe nothing, and are silent",
    dacapoGenerator(`
      const seen = new WeakSet();
      const notes = new WeakMap();
      const key = {};
      seen.add(key);
      notes.set(key, 1);
      return seen.has(key) && notes.get(key) === 1;
    `),
  ),
];

const modules: readonly PortedCase[] = [
  ported(
    "eslint-plugin-temporal dynamic import: importing while it runs is a report",
    dacapoGenerator(`void import("./module.ts"); // want no-dynamic-import`),
  ),
  ported(
    "eslint-plugin-temporal dynamic import: a computed path and a branch are reports",
    dacapoGenerator(`
      const path = "./module.ts";
      void import(path); // want no-dynamic-import
      if (ctx.instanceId !== "") void import("./conditional.ts"); // want no-dynamic-import
    `),
  ),
  ported(
    "eslint-plugin-temporal dynamic require: requiring while it runs is a report",
    functionsV3(`return typeof require("./module"); // want no-dynamic-import`),
  ),
  ported(
    "eslint-plugin-temporal dynamic import: imports of the file and of types are silent",
    dacapoGenerator(`return join("a", "b");`, {
      before: `import type { ParsedPath } from "node:path";\nimport { join } from "node:path";`,
      after: `export type Path = ParsedPath;\nexport { dirname } from "node:path";`,
    }),
  ),
  ported(
    "eslint-plugin-temporal client: a client's package imported for others is silent",
    dacapoAsync(`return ctx.instanceId;`, {
      before: `import { TaskHub } from "dacapo";`,
      after: `export const open = () => TaskHub.open({} as never);`,
    }),
  ),
];

export const eslintPluginHazardCases: readonly PortedCase[] = [
  ...[dacapoGenerator, dacapoAsync, functionsV3, functionsV4, durableTask].map((frame) =>
    ported(
      `eslint-plugin-temporal false positives: harmless code is silent under every rule (${frame.name})`,
      frame(`return add(1);`, { after: HARMLESS }),
    ),
  ),
  ...globalMutation,
  ...control,
  ...environment,
  ...packages,
  ...memory,
  ...modules,
];
