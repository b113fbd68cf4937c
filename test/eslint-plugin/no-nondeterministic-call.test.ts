/** What a declaration says wins: `@nondeterministic`, `@deterministic`, and the settings. */
import { noIo } from "../../eslint-plugin/src/rules/no-io.ts";
import { noNondeterministicCall } from "../../eslint-plugin/src/rules/no-nondeterministic-call.ts";
import { noRandom } from "../../eslint-plugin/src/rules/no-random.ts";
import { noUnsafeLogging } from "../../eslint-plugin/src/rules/no-unsafe-logging.ts";
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { asyncStyle, durableTask, functionsV3, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const declared = (api: string, line: number, column: number, what = ""): Expected => ({
  message: `${what}${api} is declared nondeterministic. Call it in an activity.`,
  line,
  column,
});

testRule("no-nondeterministic-call", noNondeterministicCall, {
  valid: [
    ["a function without a comment", "return ask();", "function ask() { return 1; }"],
    [
      "a function that is declared deterministic",
      "return ask();",
      "/** @deterministic A memo of a pure function. */\nfunction ask() { return 1; }",
    ],
    [
      "a comment that only mentions the word",
      "return ask();",
      "/** Not nondeterministic at all. */\nfunction ask() { return 1; }",
    ],
    [
      "a comment of another function",
      "return ask();",
      "/** @nondeterministic */\nfunction other() { return 1; }\nfunction ask() { return 1; }",
    ],
    ["a comment that is none of JSDoc's", "return ask();", "// @nondeterministic\nfunction ask() { return 1; }"],
    ["a function that is not called", "return typeof ask;", "/** @nondeterministic */\nfunction ask() { return 1; }"],
    [
      "a function that another hazard's rule reports",
      "return ask();",
      "/** @nondeterministic clock */\nfunction ask() { return 1; }",
    ],
    ["an orchestrator that calls none", "return 1;", "/** @nondeterministic */\nexport const ask = () => 1;"],
    [
      "another method of the object",
      "return device.name();",
      "const device = {\n/** @nondeterministic */\nread() { return 1; },\nname() { return 2; } };",
    ],
  ].map(([name, body, after]) => ({ name: String(name), code: generator(String(body), after) })),
  invalid: [
    {
      name: "a function",
      code: generator("return ask();", "/** @nondeterministic It asks a plugin. */\nfunction ask() { return 1; }"),
      output: null,
      errors: [declared("ask()", 3, 8)],
    },
    {
      name: "a constant that holds a function, each time",
      code: asyncStyle("return ask() + ask();", "/** @nondeterministic */\nconst ask = () => 1;"),
      output: null,
      errors: [declared("ask()", 3, 8), declared("ask()", 3, 16)],
    },
    {
      name: "a function by another name",
      code: functionsV3("const f = ask;\nreturn f();", "/** @nondeterministic */\nfunction ask() { return 1; }"),
      output: null,
      errors: [declared("f()", 4, 8)],
    },
    {
      name: "a method, and a class",
      code: durableTask(
        "return device.read() + new Probe().value;",
        "const device = {\n/** @nondeterministic */\nread() { return 1; } };\n/** @nondeterministic */\nclass Probe { value = 1; }",
      ),
      output: null,
      errors: [declared("read()", 3, 8), declared("new Probe()", 3, 24)],
    },
    {
      name: "a callback",
      code: generator("return input.map(ask);", "/** @nondeterministic */\nfunction ask() { return 1; }"),
      output: null,
      errors: [declared("ask()", 3, 18)],
    },
    {
      name: "a helper that calls it",
      code: generator(
        "return helper();",
        "const helper = () => ask();\n/** @nondeterministic */\nfunction ask() { return 1; }",
      ),
      output: null,
      errors: [declared("ask()", 3, 8, "Calls helper() -> ask() (input.ts:5). ")],
    },
    {
      name: "whatever it does itself",
      code: generator(
        "return ask();",
        "/** @nondeterministic */\nfunction ask() { return Math.random() + Date.now(); }",
      ),
      output: null,
      errors: [declared("ask()", 3, 8)],
    },
  ],
});

testRule("@deterministic", noRandom, {
  valid: [
    [
      "is believed",
      "return id();",
      "/** @deterministic The seed is the same everywhere. */\nfunction id() { return Math.random(); }",
    ],
    [
      "is believed through a helper",
      "return helper();",
      "/** @deterministic */\nconst id = () => Math.random();\nconst helper = () => id();",
    ],
    [
      "is believed of a callback",
      "return input.map(id);",
      "/** @deterministic */\nfunction id() { return Math.random(); }",
    ],
    ["is believed of a class", "return new Dice();", "/** @deterministic */\nclass Dice { side = Math.random(); }"],
    [
      "is believed of a function that is handed on",
      "return run(id);",
      "const run = (f) => f();\n/** @deterministic */\nfunction id() { return Math.random(); }",
    ],
  ].map(([name, body, after]) => ({ name: String(name), code: generator(String(body), after) })),
  invalid: [
    {
      name: "is not believed of an orchestrator, which is its own judge",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o",\n/** @deterministic */\n(ctx, input) => input + Math.random(1));',
      output: null,
      errors: [
        {
          message: "Math.random() returns a different value on replay. Use ctx.newGuid(), or draw it in an activity.",
          line: 4,
          column: 25,
          suggestions: [
            {
              desc: "Replace with ctx.random().",
              output:
                'import { orchestrator } from "dacapo";\norchestrator("o",\n/** @deterministic */\n(ctx, input) => input + ctx.random());',
            },
          ],
        },
      ],
    },
  ],
});

testRule("@nondeterministic clock", noWallClock, {
  valid: [
    { name: "is not without the word", code: generator("return at();", "/** @nondeterministic */\nfunction at() {}") },
  ],
  invalid: [
    {
      name: "is a clock",
      code: generator("return at();", "/** @nondeterministic clock of the station */\nfunction at() { return 1; }"),
      output: null,
      errors: [
        { message: "at() returns a different value on replay. Use ctx.currentUtcDateTime.", line: 3, column: 8 },
      ],
    },
  ],
});

testRule("@nondeterministic io", noIo, {
  valid: [
    { name: "is not another word", code: generator("return at();", "/** @nondeterministic ion */\nfunction at() {}") },
  ],
  invalid: [
    {
      name: "is I/O",
      code: generator("return load();", "/** @nondeterministic io */\nconst load = () => 1;"),
      output: null,
      errors: [
        {
          message:
            "load() does I/O, which happens again on each replay, and may give another answer. Move it to an activity.",
          line: 3,
          column: 8,
        },
      ],
    },
  ],
});

testRule("@nondeterministic log", noUnsafeLogging, {
  valid: [
    {
      name: "is fine behind the flag",
      code: generator("if (!ctx.isReplaying) note();", "/** @nondeterministic log */\nfunction note() {}"),
    },
  ],
  invalid: [
    {
      name: "is a log elsewhere",
      code: generator("note();", "/** @nondeterministic log */\nfunction note() {}"),
      output: null,
      errors: [
        {
          message:
            "note() logs again on each replay. Log with the context's own logger, or only if ctx.isReplaying is false.",
          line: 3,
          column: 1,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-nondeterministic-call", noNondeterministicCall, {
  valid: [
    {
      name: "the other overload",
      code: generator(
        "return convert('a');",
        "function convert(x: string): string;\n/** @nondeterministic */\nfunction convert(x: number): string;\nfunction convert(x: string | number): string { return String(x); }",
      ),
    },
  ],
  invalid: [
    {
      name: "a declaration without a body",
      code: generator("return read();", "/** @nondeterministic */\ndeclare function read(): number;"),
      output: null,
      errors: [declared("read()", 3, 8)],
    },
    {
      name: "a method of an interface",
      code: generator(
        "return ask(input);",
        "interface Device {\n/** @nondeterministic */\nread(): number }\nfunction ask(d: Device) { return d.read(); }",
      ),
      output: null,
      errors: [declared("read()", 3, 8, "Calls ask() -> read() (input.ts:8). ")],
    },
  ],
});

testRuleWithTypes("no-nondeterministic-call", noNondeterministicCall, {
  valid: [
    {
      name: "a package that declares its function deterministic",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { read } from "device";\norchestrator("o", async () => read());',
        "node_modules/device/index.d.ts": "/** @deterministic */\nexport declare function read(): number;",
      },
      settings: { dacapo: { decls: { "device.read": "nondeterministic" } } },
    },
  ],
  invalid: [
    {
      name: "a package that declares its function",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { read } from "device";\norchestrator("o", async () => read());',
        "node_modules/device/index.d.ts": "/** @nondeterministic */\nexport declare function read(): number;",
      },
      errors: [declared("read()", 3, 31)],
    },
    {
      name: "a function that the settings declare",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { read } from "device";\norchestrator("o", async () => read());',
        "node_modules/device/index.d.ts": "export declare function read(): number;",
      },
      settings: { dacapo: { decls: { "device.read": "nondeterministic" } } },
      errors: [declared("device.read()", 3, 31)],
    },
  ],
});
