/** The cases of the plugin of AWS's durable execution library about what may differ outside its steps. */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

/** What a step may do and the code around it may not: the expression, its rule, and an import it needs. */
const HAZARDS: Readonly<Record<string, readonly [string, string?]>> = {
  "Math.random()": ["no-random"],
  "Date.now()": ["no-wall-clock"],
  "new Date().getTime()": ["no-wall-clock"],
  "performance.now()": ["no-wall-clock"],
  "crypto.randomBytes(16).length": ["no-random", `import crypto from "node:crypto";`],
  "uuid.v4()": ["no-random", `import * as uuid from "uuid";`],
};

const inSteps = Object.entries(HAZARDS).flatMap(([expression, [rule, before = ""]]) => [
  ported(
    `AWS outside step: ${expression} inside an activity is silent`,
    `${before}
import { activity, orchestrator } from "dacapo";

const step = activity("step", async () => ${expression});
export const flow = orchestrator("flow", async (ctx) => await ctx.callActivity(step));
`,
  ),
  ported(
    `AWS outside step: ${expression} beside an activity is a report`,
    dacapoAsync(
      `
      const value = ${expression}; // want ${rule}
      return await ctx.callActivity("use", value);
    `,
      { before },
    ),
  ),
  ported(
    `AWS outside step: ${expression} as an activity's input is a report`,
    durableTask(`yield ctx.callActivity("use", ${expression}); // want ${rule}`, { before }),
  ),
]);

const others: readonly PortedCase[] = [
  ported(
    "AWS outside step: computing with constants around an activity is silent",
    dacapoAsync(`
      const value = 42;
      return await ctx.callActivity("double", value);
    `),
  ),
  ported(
    "AWS outside step: a date of a given moment is silent",
    dacapoAsync(`
      const moment = new Date("2024-01-01");
      return await ctx.callActivity("use", moment.toISOString());
    `),
  ),
  ported(
    "AWS outside step: filling an array with random values is a report",
    dacapoAsync(`
      const array = new Uint32Array(10);
      crypto.getRandomValues(array); // want no-random
      return await ctx.callActivity("use", [...array]);
    `),
  ),
  ported(
    "AWS outside step: two hazards of two kinds are two reports",
    dacapoGenerator(`
      const random = Math.random(); // want no-random
      const timestamp = Date.now(); // want no-wall-clock
      return yield* ctx.callActivity("use", random + timestamp);
    `),
  ),
  ported(
    "AWS outside step: a part of the orchestrator in a generator of its own is still the orchestrator",
    dacapoGenerator(`
      yield* (function* () {
        const random = Math.random(); // want no-random
        yield* ctx.callActivity("use", random);
      })();
    `),
  ),
  ported(
    "AWS outside step: each branch of parallel work is still the orchestrator",
    dacapoAsync(`
      await Promise.all(
        ["a", "b"].map((name) => {
          const random = Math.random(); // want no-random
          return ctx.callActivity("use", [name, random]);
        }),
      );
    `),
  ),
  ported(
    "AWS outside step: branches handed to a durable combination are still the orchestrator",
    functionsV4(`
      const tasks = ["a", "b"].map((name) => context.df.callActivity("use", name + Math.random())); // want no-random
      yield context.df.Task.all(tasks);
    `),
  ),
  ported(
    "AWS outside step: a method taken out of its object and called is a report",
    dacapoGenerator(`
      const { random } = Math;
      return random(); // want no-random
    `),
  ),
  ported(
    "AWS outside step: a method taken out of its object and never called is silent",
    dacapoGenerator(`
      const { random } = Math;
      return typeof random;
    `),
  ),
  ported(
    "AWS outside step: a function whose name only sounds like an identifier is silent",
    dacapoGenerator(`return isUuid("a") && uuidLength > 0;`, {
      after: `
        const uuidLength = 36;
        function isUuid(text) { return text.length === uuidLength; }
      `,
    }),
  ),
];

const calls: readonly PortedCase[] = [
  ported(
    "AWS calls: a function of the same name in another scope taints nobody",
    dacapoGenerator(
      `
      moduleA(); // want no-wall-clock
      moduleB();
    `,
      {
        after: `
          function moduleA() {
            function h() { return Date.now(); }
            return h();
          }
          function moduleB() {
            function h() { return 1; }
            return h();
          }
        `,
      },
    ),
  ),
  ported(
    "AWS calls: two functions of one name without hazards are silent",
    dacapoGenerator(`return a() + b();`, {
      after: `
        function a() {
          function h() { return 1; }
          return h();
        }
        function b() {
          function h() { return 2; }
          return h();
        }
      `,
    }),
  ),
  ported(
    "AWS calls: functions declared after their calls are followed",
    dacapoGenerator(`return outer(); // want no-wall-clock`, {
      after: `
        function outer() { return inner(); }
        function inner() { return Date.now(); }
      `,
    }),
  ),
  ported(
    "AWS calls: an arrow in a constant is followed",
    dacapoAsync(`return getTime(); // want no-wall-clock`, { after: `const getTime = () => Date.now();` }),
  ),
  ported(
    "AWS calls: a local that shadows the tainted helper is silent",
    dacapoGenerator(
      `
      const getTime = () => 1;
      return getTime();
    `,
      { after: `export const getTime = () => Date.now();` },
    ),
  ),
  ported(
    "AWS calls: a parameter that shadows the clock's name is silent",
    dacapoGenerator(`return read({ now: () => 1 });`, { after: `function read(Date) { return Date.now(); }` }),
  ),
  portedTyped("AWS calls: a function that cannot be resolved is no proof; only the strict rule names it", {
    "main.ts": dacapoAsync(`return externalHelper(); // want no-unknown-effects`, {
      before: `import { externalHelper } from "./external.js";`,
    }),
    "external.d.ts": `export declare function externalHelper(): number;`,
  }),
  portedTyped("AWS calls: helpers of one name in two files are told apart", {
    "main.ts": dacapoGenerator(
      `
      first();
      second(); // want no-wall-clock
    `,
      { before: `import { read as first } from "./first.ts";\nimport { read as second } from "./second.ts";` },
    ),
    "first.ts": `export const read = () => 1;`,
    "second.ts": `export const read = () => Date.now();`,
  }),
];

export const clockCases: readonly PortedCase[] = [...inSteps, ...others, ...calls];
