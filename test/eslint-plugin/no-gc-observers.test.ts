/** What `dacapo/no-gc-observers` takes for a view of the collector or of other threads. */
import { noGcObservers } from "../../eslint-plugin/src/rules/no-gc-observers.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const observes = (api: string, line: number, column: number, what = ""): Expected => ({
  message: `${what}${api} depends on the garbage collector or on other threads, which no replay repeats. Hold the value itself.`,
  line,
  column,
});

testRule("no-gc-observers", noGcObservers, {
  valid: [
    [
      "weak maps and sets, which show nothing of the collector",
      "const m = new WeakMap(); m.set(input, 1); return m.has(input);",
    ],
    ["plain memory", "return new Uint8Array(new ArrayBuffer(8));"],
    ["a reference", "return typeof WeakRef;"],
    ["a class of that name", "class WeakRef { deref() { return 1; } } return new WeakRef().deref();"],
    ["another object's method", "return input.deref() + input.Atomics.load(1);"],
    ["a helper that nobody calls", "return 1;", "export const watch = (x) => new WeakRef(x);"],
  ].map(([name, body, after]) => ({ name: String(name), code: generator(String(body), after) })),
  invalid: [
    {
      name: "weak references",
      code: generator("const ref = new WeakRef(input);\nreturn ref.deref();"),
      output: null,
      errors: [observes("new WeakRef()", 3, 13), observes("WeakRef.deref()", 4, 8)],
    },
    {
      name: "finalisers",
      code: asyncStyle("const r = new FinalizationRegistry(() => {});\nr.register(input, 1);"),
      output: null,
      errors: [observes("new FinalizationRegistry()", 3, 11), observes("FinalizationRegistry.register()", 4, 1)],
    },
    {
      name: "shared memory",
      code: durableTask("return Atomics.load(new Int32Array(new SharedArrayBuffer(4)), 0);"),
      output: null,
      errors: [observes("Atomics.load()", 3, 8), observes("new SharedArrayBuffer()", 3, 36)],
    },
    {
      name: "by the global object",
      code: functionsV3("return new globalThis.WeakRef({});"),
      output: null,
      errors: [observes("new WeakRef()", 3, 8)],
    },
    {
      name: "a helper",
      code: functionsV4("return weak({});", "const weak = (x) => new WeakRef(x);"),
      output: null,
      errors: [observes("new WeakRef()", 3, 8, "Calls weak() -> new WeakRef() (input.ts:5). ")],
    },
  ],
});

testRuleOnTypeScript("no-gc-observers", noGcObservers, {
  valid: [],
  invalid: [
    {
      name: "a parameter that is one by its type",
      code: 'import { orchestrator } from "dacapo";\nconst alive = (r: WeakRef<object>): boolean => r.deref() !== undefined;\norchestrator("o", async (ctx, r: WeakRef<object>) => alive(r));',
      output: null,
      errors: [observes("WeakRef.deref()", 3, 54, "Calls alive() -> WeakRef.deref() (input.ts:2). ")],
    },
  ],
});
