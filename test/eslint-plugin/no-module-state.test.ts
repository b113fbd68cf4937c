/** What `dacapo/no-module-state` takes to be shared by all instances. */
import { noModuleState } from "../../eslint-plugin/src/rules/no-module-state.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

/** Writes an orchestrator around a body, which begins on line 3; what follows it begins two lines later. */
const orchestrated = (body: string, after = "") =>
  `import { orchestrator } from "dacapo";\norchestrator("o", function* (ctx, input) {\n${body}\n});\n${after}`;

const writes = (name: string, line: number, column: number): Expected => ({
  message: `'${name}' is shared by all instances, and each replay writes it again. Keep the value in the orchestrator, or in an entity.`,
  line,
  column,
});

const reads = (name: string, line: number, column: number): Expected => ({
  message: `'${name}' is shared by all instances and changes after its module is loaded, so a replay may see another value. Pass it as input.`,
  line,
  column,
});

testRule("no-module-state: writing", noModuleState, {
  valid: [
    ["its own variables", "let n = 0; n += 1; const s = { n }; s.n = 2; delete s.n; return [n, s];"],
    ["its own collections", "const all = [], seen = new Map(); all.push(1); seen.set(1, 2); return all.sort();"],
    ["a nested function's view of them", "let n = 0; const add = () => { n += 1; }; add(); return n;"],
    ["its input", "input.seen = true; input.list.push(1);"],
    ["a name that hides the module's", "const list = []; list.push(1);", "const list = [];"],
    ["a parameter of a helper", "add([], input);", "function add(list, x) { list.push(x); return list; }"],
    ["what a helper makes", "fill();", "function fill() { const map = new Map(); map.set(1, 2); return map; }"],
    [
      "methods of other names",
      "router.push('a'); return TABLE.map((x) => x);",
      "const router = makeRouter(); const TABLE = [1];",
    ],
    [
      "an instance that does not change itself",
      "return rates.of(1);",
      "class Rates { of(n) { return n * 2; } }\nconst rates = new Rates();",
    ],
    ["a class of its own", "class Mine { static n = 0; } Mine.n = 1; Mine.prototype.run = () => 1;"],
    ["copying into an own object", "return Object.assign({}, DEFAULTS, input);", "const DEFAULTS = { a: 1 };"],
    ["the environment, which no-environment reports", "process.env.MODE = 'a';"],
    ["code beside the orchestrator", "return 1;", "let n = 0; export const count = () => { n += 1; };"],
    ["the arguments", "const f = function () { arguments[0] = 1; }; f();"],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    {
      name: "a variable of the module, each time",
      code: orchestrated("count = 1; count += 1;\ncount++; [count] = input;", "let count = 0;"),
      output: null,
      errors: [writes("count", 3, 1), writes("count", 3, 12), writes("count", 4, 1), writes("count", 4, 10)],
    },
    {
      name: "a member, at any depth",
      code: orchestrated('state.a = 1; state.b["c"].d = 2; delete state.a;', "const state = { b: { c: {} } };"),
      output: null,
      errors: [writes("state", 3, 1), writes("state", 3, 14), writes("state", 3, 34)],
    },
    {
      name: "collections, also inside objects",
      code: orchestrated(
        "list.push(1); seen.add(2); cache.set(3, 4); state.list.sort();",
        "const list = [], seen = new Set(), cache = new Map(), state = { list: [2, 1] };",
      ),
      output: null,
      errors: [writes("list", 3, 1), writes("seen", 3, 15), writes("cache", 3, 28), writes("state", 3, 45)],
    },
    {
      name: "an instance whose method changes it",
      code: orchestrated(
        "counter.add();",
        "class Counter { n = 0; add() { this.n += 1; } }\nconst counter = new Counter();",
      ),
      output: null,
      errors: [writes("counter", 3, 1)],
    },
    {
      name: "static fields and prototypes",
      code: orchestrated(
        "Mode.now = 1; Mode.prototype.run = input; count.n = 1;",
        "class Mode { static now = 0; }\nfunction count() {}",
      ),
      output: null,
      errors: [writes("Mode.now", 3, 1), writes("Mode.prototype.run", 3, 15), writes("count.n", 3, 43)],
    },
    {
      name: "globals",
      code: orchestrated(
        'undeclared = 1;\nglobalThis.mine = 2;\nArray.prototype.last = input;\nObject.assign(globalThis, input);\nReflect.set(Math, "pi", 3);',
      ),
      output: null,
      errors: [
        writes("undeclared", 3, 1),
        writes("globalThis.mine", 4, 1),
        writes("Array.prototype.last", 5, 1),
        writes("globalThis", 6, 1),
        writes("Math", 7, 1),
      ],
    },
    {
      name: "what a package exports",
      code: `import config, * as all from "settings";\n${orchestrated("config.mode = 1; all.list.length = 0;")}`,
      output: null,
      errors: [writes("config", 4, 1), writes("all", 4, 18)],
    },
    {
      name: "a memo, for which its reading is not reported as well",
      code: orchestrated("if (memo === undefined) memo = input;\nreturn memo;", "let memo;"),
      output: null,
      errors: [writes("memo", 3, 25)],
    },
    {
      name: "a helper that writes",
      code: orchestrated("note(input);", "const notes = [];\nfunction note(x) { notes.push(x); }"),
      output: null,
      errors: [
        {
          message: `Calls note() -> notes.push(x) (input.ts:6). ${writes("notes", 0, 0).message}`,
          line: 3,
          column: 1,
        },
      ],
    },
    {
      name: "a variable of the function that makes the orchestrator",
      code: 'import { orchestrator } from "dacapo";\nexport const make = (name) => {\n  let runs = 0;\n  return orchestrator(name, function* () { runs += 1; });\n};',
      output: null,
      errors: [writes("runs", 4, 44)],
    },
  ],
});

testRule("no-module-state: reading", noModuleState, {
  valid: [
    ["a constant", "return LIMIT + TABLE.a;", "const LIMIT = 1; const TABLE = { a: 1 };"],
    ["a variable that nothing writes", "return limit;", "let limit = 1;"],
    [
      "a table that its module fills",
      "return table.a;",
      "const table = {};\ntable.a = 1; for (const x of [1]) table[x] = x;",
    ],
    ["a variable that is set while loading", "return mode;", "let mode = 1; mode = 2; (() => { mode = 3; })();"],
    [
      "a table that a function fills while loading",
      "return all.get(1);",
      "const all = new Map();\nfunction register(k) { all.set(k, k); }\nregister(1); register(2);",
    ],
    [
      "a copy",
      "return names.length;",
      "const source = []; const names = [...source];\nexport const add = (x) => source.push(x);",
    ],
    ["the name of a member", "return input.count;", "let count = 0; export const add = () => { count += 1; };"],
    [
      "a local of the same name",
      "const count = 1; return count;",
      "let count = 0; export const add = () => { count += 1; };",
    ],
    ["what an activity alone uses", "return 1;", "let n = 0; export const add = () => { n += 1; return n; };"],
  ].map(([name, body, after]) => ({ name: String(name), code: orchestrated(String(body), after) })),
  invalid: [
    {
      name: "a variable that a function writes, once",
      code: orchestrated(
        "if (mode) return mode;\nreturn { mode };",
        "let mode = 1;\nexport const set = (m) => { mode = m; };",
      ),
      output: null,
      errors: [reads("mode", 3, 5)],
    },
    {
      name: "a collection that a function fills",
      code: orchestrated("return all.length;", "const all = [];\nexport function add(x) { all.push(x); }"),
      output: null,
      errors: [reads("all", 3, 8)],
    },
    {
      name: "a function that is replaced",
      code: orchestrated("return rate();", "let rate = () => 1;\nexport const use = (f) => { rate = f; };"),
      output: null,
      errors: [reads("rate", 3, 8)],
    },
    {
      name: "a static field",
      code: orchestrated(
        "return Mode.now;",
        "class Mode { static now = 0; }\nexport const set = (m) => { Mode.now = m; };",
      ),
      output: null,
      errors: [reads("Mode.now", 3, 8)],
    },
    {
      name: "what is written while loading, and later too",
      code: orchestrated(
        "return all;",
        "const all = [];\nfunction add(x) { all.push(x); }\nadd(1); export const later = () => add(2);",
      ),
      output: null,
      errors: [reads("all", 3, 8)],
    },
    {
      name: "a helper that reads",
      code: orchestrated(
        "return current();",
        "let mode = 1;\nexport const set = (m) => { mode = m; };\nfunction current() { return mode; }",
      ),
      output: null,
      errors: [{ message: `Calls current() -> mode (input.ts:7). ${reads("mode", 0, 0).message}`, line: 3, column: 8 }],
    },
  ],
});

testRule("no-module-state: caches of packages", noModuleState, {
  valid: [
    {
      name: "a cache that the orchestrator does not use",
      code: `import NodeCache from "node-cache";\nconst cache = new NodeCache();\nexport const get = (k) => cache.get(k);\n${orchestrated("return 1;")}`,
    },
  ],
  invalid: [
    {
      name: "a cache",
      code: `import NodeCache from "node-cache";\nconst cache = new NodeCache();\n${orchestrated("return cache.get(input);")}`,
      output: null,
      errors: [
        {
          message:
            "node-cache.get() keeps state in the process, which all instances share and a restart loses. Keep it in the orchestrator, or in an entity.",
          line: 5,
          column: 8,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-module-state", noModuleState, {
  valid: [
    {
      name: "types and enums",
      code: 'import { orchestrator } from "dacapo";\nenum Mode { A }\ndeclare let mode: Mode;\norchestrator("o", async (ctx, input: Mode) => (mode === Mode.A ? input : mode));',
    },
  ],
  invalid: [
    {
      name: "through an assertion",
      code: 'import { orchestrator } from "dacapo";\nconst state: Record<string, number> = {};\norchestrator("o", async (ctx) => { (state as any).n! = 1; });',
      output: null,
      errors: [writes("state", 3, 36)],
    },
  ],
});

testRuleWithTypes("no-module-state", noModuleState, {
  valid: [
    {
      name: "a constant of another file",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\nimport { TABLE } from "./table.ts";\norchestrator("o", async () => TABLE.length);`,
        "table.ts": `export const TABLE: number[] = [];\nTABLE.push(1);`,
      },
    },
  ],
  invalid: [
    {
      name: "state of another file, written and read",
      files: {
        "main.ts": `import { orchestrator } from "dacapo";\nimport { all, seen } from "./state.ts";\norchestrator("o", async () => { all.push(1);\nreturn seen.size; });`,
        "state.ts": `export const all: number[] = Array.from([0]);\nexport const seen = new Set<number>();\nexport const see = (n: number) => seen.add(n);`,
      },
      errors: [writes("all", 3, 33), reads("seen", 4, 8)],
    },
  ],
});
