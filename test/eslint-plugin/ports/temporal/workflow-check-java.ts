/** The cases of workflowcheck, the tool of Temporal's Java library. */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

const badCalls: readonly PortedCase[] = [
  ported(
    "workflowcheck Java: a direct read of the clock is a report",
    functionsV4(`Date.now(); // want no-wall-clock`),
  ),
  portedTyped(
    "workflowcheck Java: a read through a method is a report at the method's call",
    durableTask(`return new Workflow().currentInstant(); // want no-wall-clock`, {
      after: `class Workflow { currentInstant() { return new Date().getTime(); } }`,
    }),
  ),
  ported(
    "workflowcheck Java: shuffling through a library's own random numbers is a report",
    dacapoGenerator(
      `
      const order = shuffle([1, 2, 3]); // want no-random
      const one = sample(order); // want no-random
      return [one, random(5)]; // want no-random
    `,
      { before: `import { random, sample, shuffle } from "lodash";` },
    ),
  ),
  ported(
    "workflowcheck Java: sorting and grouping through the same library are silent",
    dacapoGenerator(`return _.sortBy(_.uniq([3, 1, 1]), (n) => n).concat(_.range(3));`, {
      before: `import _ from "lodash";`,
    }),
  ),
  ported(
    "workflowcheck Java: shuffling with a seeded generator is silent",
    dacapoGenerator(
      `
      const draw = seedrandom("123");
      return [1, 2, 3].map((n) => ({ n, at: draw() })).sort((a, b) => a.at - b.at).map(({ n }) => n);
    `,
      { before: `import seedrandom from "seedrandom";` },
    ),
  ),
  ported(
    "workflowcheck Java: writing to the console is a report",
    functionsV3(`console.log("foo"); // want no-unsafe-logging`),
  ),
  portedTyped(
    "workflowcheck Java: writing a static field is a report",
    dacapoGenerator(`Settings.mode = "blah"; // want no-module-state`, {
      after: `class Settings { static mode = "bar"; }`,
    }),
  ),
  portedTyped(
    "workflowcheck Java: reading a static field that others write is a report",
    dacapoGenerator(`return Settings.mode; // want no-module-state`, {
      after: `
        class Settings { static mode = "bar"; }
        export const configure = (mode: string) => { Settings.mode = mode; };
      `,
    }),
  ),
  portedTyped(
    "workflowcheck Java: reading a static field that nobody can write is silent",
    dacapoGenerator(`return Settings.MODE;`, { after: `class Settings { static readonly MODE = "foo"; }` }),
  ),
  ported(
    "workflowcheck Java: reading a value by a computed name is silent",
    dacapoGenerator(`return Object.keys({ a: 1 }).map((key) => ({ a: 1 })[key]);`),
  ),
  ported(
    "workflowcheck Java: a helper that touches a file through a package is a report at its call",
    dacapoGenerator(`touchFile(); // want no-io`, {
      before: `import fse from "fs-extra";`,
      after: `function touchFile() { fse.ensureFileSync("tmp/does-not-exist"); }`,
    }),
  ),
  ported(
    "workflowcheck Java: a nanosecond clock is a report",
    dacapoAsync(`return process.hrtime()[0]; // want no-wall-clock`),
  ),
  ported(
    "workflowcheck Java: today's date of a library is a report",
    functionsV4(
      `
      const first = DateTime.now().toISO(); // want no-wall-clock
      const second = moment().format(); // want no-wall-clock
      const third = dayjs().toISOString(); // want no-wall-clock
      return first + second + third;
    `,
      { before: `import dayjs from "dayjs";\nimport { DateTime } from "luxon";\nimport moment from "moment";` },
    ),
  ),
  ported(
    "workflowcheck Java: a date of a library made from the orchestration's clock is silent",
    functionsV4(
      `
      const now = context.df.currentUtcDateTime;
      const first = DateTime.fromJSDate(now, { zone: "utc" }).plus({ days: 1 }).toISO();
      const second = moment.utc(now).add(1, "day").toISOString();
      const third = dayjs(now).add(1, "day").toISOString();
      return first + second + third + addDays(now, 1).toISOString();
    `,
      {
        before: `import { addDays } from "date-fns";\nimport dayjs from "dayjs";\nimport { DateTime } from "luxon";\nimport moment from "moment";`,
      },
    ),
  ),
];

const iteration: readonly PortedCase[] = [
  ported(
    "workflowcheck Java: iterating entries, sets and queues is silent, as all keep their order here",
    dacapoGenerator(`
      const seen = new Set(["a", "b"]);
      const entries = Object.entries({ a: "b" });
      for (const [key] of entries) seen.add(key);
      for (const value of seen) ctx.setCustomStatus(value);
      return [...seen].map((value) => value.length);
    `),
  ),
  ported(
    "workflowcheck Java: the order of a folder's files is the file system's, so listing it is a report",
    dacapoGenerator(
      `
      for (const file of readdirSync(".")) // want no-io
        yield* ctx.callActivity("process", file);
    `,
      { before: `import { readdirSync } from "node:fs";` },
    ),
  ),
];

const suppression: readonly PortedCase[] = [
  ported(
    "workflowcheck Java: after a suppressed call the same call is a report again",
    dacapoGenerator(
      `
      badThing(); // want no-wall-clock
      // dacapo-ignore-next-line no-wall-clock: the result is thrown away
      badThing();
      badThing(); // want no-wall-clock
    `,
      { after: `const badThing = () => Date.now();` },
    ),
  ),
  ported(
    "workflowcheck Java: a helper with one of its two hazards suppressed is a report of the other",
    dacapoGenerator(`partly(); // want no-random`, {
      after: `
        function partly() {
          // dacapo-ignore-next-line no-wall-clock: the result is thrown away
          Date.now();
          return Math.random();
        }
      `,
    }),
  ),
  ported(
    "workflowcheck Java: a helper with one of its two calls suppressed is a report of the other",
    dacapoGenerator(`partly(); // want no-wall-clock`, {
      after: `
        function partly() {
          // dacapo-ignore-next-line no-wall-clock: the result is thrown away
          Date.now();
          return badThing();
        }
        const badThing = () => Date.now();
      `,
    }),
  ),
  ported(
    "workflowcheck Java: a comment may name several rules",
    functionsV3(`
      // dacapo-ignore-next-line no-wall-clock, no-random: a token for the status page only
      context.df.setCustomStatus(String(Date.now() + Math.random()));
    `),
  ),
  portedTyped("workflowcheck Java: a comment in a helper's file is honoured in the orchestrator's", {
    "main.ts": dacapoGenerator(
      `
      suppressed();
      reported(); // want no-wall-clock
    `,
      { before: `import { reported, suppressed } from "./helpers.ts";` },
    ),
    "helpers.ts": `
      export function suppressed() {
        // dacapo-ignore-next-line no-wall-clock: the result is thrown away
        return Date.now();
      }
      export function reported() {
        return Date.now();
      }
    `,
  }),
];

/** The declarations that Java's tool takes from a file of properties; ours stand in the code. */
const configured: readonly PortedCase[] = [
  portedTyped(
    "workflowcheck Java: a method declared nondeterministic is a report, and so is its caller",
    dacapoGenerator(
      `
      new SomeCalls().declared(); // want no-nondeterministic-call
      new SomeCalls().callsDeclared(); // want no-nondeterministic-call
      new SomeCalls().other();
    `,
      {
        after: `
          class SomeCalls {
            /** @nondeterministic */
            declared() { return 1; }
            callsDeclared() { return this.declared(); }
            other() { return 2; }
          }
        `,
      },
    ),
  ),
  portedTyped(
    "workflowcheck Java: the overload declared nondeterministic is a report, the other silent",
    dacapoGenerator(
      `
      convert("text");
      convert(0); // want no-nondeterministic-call
    `,
      {
        after: `
          function convert(value: string): string;
          /** @nondeterministic */
          function convert(value: number): string;
          function convert(value: string | number): string { return String(value); }
        `,
      },
    ),
  ),
];

export const workflowCheckJavaCases: readonly PortedCase[] = [...badCalls, ...iteration, ...suppression, ...configured];
