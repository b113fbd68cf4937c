/** Orchestrators whose registration, type or maker is in another file, seen through the clock. */
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { testRuleWithTypes, type TypedCase, type TypedInvalidCase } from "./typed-rule-tester.ts";

/** The clock without a fix, so that these cases are about places alone. */
const CLOCK = "performance.now()";

type Files = Readonly<Record<string, string>>;

/** A case in which the clock in the first file is in orchestrator code. */
function inside(name: string, files: Files, line: number, column: number, context = "ctx"): TypedInvalidCase {
  const message = `${CLOCK} returns a different value on replay. Use ${context}.currentUtcDateTime.`;
  return { name, files, errors: [{ message, line, column }] };
}

/** A case in which nothing of the first file is orchestrator code. */
const outside = (name: string, files: Files): TypedCase => ({ name, files });

testRuleWithTypes("orchestrators that are registered elsewhere", noWallClock, {
  valid: [
    outside("an activity is none", {
      "stamp.ts": `// durable\nexport const stamp = () => ${CLOCK};`,
      "register.ts":
        'import { activity } from "dacapo";\nimport { stamp } from "./stamp.js";\nactivity("stamp", stamp);',
    }),
    outside("a function that another package's function is given is none", {
      "flow.ts": `// durable\nexport const flow = () => ${CLOCK};`,
      "register.ts":
        'import { orchestrator } from "band";\nimport { flow } from "./flow.js";\norchestrator("flow", flow);',
      "node_modules/band/index.d.ts": "export declare function orchestrator(name: string, fn: () => number): void;",
    }),
    outside("a function of the same name in another file is none", {
      "other.ts": `// durable\nexport const flow = () => ${CLOCK};`,
      "flow.ts": "export const flow = () => 1;",
      "register.ts":
        'import { orchestrator } from "dacapo";\nimport { flow } from "./flow.js";\norchestrator("flow", flow);',
    }),
    outside("the maker of an orchestrator is none", {
      "flow.ts": `// durable\nexport const make = () => {\n  const at = ${CLOCK};\n  return () => [at].length;\n};`,
      "register.ts":
        'import { orchestrator } from "dacapo";\nimport { make } from "./flow.js";\nvoid [orchestrator, make];',
    }),
    outside("a type of the same name from another package is none", {
      "flow.ts": `import type { OrchestrationContext } from "band";\nexport const durable = (ctx: OrchestrationContext) => [ctx, ${CLOCK}];`,
      "node_modules/band/index.d.ts": "export interface OrchestrationContext { now: number }",
    }),
    outside("a factory whose clock is deterministic", {
      "flow.ts":
        'import type { OrchestrationContext } from "dacapo";\nexport const make = (read: (ctx: OrchestrationContext) => Date) => (ctx: OrchestrationContext) => read(ctx);',
      "register.ts":
        'import { orchestrator } from "dacapo";\nimport { make } from "./flow.js";\norchestrator("o", make((ctx) => ctx.currentUtcDateTime));',
    }),
  ],
  invalid: [
    inside(
      "by the engine",
      {
        "flow.ts": `// durable\nexport const flow = () => ${CLOCK};`,
        "register.ts":
          'import { orchestrator } from "dacapo";\nimport { flow } from "./flow.js";\norchestrator("flow", flow);',
      },
      2,
      27,
    ),
    inside(
      "through an index, under another name",
      {
        "flow.ts": `// durable\nexport function flow() { return ${CLOCK}; }`,
        "index.ts": 'export { flow as first } from "./flow.js";',
        "register.ts":
          'import { orchestrator as o } from "dacapo";\nimport * as flows from "./index.js";\no("flow", flows.first);',
      },
      2,
      33,
    ),
    inside(
      "as the handler in an object of durable-functions",
      {
        "flow.ts": `// durable\nexport const flow = function* () { yield; return ${CLOCK}; };`,
        "register.ts":
          'import * as df from "durable-functions";\nimport { flow } from "./flow.js";\ndf.app.orchestration("flow", { handler: flow });',
      },
      2,
      50,
      "context.df",
    ),
    inside(
      "in the style of version 3",
      {
        "flow.ts": `// durable\nexport function* flow(context) { yield; return ${CLOCK}; }`,
        "index.ts":
          'import * as df from "durable-functions";\nimport { flow } from "./flow.js";\nexport default df.orchestrator(flow);',
      },
      2,
      48,
      "context.df",
    ),
    inside(
      "by a worker",
      {
        "flow.ts": `// durable\nexport const flow = async function* (ctx: any) { yield ctx; return ${CLOCK}; };`,
        "worker.ts":
          'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nimport { flow } from "./flow.js";\nnew TaskHubGrpcWorker().addOrchestrator(flow);',
      },
      2,
      68,
    ),
    inside(
      "by a worker, under a name",
      {
        "flow.ts": `// durable\nexport const flow = (ctx: any) => [ctx, ${CLOCK}];`,
        "worker.ts":
          'import { TaskHubGrpcWorker } from "@microsoft/durabletask-js";\nimport { flow } from "./flow.js";\nconst worker = new TaskHubGrpcWorker();\nworker.addNamedOrchestrator("flow", flow);',
      },
      2,
      41,
    ),
    inside(
      "by a type that another file gives a name",
      {
        "flow.ts": `import type { Context } from "./types.js";\nexport const durable = (context: Context) => [context, ${CLOCK}];`,
        "types.ts": 'import type { OrchestrationContext } from "dacapo";\nexport type Context = OrchestrationContext;',
      },
      2,
      56,
      "context",
    ),
    inside(
      "by a type that another file exports again",
      {
        "flow.ts": `import type { OrchestrationContext } from "./types.js";\nexport const f = (ctx: OrchestrationContext) => [ctx, ${CLOCK}];`,
        "types.ts": 'export type { OrchestrationContext } from "dacapo";',
      },
      2,
      55,
    ),
    inside(
      "by the type of a handler",
      {
        "flow.ts": `import type { OrchestrationHandler } from "durable-functions";\nexport const flow: OrchestrationHandler = function* (context) { yield* []; return [context, ${CLOCK}]; };`,
      },
      2,
      93,
      "context.df",
    ),
    inside(
      "when a function makes it",
      {
        "make.ts": `// durable\nexport const make = (rate: number) => () => rate * ${CLOCK};`,
        "register.ts":
          'import { orchestrator } from "dacapo";\nimport { make } from "./make.js";\norchestrator("flow", make(2));',
      },
      2,
      52,
    ),
    inside(
      "when functions make it of functions",
      {
        "make.ts": `// durable\nexport const make = (a: number) => (b: number) => function* () { yield; return a * b * ${CLOCK}; };`,
        "flows.ts": 'import { make } from "./make.js";\nconst half = make(2);\nexport const flows = { ship: half(3) };',
        "register.ts":
          'import { orchestrator } from "dacapo";\nimport { flows } from "./flows.js";\norchestrator("ship", flows.ship);',
      },
      2,
      88,
    ),
    {
      name: "where the engine is a part of the program, as in its own repository",
      files: {
        "flow.ts": `import { orchestrator } from "dacapo";\norchestrator("o", () => ${CLOCK});`,
        "engine.ts": "export const orchestrator = (name: string, fn: () => number) => ({ name, fn });",
      },
      options: { paths: { dacapo: ["./engine.ts"] } },
      errors: [
        {
          message: `${CLOCK} returns a different value on replay. Use ctx.currentUtcDateTime.`,
          line: 2,
          column: 25,
        },
      ],
    },
    {
      name: "what its maker is given is followed, and told where the orchestrator calls it",
      files: {
        "make.ts": "// durable\nexport const make = (read: () => number) => () => 1 + read();",
        "register.ts":
          'import { orchestrator } from "dacapo";\nimport { make } from "./make.js";\norchestrator("flow", make(() => Date.now()));',
      },
      errors: [
        {
          message:
            "Calls read() -> Date.now() (virtual/register.ts:3). Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.",
          line: 2,
          column: 55,
        },
      ],
    },
    {
      name: "what its maker is given in an object is followed",
      files: {
        "make.ts":
          "// durable\nexport const make = ({ clock }: { clock: { now(): number } }) => () => 1 + clock.now();",
        "register.ts":
          'import { orchestrator } from "dacapo";\nimport { make } from "./make.js";\nimport { clock } from "./clock.js";\norchestrator("flow", make({ clock }));',
        "clock.ts": "export const clock = { now: () => Date.now() };",
      },
      errors: [
        {
          message:
            "Calls now() -> Date.now() (virtual/clock.ts:1). Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.",
          line: 2,
          column: 76,
        },
      ],
    },
    {
      name: "what its maker is given and hands on is followed",
      files: {
        "make.ts":
          "// durable\nconst twice = (f: () => number) => f() + f();\nexport const make = (read: () => number) => () => twice(read);",
        "register.ts":
          'import { orchestrator } from "dacapo";\nimport { make } from "./make.js";\norchestrator("fixed", make(() => 1));\norchestrator("flow", make(() => Date.now()));',
      },
      errors: [
        {
          message:
            "Calls twice() -> Date.now() (virtual/register.ts:4). Date.now() returns a different value on replay. Use ctx.currentUtcDateTime.",
          line: 3,
          column: 51,
        },
      ],
    },
  ],
});
