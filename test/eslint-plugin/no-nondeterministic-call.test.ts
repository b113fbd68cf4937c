/** What the tags `@deterministic` and `@nondeterministic` mean, and what `dacapo/no-nondeterministic-call` reports. */
import { noNondeterministicCall } from "../../eslint-plugin/src/rules/no-nondeterministic-call.ts";
import { noRandom } from "../../eslint-plugin/src/rules/no-random.ts";
import { noUnsafeLogging } from "../../eslint-plugin/src/rules/no-unsafe-logging.ts";
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const declared = (api: string, line: number, column: number, path = ""): Expected => ({
  message: `${path === "" ? "" : `Calls ${path}. `}${api} is declared nondeterministic. Call it in an activity.`,
  line,
  column,
});

testRule("no-nondeterministic-call: declared where it is written", noNondeterministicCall, {
  valid: [
    {
      name: "a function without a tag",
      code: generator("return f();", "/** Gives one. */\nfunction f() { return 1; }"),
    },
    {
      name: "a function that is declared deterministic",
      code: generator("return f();", "/** @deterministic */\nfunction f() { return 1; }"),
    },
    {
      name: "a reference without a call",
      code: generator("return typeof device;", "/** @nondeterministic */\nfunction device() { return 1; }"),
    },
    {
      name: "a comment that is none of JSDoc",
      code: generator("return device();", "// @nondeterministic\nfunction device() { return 1; }"),
    },
    {
      name: "a tag of another name",
      code: generator("return device();", "/** @nondeterministically */\nfunction device() { return 1; }"),
    },
    {
      name: "another function of the same name",
      code: generator(
        "const device = input.device;\nreturn device();",
        "/** @nondeterministic */\nexport function device() { return 1; }",
      ),
    },
    {
      name: "an activity that calls it",
      code: generator(
        "return ctx.callActivity(read);",
        '/** @nondeterministic */\nconst device = () => 1;\nconst read = activity("read", () => device());',
        "activity, orchestrator",
      ),
    },
    {
      name: "a helper that is declared deterministic, whatever it calls",
      code: generator(
        "return f();",
        "/** @deterministic Memoised. */\nconst f = () => device();\n/** @nondeterministic */\nconst device = () => 1;",
      ),
    },
    {
      name: "code beside the orchestrator",
      code: generator(
        "return 1;",
        "/** @nondeterministic */\nconst device = () => 1;\nexport const other = () => device();",
      ),
    },
  ],
  invalid: [
    {
      name: "a function",
      code: generator(
        "return device();",
        "/** @nondeterministic It asks a device. */\nfunction device() { return 1; }",
      ),
      output: null,
      errors: [declared("device()", 3, 8)],
    },
    {
      name: "a function that a constant holds",
      code: functionsV4("return device();", "/** @nondeterministic */\nconst device = () => 1;"),
      output: null,
      errors: [declared("device()", 3, 8)],
    },
    {
      name: "whatever a constant holds",
      code: functionsV3("return device();", '/** @nondeterministic */\nconst device = require("./native.node").read;'),
      output: null,
      errors: [declared("device()", 3, 8)],
    },
    {
      name: "each call",
      code: asyncStyle("return device() + device();", "/** @nondeterministic */\nfunction device() { return 1; }"),
      output: null,
      errors: [declared("device()", 3, 8), declared("device()", 3, 19)],
    },
    {
      name: "a method of an object",
      code: durableTask("return api.device();", "const api = {\n/** @nondeterministic */\ndevice() { return 1; } };"),
      output: null,
      errors: [declared("device()", 3, 8)],
    },
    {
      name: "members on one line with their braces",
      code: generator(
        "return new A().device() + api.device() + api.other() + api.stable();",
        "class A { /** @nondeterministic */ device() { return 1; } }\nconst api = { /** @nondeterministic */ device() { return 1; }, // @nondeterministic\nother() { return 1; }, /** @nondeterministic */\nstable() { return 1; } };",
      ),
      output: null,
      errors: [declared("device()", 3, 8), declared("device()", 3, 27)],
    },
    {
      name: "a method, and the methods of a class",
      code: generator(
        "return new A().device() + new B().device();",
        "class A {\n/** @nondeterministic */\ndevice() { return 1; } }\n/** @nondeterministic */\nclass B { device() { return 1; } }",
      ),
      output: null,
      errors: [declared("device()", 3, 8), declared("new B()", 3, 27), declared("device()", 3, 27)],
    },
    {
      name: "the making of an instance",
      code: generator("return new Device();", "/** @nondeterministic */\nclass Device {}"),
      output: null,
      errors: [declared("new Device()", 3, 8)],
    },
    {
      name: "a getter",
      code: generator(
        "return new Device().state;",
        "class Device {\n/** @nondeterministic */\nget state() { return 1; } }",
      ),
      output: null,
      errors: [declared("state", 3, 8, "state -> @nondeterministic (input.ts:7)")],
    },
    {
      name: "a constant of the module",
      code: generator("return STATE;", "/** @nondeterministic */\nconst STATE = 1;"),
      output: null,
      errors: [declared("STATE", 3, 8, "STATE -> @nondeterministic (input.ts:6)")],
    },
    {
      name: "a callback of an array's method",
      code: generator("return input.map(device);", "/** @nondeterministic */\nfunction device() { return 1; }"),
      output: null,
      errors: [declared("device()", 3, 18)],
    },
    {
      name: "through a helper, at the helper's call",
      code: generator(
        "return read();",
        "const read = () => device();\n/** @nondeterministic */\nfunction device() { return 1; }",
      ),
      output: null,
      errors: [declared("device()", 3, 8, "read() -> device() (input.ts:5)")],
    },
    {
      name: "handed to a function of the program that calls it",
      code: generator(
        "return apply(device);",
        "const apply = (f) => f();\n/** @nondeterministic */\nfunction device() { return 1; }",
      ),
      output: null,
      errors: [declared("device()", 3, 8, "apply() -> device() -> @nondeterministic (input.ts:7)")],
    },
    {
      name: "a function with a word that is no hazard's",
      code: generator("return device();", "/** @nondeterministic ion */\nfunction device() { return fetch(); }"),
      output: null,
      errors: [declared("device()", 3, 8)],
    },
    {
      name: "a function inside the orchestrator",
      code: generator("/** @nondeterministic */\nconst device = () => 1;\nreturn device();"),
      output: null,
      errors: [declared("device()", 5, 8)],
    },
  ],
});

testRule("the word of a hazard sends the report to the hazard's rule", noWallClock, {
  valid: [
    {
      name: "deterministic, though a clock is behind it",
      code: generator("return isLate(input);", "/** @deterministic */\nconst isLate = () => Date.now() > 0;"),
    },
    {
      name: "deterministic under another name",
      code: generator("return now();", "/** @deterministic */\nconst now = Date.now;"),
    },
    {
      name: "a deterministic constant of the module",
      code: generator("return START;", "/** @deterministic */\nconst START = Date.now();"),
    },
    {
      name: "a deterministic getter",
      code: generator("return new A().now;", "class A {\n/** @deterministic */\nget now() { return Date.now(); } }"),
    },
    {
      name: "a deterministic callback",
      code: generator("return input.map(stamp);", "/** @deterministic */\nfunction stamp() { return Date.now(); }"),
    },
    {
      name: "the methods of a deterministic class",
      code: generator(
        "return new Cache().get();",
        "/** @deterministic */\nclass Cache { get() { return Date.now(); } }",
      ),
    },
    {
      name: "what is nondeterministic for another reason, of which another rule tells",
      code: generator("return f();", "/** @nondeterministic */\nconst f = () => Date.now();"),
    },
  ],
  invalid: [
    {
      name: "a clock",
      code: generator("return now();", "/** @nondeterministic clock */\nconst now = () => native();"),
      output: null,
      errors: [
        { message: "now() returns a different value on replay. Use ctx.currentUtcDateTime.", line: 3, column: 8 },
      ],
    },
    {
      name: "an orchestrator, which nobody can declare deterministic",
      code: 'import { orchestrator } from "dacapo";\n/** @deterministic */\nconst flow = function* (ctx) { return performance.now(); };\norchestrator("o", flow);',
      output: null,
      errors: [
        {
          message: "performance.now() returns a different value on replay. Use ctx.currentUtcDateTime.",
          line: 3,
          column: 39,
        },
      ],
    },
  ],
});

testRule("a log that is declared one", noUnsafeLogging, {
  valid: [
    {
      name: "behind the flag",
      code: generator("if (!ctx.isReplaying) audit();", "/** @nondeterministic log */\nfunction audit() {}"),
    },
  ],
  invalid: [
    {
      name: "on each replay",
      code: generator("audit();", "/** @nondeterministic log */\nfunction audit() {}"),
      output: null,
      errors: [
        {
          message:
            "audit() logs again on each replay. Log with the context's own logger, or only if ctx.isReplaying is false.",
          line: 3,
          column: 1,
        },
      ],
    },
  ],
});

const OVERLOADS = `
function convert(value: string): string;
/** @nondeterministic */
function convert(value: number): string;
function convert(value: string | number): string { return String(value); }
`;

testRuleOnTypeScript("no-nondeterministic-call", noNondeterministicCall, {
  valid: [
    { name: "the other overload", code: generator('return convert("a");', OVERLOADS) },
    { name: "an overload that nobody knows", code: generator("return convert(input as any);", OVERLOADS) },
  ],
  invalid: [
    {
      name: "a method of an interface on one line",
      code: generator(
        "return (input as Device).read();",
        "interface Device { /** @nondeterministic */ read(): number }",
      ),
      output: null,
      errors: [declared("read()", 3, 8)],
    },
    {
      name: "the overload that is declared",
      code: generator("return convert(1);", OVERLOADS),
      output: null,
      errors: [declared("convert()", 3, 8)],
    },
    {
      name: "a method of an interface",
      code: generator(
        "return ask(input as Device);",
        "interface Device {\n/** @nondeterministic */\nread(): number; }\nfunction ask(device: Device) { return device.read(); }",
      ),
      output: null,
      errors: [declared("read()", 3, 8, "ask() -> read() (input.ts:8)")],
    },
  ],
});

const main = (body: string, imports: string) =>
  `import { orchestrator } from "dacapo";\n${imports}\norchestrator("o", () => ${body});`;

/** A package whose types speak for it. */
const typesOf = (name: string, types: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0", types: "index.d.ts" }),
  [`node_modules/${name}/index.d.ts`]: types,
});

testRuleWithTypes("no-nondeterministic-call", noNondeterministicCall, {
  valid: [
    {
      name: "what the settings declare deterministic, whatever its package says",
      files: {
        "main.ts": main("read()", 'import { read } from "device";'),
        ...typesOf("device", "/** @nondeterministic */\nexport declare function read(): number;"),
      },
      settings: { dacapo: { decls: { "device:read": "deterministic" } } },
    },
  ],
  invalid: [
    {
      name: "a function of another file",
      files: {
        "main.ts": main("device()", 'import { device } from "./device.ts";'),
        "device.ts": "/** @nondeterministic */\nexport const device = () => 1;",
      },
      errors: [declared("device()", 3, 25)],
    },
    {
      name: "a function of a file of types",
      files: {
        "main.ts": main("read()", 'import { read } from "./device.js";'),
        "device.d.ts": "/** @nondeterministic */\nexport declare function read(): number;",
      },
      errors: [declared("read()", 3, 25)],
    },
    {
      name: "a function and a class of a package",
      files: {
        "main.ts": main("[read(), new Port().open()]", 'import { read, Port } from "device";'),
        ...typesOf(
          "device",
          "/** @nondeterministic */\nexport declare function read(): number;\nexport declare class Port {\n/** @nondeterministic */\nopen(): number; }",
        ),
      },
      errors: [declared("read()", 3, 26), declared("open()", 3, 34)],
    },
  ],
});

testRuleWithTypes("no-random, of packages that speak for themselves", noRandom, {
  valid: [
    {
      name: "a function that its package declares deterministic",
      files: {
        "main.ts": main("nanoid()", 'import { nanoid } from "nanoid";'),
        ...typesOf("nanoid", "/** @deterministic */\nexport declare function nanoid(): string;"),
      },
    },
  ],
  invalid: [
    {
      name: "a function that its package declares random",
      files: {
        "main.ts": main("draw()", 'import { draw } from "lottery";'),
        ...typesOf("lottery", "/** @nondeterministic random */\nexport declare function draw(): number;"),
      },
      errors: [
        {
          message: "draw() returns a different value on replay. Use ctx.newGuid(), or draw it in an activity.",
          line: 3,
          column: 25,
        },
      ],
    },
  ],
});
