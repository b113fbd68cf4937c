/** The cases of orchestratorvet about what an orchestrator reaches (`callgraph`). */
import { dacapoGenerator, durableTask, functionsV4 } from "../frames.ts";
import { ported, portedTyped, type PortedCase } from "../ported-case.ts";

export const callGraphCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet callgraph: a hazard two named calls away is reported at the first call",
    dacapoGenerator(`return firstLevel(); // want no-wall-clock`, {
      after: `
        function firstLevel() { return secondLevel(); }
        function secondLevel() { return Date.now(); }
      `,
    }),
  ),
  portedTyped(
    "orchestratorvet callgraph: hazards in methods are reported at the calls of the methods",
    dacapoGenerator(
      `
      const loader = new Loader("REGION");
      loader.refresh(); // want no-host-info
      return loader.read(); // want no-environment
    `,
      {
        before: `import { tmpdir } from "node:os";`,
        after: `
          class Loader {
            constructor(private path: string) {}
            read() { return process.env[this.path] ?? ""; }
            refresh() { this.path = tmpdir(); }
          }
        `,
      },
    ),
  ),
  ported(
    "orchestratorvet callgraph: a helper in a module constant is followed through a local name",
    dacapoGenerator(
      `
      const local = fromEnvironment;
      return local(); // want no-environment
    `,
      { after: `const fromEnvironment = () => process.env.TIER;` },
    ),
  ),
  ported(
    "orchestratorvet callgraph: a function inside a function that runs is reported at the leaf",
    dacapoGenerator(`
      const branch = function* () {
        const inner = () => {
          setImmediate(() => undefined); // want no-native-timers
        };
        inner();
        yield* ctx.createTimer({ seconds: 1 });
      };
      yield* branch();
    `),
  ),
  ported(
    "orchestratorvet callgraph: mutual recursion ends, and is one report",
    functionsV4(`return recurseA(4); // want no-wall-clock`, {
      after: `
        function recurseA(depth) {
          if (depth <= 0) return Date.now();
          return recurseB(depth - 1);
        }
        function recurseB(depth) { return recurseA(depth - 1); }
      `,
    }),
  ),
  ported(
    "orchestratorvet callgraph: a helper that two orchestrators share is reported in each",
    `
      import * as df from "durable-functions";

      const shared = () => process.env.SHARED;

      df.app.orchestration("first", function* () {
        return shared(); // want no-environment
      });
      df.app.orchestration("second", function* () {
        return shared(); // want no-environment
      });
    `,
  ),
  ported(
    "orchestratorvet callgraph: a helper that nobody calls is silent",
    dacapoGenerator(`return ctx.instanceId;`, {
      after: `
        export function unreachable() {
          setImmediate(() => undefined);
          return process.env.UNREACHABLE;
        }
      `,
    }),
  ),
  ported(
    "orchestratorvet callgraph: a function of an orchestrator's shape that nobody registers is silent",
    `
      import { orchestrator } from "dacapo";

      export function* unregistered(_ctx, _input) {
        return Date.now();
      }
      export const flow = orchestrator("flow", function* (ctx) {
        return ctx.instanceId;
      });
    `,
  ),
  ported(
    "orchestratorvet callgraph: of a variable assigned twice neither function is followed; that it is shared is the report",
    dacapoGenerator(`return replaced(); // want no-module-state`, {
      after: `
        let replaced = () => process.env.FIRST;
        export function reassign() {
          replaced = () => process.env.SECOND;
        }
      `,
    }),
  ),
  ported(
    "orchestratorvet callgraph: a local variable assigned twice is followed into neither function",
    dacapoGenerator(`
      let read = () => Date.now();
      if (ctx.instanceId === "") read = () => 0;
      return read();
    `),
  ),
  ported(
    "orchestratorvet callgraph: a generator helper is followed through yield*",
    dacapoGenerator(`return yield* drawTwice(2); // want no-random`, {
      after: `
        function* drawTwice(factor) {
          return factor * Math.random();
        }
      `,
    }),
  ),
  ported(
    "orchestratorvet callgraph: a method of an object literal is followed",
    durableTask(`return clock.now(); // want no-wall-clock`, {
      after: `const clock = { now: () => Date.now() };`,
    }),
  ),
  portedTyped("orchestratorvet callgraph: a chain through three files is reported in the orchestrator's file", {
    "main.ts": dacapoGenerator(`return price(); // want no-wall-clock`, {
      before: `import { price } from "./price.ts";`,
    }),
    "price.ts": `
      import { today } from "./clock.ts";
      export const price = () => today() * 2;
    `,
    "clock.ts": `export function today() { return Date.now(); }`,
  }),
  portedTyped("orchestratorvet callgraph: a registration in another file makes the function an orchestrator", {
    "flow.ts": `
      export function* flow(context) {
        yield context.df.createTimer(context.df.currentUtcDateTime);
        return Date.now(); // want no-wall-clock
      }
    `,
    "main.ts": `
      import * as df from "durable-functions";
      import { flow } from "./flow.ts";
      df.app.orchestration("flow", flow);
    `,
  }),
  portedTyped("orchestratorvet callgraph: a namespace import is followed", {
    "main.ts": functionsV4(`return time.now(); // want no-wall-clock`, {
      before: `import * as time from "./time.ts";`,
    }),
    "time.ts": `export const now = () => Date.now();`,
  }),
  portedTyped("orchestratorvet callgraph: a re-exported helper is followed", {
    "main.ts": dacapoGenerator(`return now(); // want no-wall-clock`, { before: `import { now } from "./index.ts";` }),
    "index.ts": `export { current as now } from "./time.ts";`,
    "time.ts": `export const current = () => Date.now();`,
  }),
  portedTyped("orchestratorvet callgraph: an import that is only mentioned is silent", {
    "main.ts": dacapoGenerator(
      `
      const strategies = { now };
      return Object.keys(strategies).length;
    `,
      { before: `import { now } from "./time.ts";` },
    ),
    "time.ts": `export const now = () => Date.now();`,
  }),
];
