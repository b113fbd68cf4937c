/** Which code counts as orchestrator code, seen through the rule that reports a clock there. */
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { testRule, testRuleOnTypeScript, type InvalidCase, type ValidCase } from "./rule-tester.ts";

/** The clock without a fix, so that these cases are about places alone. */
const CLOCK = "performance.now()";

/** A case in which the clock on the given line is in orchestrator code. */
function inside(name: string, code: string, line: number, column: number, context = "ctx"): InvalidCase {
  const message = `${CLOCK} returns a different value on replay. Use ${context}.currentUtcDateTime.`;
  return { name, code, output: null, errors: [{ message, line, column }] };
}

/** A case in which no clock is in orchestrator code. */
const outside = (name: string, code: string): ValidCase => ({ name, code });

testRule("orchestrator code", noWallClock, {
  valid: [
    outside("is not code that merely mentions the package", `import "dacapo";\n${CLOCK};`),
    outside(
      "is not the argument of somebody else's orchestrator",
      `import { orchestrator } from "band";\nimport "dacapo";\norchestrator("o", () => ${CLOCK});`,
    ),
    outside(
      "is not the argument of a local orchestrator",
      `import "dacapo";\nconst orchestrator = (n, f) => f;\norchestrator("o", () => ${CLOCK});`,
    ),
    outside(
      "is not the argument of a shadowing parameter",
      `import { orchestrator } from "dacapo";\nexport const f = (orchestrator) => orchestrator("o", () => ${CLOCK});`,
    ),
    outside("is not the argument of an unknown global", `import "dacapo";\norchestrator("o", () => ${CLOCK});`),
    outside(
      "is not a sub-path's export",
      `import { orchestrator } from "dacapo/testing";\norchestrator("o", () => ${CLOCK});`,
    ),
    outside("is not an activity", `import { activity } from "dacapo";\nactivity("a", () => ${CLOCK});`),
    outside("is not an entity", `import { entity } from "dacapo";\nentity("e", class { get() { return ${CLOCK}; } });`),
    outside(
      "is not the code beside an orchestrator",
      `import { orchestrator } from "dacapo";\nexport const at = ${CLOCK};\norchestrator("o", () => 1);`,
    ),
    outside(
      "is not another argument",
      `import { orchestrator } from "dacapo";\norchestrator("o" + ${CLOCK}, () => 1, () => ${CLOCK});`,
    ),
    outside(
      "is not what a wrapper returns",
      `import { orchestrator } from "dacapo";\nimport { traced } from "./traced.js";\norchestrator("o", traced(() => ${CLOCK}));`,
    ),
    outside(
      "is not a function that may be another",
      `import { orchestrator } from "dacapo";\nlet f = () => ${CLOCK};\nf = () => 1;\norchestrator("o", f);`,
    ),
    outside(
      "is not found behind a spread",
      `import { orchestrator } from "dacapo";\norchestrator(...names, () => ${CLOCK});`,
    ),
    outside(
      "does not include activities and entities written inside it",
      `import { activity, entity, orchestrator } from "dacapo";\norchestrator("o", (ctx) => {\n  const a = activity("a", () => ${CLOCK});\n  const stamp = () => ${CLOCK};\n  const b = activity("b", stamp);\n  entity("e", class { get() { return ${CLOCK}; } });\n});`,
    ),
    outside(
      "is not there without a handler",
      `import { orchestrator } from "dacapo";\norchestrator();\norchestrator("o");\norchestrator;`,
    ),
  ],
  invalid: [
    inside(
      "is an arrow function",
      `import { orchestrator } from "dacapo";\norchestrator("o", (ctx) => ${CLOCK});`,
      2,
      28,
    ),
    inside(
      "is a generator",
      `import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx) { ${CLOCK}; });`,
      2,
      37,
    ),
    inside(
      "is an async generator",
      `import { orchestrator } from "dacapo";\norchestrator("o", async function* (ctx) { ${CLOCK}; });`,
      2,
      43,
    ),
    inside(
      "is registered under an alias",
      `import { orchestrator as o } from "dacapo";\no("o", (ctx) => ${CLOCK});`,
      2,
      17,
    ),
    inside(
      "is registered through a namespace",
      `import * as d from "dacapo";\nd.orchestrator("o", (ctx) => ${CLOCK});`,
      2,
      30,
    ),
    inside(
      "is registered through a string name",
      `import { "orchestrator" as o } from "dacapo";\no("o", (ctx) => ${CLOCK});`,
      2,
      17,
    ),
    inside(
      "is registered through a constant",
      `import * as d from "dacapo";\nconst { orchestrator: o } = d;\nconst p = o;\np("o", (ctx) => ${CLOCK});`,
      4,
      17,
    ),
    inside(
      "is registered by compiled code",
      `const d = require("dacapo");\n(0, d.orchestrator)("o", (ctx) => ${CLOCK});`,
      2,
      35,
    ),
    inside(
      "is registered through a dynamic import",
      `const { orchestrator } = await import("dacapo");\norchestrator("o", (ctx) => ${CLOCK});`,
      2,
      28,
    ),
    inside(
      "is a constant",
      `import { orchestrator } from "dacapo";\nconst f = (ctx) => ${CLOCK};\norchestrator("o", f);`,
      2,
      20,
    ),
    inside(
      "is a declaration that comes later",
      `import { orchestrator } from "dacapo";\norchestrator("o", f);\nfunction* f(ctx) { ${CLOCK}; }`,
      3,
      20,
    ),
    inside(
      "is the same however often it is registered",
      `import { orchestrator } from "dacapo";\nconst f = (ctx) => ${CLOCK};\norchestrator("o", f);\norchestrator("p", f);`,
      2,
      20,
    ),
    inside(
      "includes the classes inside it that it makes instances of",
      `import { orchestrator } from "dacapo";\norchestrator("o", (ctx) => new (class { at = ${CLOCK}; })());`,
      2,
      46,
    ),
    inside(
      "belongs to the innermost orchestrator",
      `import { orchestrator } from "dacapo";\norchestrator("o", (outer) => {\n  orchestrator("p", (inner) => ${CLOCK});\n});`,
      3,
      32,
      "inner",
    ),
    inside(
      "calls a context that it does not name by its usual name",
      `import { orchestrator } from "dacapo";\norchestrator("o", ({ log }) => ${CLOCK});`,
      2,
      32,
    ),
  ],
});

testRuleOnTypeScript("orchestrator code", noWallClock, {
  valid: [
    outside(
      "is not the argument of a declared function",
      `import "dacapo";\ndeclare function orchestrator(n: string, f: () => number): void;\norchestrator("o", () => ${CLOCK});`,
    ),
    outside(
      "is not a signature without a body",
      `import { orchestrator } from "dacapo";\ndeclare function f(): void;\norchestrator("o", f);`,
    ),
  ],
  invalid: [
    inside(
      "keeps its meaning under assertions",
      `import { orchestrator } from "dacapo";\n(orchestrator as any)!("o", ((ctx) => ${CLOCK}) satisfies unknown);`,
      2,
      39,
    ),
    inside(
      "is found by an import of CommonJS",
      `import d = require("dacapo");\nd.orchestrator("o", (ctx) => ${CLOCK});`,
      2,
      30,
    ),
    inside(
      "is an overloaded declaration",
      `import { orchestrator } from "dacapo";\nfunction f(ctx: A): 1;\nfunction f(ctx: B): 2;\nfunction f(ctx: any) { return ${CLOCK}; }\norchestrator("o", f);`,
      4,
      31,
    ),
    inside(
      "may share its name with a type",
      `import { orchestrator } from "dacapo";\ninterface f { x: 1 }\nconst f = (ctx: any) => ${CLOCK};\norchestrator("o", f);`,
      3,
      25,
    ),
    inside(
      "is not hidden by types named like globals",
      `import { orchestrator } from "dacapo";\ninterface performance { x: 1 }\norchestrator("o", (ctx) => ${CLOCK});`,
      3,
      28,
    ),
    inside(
      "counts its parameters after this",
      `import { orchestrator } from "dacapo";\norchestrator("o", function (this: void, context) { return ${CLOCK}; });`,
      2,
      59,
      "context",
    ),
    inside(
      "is registered with type arguments",
      `import { orchestrator } from "dacapo";\norchestrator<number, string>("o", (ctx) => ${CLOCK});`,
      2,
      44,
    ),
  ],
});
