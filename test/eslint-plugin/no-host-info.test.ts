/** What `dacapo/no-host-info` takes for the host's. */
import { noHostInfo } from "../../eslint-plugin/src/rules/no-host-info.ts";
import { asyncStyle, durableTask, functionsV3, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const depends = (api: string, line: number, column: number, advice = "Ask it in an activity."): Expected => ({
  message: `${api} depends on the host, and the next replay may run on another one. ${advice}`,
  line,
  column,
});

const LOCALE = 'Name the locale, and the time zone as "UTC".';

testRule("no-host-info", noHostInfo, {
  valid: [
    {
      name: "UTC",
      code: generator("return ctx.currentUtcDateTime.toISOString() + ctx.currentUtcDateTime.getUTCHours();"),
    },
    {
      name: "a named locale",
      code: generator(
        'return [(1).toLocaleString("en"), input.localeCompare("b", "en"), new Intl.NumberFormat("en").format(1)];',
      ),
    },
    { name: "a comparison", code: generator("return input.sort((a, b) => (a < b ? -1 : 1));") },
    {
      name: "an absolute path",
      code: `import path from "node:path";\n${generator('return [path.resolve("/a", "b"), path.join("a", "b")];')}`,
    },
    { name: "a reference", code: generator("return typeof process.cwd;") },
    { name: "an error's message", code: generator('return new Error("a").message;') },
    { name: "an activity", code: 'import { activity } from "dacapo";\nactivity("a", () => process.pid);' },
    { name: "another object's members", code: generator("return [input.pid, input.process.cwd(), input.platform];") },
    { name: "data between formats", code: `import v8 from "node:v8";\n${generator("return v8.serialize(input);")}` },
  ],
  invalid: [
    {
      name: "the process",
      code: generator("return [process.pid, process.cwd(), process.platform, process.memoryUsage()];"),
      output: null,
      errors: [
        depends("process.pid", 3, 9),
        depends("process.cwd()", 3, 22),
        depends("process.platform", 3, 37),
        depends("process.memoryUsage()", 3, 55),
      ],
    },
    {
      name: "the system",
      code: `import os from "node:os";\n${durableTask("return os.hostname() + os.EOL;")}`,
      output: null,
      errors: [depends("os.hostname()", 4, 8), depends("os.EOL", 4, 24)],
    },
    {
      name: "the default language",
      code: asyncStyle("return [(1).toLocaleString(), new Intl.NumberFormat().format(1)];"),
      output: null,
      errors: [depends("toLocaleString()", 3, 9, LOCALE), depends("new Intl.NumberFormat()", 3, 31, LOCALE)],
    },
    {
      name: "the order of words",
      code: generator("return input.sort((a, b) => a.localeCompare(b));"),
      output: null,
      errors: [depends("localeCompare()", 3, 29, "Compare with < or name the locale.")],
    },
    {
      name: "the default time zone",
      code: functionsV3("return new Date(0).getHours();"),
      output: null,
      errors: [depends("Date.getHours()", 3, 8, "Use the UTC form of the method.")],
    },
    {
      name: "the working folder",
      code: `import { resolve } from "path";\n${generator('return [resolve("a", "b"), resolve()];')}`,
      output: null,
      errors: [9, 28].map((column) =>
        depends("path.resolve()", 4, column, "Join the parts with path.join(), or name the folder in the input."),
      ),
    },
    {
      name: "where the code lies",
      code: generator('return new Error("a").stack;'),
      output: null,
      errors: [depends("Error.stack", 3, 8, "Use the error's message.")],
    },
    {
      name: "a helper",
      code: generator("return worker();", "const worker = () => process.pid % 4;"),
      output: null,
      errors: [
        {
          message: `Calls worker() -> process.pid (input.ts:5). ${depends("process.pid", 0, 0).message}`,
          line: 3,
          column: 8,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-host-info", noHostInfo, {
  valid: [],
  invalid: [
    {
      name: "a parameter that is a date by its type",
      code: 'import { orchestrator } from "dacapo";\nconst hour = (at: Date): number => at.getHours();\norchestrator("o", async (ctx) => hour(ctx.currentUtcDateTime));',
      output: null,
      errors: [
        {
          message: `Calls hour() -> Date.getHours() (input.ts:2). ${depends("Date.getHours()", 0, 0, "Use the UTC form of the method.").message}`,
          line: 3,
          column: 34,
        },
      ],
    },
  ],
});

testRuleWithTypes("no-host-info", noHostInfo, {
  valid: [
    {
      name: "a method of that name on a class of the program",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nclass Clock { getHours(): number { return 1; } }\norchestrator("o", async () => new Clock().getHours());',
      },
    },
  ],
  invalid: [
    {
      name: "the context's own time, read in the default zone",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx) => ctx.currentUtcDateTime.getHours());',
      },
      errors: [depends("Date.getHours()", 2, 34, "Use the UTC form of the method.")],
    },
  ],
});
