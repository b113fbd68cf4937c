/** Uses of what depends on the host whose outcome does not, and those that only look like one. */
import { noHostInfo } from "../../eslint-plugin/src/rules/no-host-info.ts";
import { durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const depends = (api: string, advice: string, line: number, column: number): Expected => ({
  message: `${api} depends on the host, and the next replay may run on another one. ${advice}`,
  line,
  column,
});

const local = (api: string, line: number, column: number) =>
  depends(api, "Use the UTC form of the method.", line, column);

const stack = (api: string, line: number, column: number) => depends(api, "Use the error's message.", line, column);

const path = (api: string, line: number, column: number) =>
  depends(api, "Join the parts with path.join(), or name the folder in the input.", line, column);

const DUE = "const due = new Date(context.df.currentUtcDateTime);";

testRule("no-host-info: the local parts of a moment", noHostInfo, {
  valid: [
    ["the hours, set again", "due.setHours(due.getHours() + 24);"],
    ["the day, set again", "due.setDate(due.getDate() + context.df.getInput().days);"],
    ["the month and the day, set again", "due.setMonth(due.getMonth() + 1, Math.min(due.getDate(), 28));"],
    ["the year, set again", "due.setFullYear(due.getFullYear() + 1);"],
    ["the day of what was copied", "const late = new Date(due);\nlate.setDate(due.getDate() + 7);"],
    ["the day of a copy's milliseconds", "const late = new Date(due.getTime());\nlate.setDate(due.getDate() + 7);"],
    ["the parts in UTC", "return due.getUTCHours() + due.getUTCDay();"],
  ].map(([name = "", body = ""]) => ({ name, code: functionsV4(`${DUE}\n${body}`) })),
  invalid: [
    {
      name: "the hours, compared",
      code: functionsV4(`${DUE}\nif (due.getHours() > 17) return;`),
      output: null,
      errors: [local("Date.getHours()", 4, 5)],
    },
    {
      name: "a part that is set as another one",
      code: functionsV3(`${DUE}\ndue.setHours(due.getDate());\ndue.setDate(due.getDate() - due.getDay());`),
      output: null,
      errors: [local("Date.getDate()", 4, 14), local("Date.getDay()", 5, 29)],
    },
    {
      name: "a local part that is set in UTC",
      code: functionsV4(`${DUE}\ndue.setUTCHours(due.getHours());`),
      output: null,
      errors: [local("Date.getHours()", 4, 17)],
    },
    {
      name: "a part of one moment that is set in another one",
      code: functionsV4(`${DUE}\nconst other = new Date(0);\nother.setHours(due.getHours());`),
      output: null,
      errors: [local("Date.getHours()", 5, 16)],
    },
    {
      name: "a part in a function that is handed to the setter's argument",
      code: functionsV4(`${DUE}\ndue.setHours([1].map(() => due.getHours())[0]);`),
      output: null,
      errors: [local("Date.getHours()", 4, 28)],
    },
  ],
});

testRule("no-host-info: the stack of an error", noHostInfo, {
  valid: [
    ["a stack in a log", 'ctx.log.error(new Error("here").stack);'],
    ["a stack in a text of a log", 'const error = new Error("here");\nctx.log.error(`failed: ${error.stack}`);'],
    ["an error's message", 'return new Error("here").message;'],
    ["the stack of what is no error", "return input.stack;"],
    ["writing it", 'const error = new Error("here");\nthrow error;'],
  ].map(([name = "", body = ""]) => ({ name, code: generator(body) })),
  invalid: [
    {
      name: "a stack as a value",
      code: generator('return new Error("here").stack;'),
      output: null,
      errors: [stack("Error.stack", 3, 8)],
    },
    {
      name: "the stack of an error with a name",
      code: durableTask('const error = new TypeError("here");\nctx.setCustomStatus(error.stack);'),
      output: null,
      errors: [stack("TypeError.stack", 4, 21)],
    },
  ],
});

const resolving = (body: string) => `import path, { posix, resolve } from "node:path";\n${generator(body)}`;

testRule("no-host-info: paths", noHostInfo, {
  valid: [
    ["joined parts", 'return path.join("a", input);'],
    ["parts of a path", "return [path.basename(input), posix.dirname(input), path.extname(input)];"],
    ["a path that is absolute already", 'return [path.resolve("/data", input), resolve(input, `/etc`)];'],
    ["a path that may be absolute, by another name", "const absolute = resolve;\nreturn absolute(input);"],
    ["a path of a drive", 'return path.win32.resolve("C:\\\\data", "a");'],
    ["a path that may be absolute", 'return [resolve(input, "a"), resolve("a", ...input)];'],
    ["a promise that is resolved", "return Promise.resolve(input);"],
  ].map(([name = "", body = ""]) => ({ name, code: resolving(body) })),
  invalid: [
    {
      name: "a path made absolute",
      code: resolving('return [resolve("a"), path.resolve("a", "b"), posix.resolve()];'),
      output: null,
      errors: [path("path.resolve()", 4, 9), path("path.resolve()", 4, 23), path("path.posix.resolve()", 4, 47)],
    },
    {
      name: "a constant of the module that holds one",
      code: resolving("return ROOT;").replace("orchestrator(", 'const ROOT = resolve("data");\norchestrator('),
      output: null,
      errors: [
        {
          ...path("path.resolve()", 5, 8),
          message: `Calls ROOT -> path.resolve() (input.ts:3). ${path("path.resolve()", 0, 0).message}`,
        },
      ],
    },
  ],
});

testRuleWithTypes("no-host-info: the local parts of a moment", noHostInfo, {
  valid: [
    {
      name: "the hours of a parameter, set again",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\norchestrator("o", (ctx, input: string) => later(new Date(input)));\nfunction later(at: Date) { at.setHours(at.getHours() + 1); return at; }`,
      },
    },
  ],
  invalid: [
    {
      name: "the hours of the context's time",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\norchestrator("o", (ctx) => ctx.currentUtcDateTime.getHours());`,
      },
      errors: [local("Date.getHours()", 2, 28)],
    },
  ],
});
