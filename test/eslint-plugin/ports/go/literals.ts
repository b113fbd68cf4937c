/** The cases of orchestratorvet about functions written inside an orchestrator (`unusedliterals`). */
import { dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

export const literalCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet unusedliterals: a function that never runs is silent, with the helper only it reaches",
    dacapoGenerator(
      `
      const dormant = () => {
        dormantHelper();
        return Date.now();
      };
      return typeof dormant;
    `,
      { after: `function dormantHelper() { setTimeout(() => undefined, 1000); }` },
    ),
  ),
  ported(
    "orchestratorvet unusedliterals: the same function, called, is reported, with the helper only it reaches",
    dacapoGenerator(
      `
      const live = () => {
        liveHelper(); // want no-native-timers
        return Date.now(); // want no-wall-clock
      };
      return live();
    `,
      { after: `function liveHelper() { setTimeout(() => undefined, 1000); }` },
    ),
  ),
  ported(
    "orchestratorvet unusedliterals: a function called where it stands is reported",
    functionsV3(`return (() => Date.now())(); // want no-wall-clock`),
  ),
  ported(
    "orchestratorvet unusedliterals: what runs at the end is reported",
    functionsV4(`
      try {
        return yield context.df.callActivity("work");
      } finally {
        context.df.setCustomStatus(String(Date.now())); // want no-wall-clock
      }
    `),
  ),
  ported(
    "orchestratorvet unusedliterals: the callback of an array's method runs",
    dacapoGenerator(`return [1, 2].map((n) => n + Date.now()); // want no-wall-clock`),
  ),
  ported(
    "orchestratorvet unusedliterals: a named callback of an array's method runs",
    durableTask(`
      const stamp = (n: number) => n + Date.now(); // want no-wall-clock
      return [1, 2].map(stamp);
    `),
  ),
  ported(
    "orchestratorvet unusedliterals: a callback that its receiver only stores is silent",
    dacapoGenerator(
      `
      acceptCallback(() => Date.now());
      return "done";
    `,
      { after: `function acceptCallback(fn) { return typeof fn; }` },
    ),
  ),
  ported(
    "orchestratorvet unusedliterals: a callback that its receiver calls is reported",
    dacapoGenerator(
      `
      return run(() => Date.now()); // want no-wall-clock
    `,
      { after: `function run(fn) { return fn(); }` },
    ),
  ),
  ported(
    "orchestratorvet unusedliterals: a module function called through a local name is reported at the call",
    dacapoGenerator(
      `
      const local = onlyOnce;
      local(); // want no-wall-clock
    `,
      { after: `const onlyOnce = () => { Date.now(); };` },
    ),
  ),
  ported(
    "orchestratorvet unusedliterals: the function in a default value runs when the parameter is missing",
    dacapoGenerator(
      `
      const stamp = (at = Date.now()) => at; // want no-wall-clock
      return stamp();
    `,
    ),
  ),
  ported(
    "orchestratorvet unusedliterals: a generator that runs through yield* is reported at the leaf",
    functionsV4(`
      const branch = function* () {
        yield context.df.callActivity("work");
        return Date.now(); // want no-wall-clock
      };
      return yield* branch();
    `),
  ),
  ported(
    "orchestratorvet unusedliterals: a function handed back to the caller does not run",
    dacapoGenerator(
      `
      const makers = build();
      return Object.keys(makers).length;
    `,
      { after: `function build() { return { later: () => Date.now(), random: () => Math.random() }; }` },
    ),
  ),
];
