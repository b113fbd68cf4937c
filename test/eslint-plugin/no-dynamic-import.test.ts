/** What `dacapo/no-dynamic-import` takes for code that comes in while an orchestrator runs. */
import { noDynamicImport } from "../../eslint-plugin/src/rules/no-dynamic-import.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const loads = (api: string, line: number, column: number, what = ""): Expected => ({
  message: `${what}${api} loads a module while the orchestrator runs, and a replay may find another one. Import it at the top of the file.`,
  line,
  column,
});

const makes = (api: string, line: number, column: number): Expected => ({
  message: `${api} makes code of a text while the orchestrator runs. Write the code down, or run it in an activity.`,
  line,
  column,
});

testRule("no-dynamic-import", noDynamicImport, {
  valid: [
    { name: "an import of the file", code: `import { x } from "x";\n${generator("return x;")}` },
    { name: "a require of the file", code: `const x = require("x");\n${functionsV3("return x;")}` },
    {
      name: "a module that the file loads for itself",
      code: `const x = await import("x");\n${generator("return x;")}`,
    },
    { name: "an activity", code: 'import { activity } from "dacapo";\nactivity("a", () => import("x"));' },
    {
      name: "a function of that name",
      code: generator("const require = input.find; return require('x') + eval2('1');", "const eval2 = (x) => x;"),
    },
    { name: "a method of that name", code: generator("return input.require('x') + input.eval('1');") },
    { name: "what the module's address is", code: generator("return import.meta.url;") },
    { name: "a helper that nobody calls", code: generator("return 1;", "export const load = () => import('x');") },
  ],
  invalid: [
    { name: "import()", code: asyncStyle('return import("x");'), output: null, errors: [loads("import()", 3, 8)] },
    {
      name: "a computed name",
      code: durableTask("return import(input);"),
      output: null,
      errors: [loads("import()", 3, 8)],
    },
    {
      name: "require()",
      code: functionsV3('return require("x").y;'),
      output: null,
      errors: [loads("require()", 3, 8)],
    },
    {
      name: "a require that was made",
      code: `import { createRequire } from "node:module";\nconst load = createRequire(import.meta.url);\n${generator('return load("x");')}`,
      output: null,
      errors: [loads("load()", 5, 8)],
    },
    {
      name: "code of a text",
      code: functionsV4('return [eval("1"), new Function("a", "return a"), Function("return 1")];'),
      output: null,
      errors: [makes("eval()", 3, 9), makes("new Function()", 3, 20), makes("Function()", 3, 51)],
    },
    {
      name: "a helper that loads",
      code: asyncStyle("return load();", "const load = () => import('x');"),
      output: null,
      errors: [loads("import()", 3, 8, "Calls load() -> import() (input.ts:5). ")],
    },
  ],
});

testRuleOnTypeScript("no-dynamic-import", noDynamicImport, {
  valid: [
    {
      name: "types",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx, x: import("x").X): Promise<typeof import("y")> => x);',
    },
  ],
  invalid: [
    {
      name: "through an assertion",
      code: asyncStyle('return (await (import("x") as Promise<any>)).y;'),
      output: null,
      errors: [loads("import()", 3, 16)],
    },
  ],
});
