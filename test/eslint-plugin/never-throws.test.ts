/** The plugin never throws, whatever the code: odd syntax by hand, and programs put together at random. */
import fc from "fast-check";
import { Linter } from "eslint";
import { parser } from "typescript-eslint";
import { describe, expect, it } from "vitest";

import plugin from "../../eslint-plugin/src/index.ts";
import type { DacapoRule } from "../../eslint-plugin/src/rules/create-rule.ts";

const linter = new Linter();

const PARSERS: Readonly<Record<string, Linter.LanguageOptions>> = {
  "as a module": { sourceType: "module", parserOptions: { ecmaFeatures: { jsx: true } } },
  "as a script": { sourceType: "script", parserOptions: { ecmaFeatures: { jsx: true } } },
  "as CommonJS": { sourceType: "commonjs" },
  "as TypeScript": { parser },
  "as TypeScript with JSX": { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
};

/** Lints code. A rule that throws makes ESLint throw; code that does not parse gives a fatal message instead. */
function lint(code: string, languageOptions: Linter.LanguageOptions): readonly Linter.LintMessage[] {
  return linter.verify(code, {
    languageOptions,
    plugins: { dacapo: plugin },
    rules: plugin.configs.recommended.rules,
  });
}

const ODD: readonly string[] = [
  "",
  "'use strict'; with (a) { Date.now(); }",
  "with (Date) { now(); orchestrator('o', () => Date.now()); }",
  "var Date; function Date() {} Date();",
  "import Date, * as now from 'x'; now.Date();",
  "import x = require('dacapo'); x.orchestrator('o', x);",
  "import x = A.B.C; x.orchestrator('o', x); new x();",
  "import type { orchestrator as t } from 'dacapo'; t('o', t);",
  "export = Date; export as namespace Date;",
  "export default orchestrator('o', function* () { return yield* this?.now?.(); });",
  "export { Date as 'a b' } from 'x'; export * as now from 'x';",
  "import { default as d } from 'dacapo'; d.orchestrator('o', () => d.default.default());",
  "import data from 'dacapo' with { type: 'json' }; data();",
  "const { [Date.now()]: { ...rest }, ...others } = Date, [a = Date, , ...b] = Date; rest(); a(); b(); others();",
  "const { now } = now, x = y, y = x, z = z; now(); x.y(); z.z.z();",
  "for (const now of Date) now(); for (var now in Date) now(); for (let now = Date.now; now(); now = 1);",
  "for await (const x of Date.now()) x();",
  "class Date { static #now = 1; static { Date.#now(); this.#now = Date.now(); } get [Date()]() { return super.x(); } }",
  "class A extends (class B extends A {}) { constructor() { super(...arguments); new.target(); } accessor x = Date(); }",
  "@Date() class A { @Date.now() m(@Date() x) {} @now accessor x = new Date; }",
  "abstract class A { abstract x(): void; declare y: Date; constructor(private z = Date.now()) {} }",
  "enum Date { now = 1, x = Date.now } Date.now(); declare enum E {} const enum F { a = E.x }",
  "namespace Date.now { export function x() {} } Date.now.x(); declare module 'dacapo' { const x: Date; }",
  "declare global { var Date: any; interface Date {} } Date.now(); new Date;",
  "type Date = typeof Date.now; interface performance extends Date {} performance.now();",
  "function f<T extends typeof Date = Date>(this: Date, x?: T, ...y: any[]): asserts x is T { f<T>(x!); }",
  "function f(): void; function f(x: 1): void; function f(x?: any) { f(); } new f; f``;",
  "let x = <T,>(a: T) => a, y = <any>Date, z = y!.now!<Date>, w = Date.now satisfies any as never; x(); y(); z(); w();",
  "label: { break label; } label2: for (;;) continue label2;",
  "async function* f(a = await_, { b = yield_, ...c } = f()) { yield* await f(...c); } f(); f();",
  "(async () => { await using x = Date; using y = null; x.now(); })();",
  "a?.b?.[c]?.(...d)?.e; Date.now`x`; new (Date?.now)(); delete Date?.now; void Date;",
  "Date.now = 1; [Date] = [1]; ({ Date } = x); Date++; for (Date of x); performance = Date ??= now ||= 1;",
  "`${Date.now()}${`${new Date()}`}`; Date[`now`](); Date[`n${o}w`](); Date['no' + 'w'](); Date[0](); Date[null]();",
  "import('dacapo').then(({ orchestrator }) => orchestrator('o', () => Date.now()));",
  "const { orchestrator: o } = await import(`dacapo`); o(...a, b); o(); o('o'); o('o', ...b); o('o', o); o('o', null);",
  "require(); require(1); require('dacapo')(); require('dacapo').orchestrator('o', require); require.resolve('x').now();",
  "orchestrator('o', { handler: () => Date.now() }); orchestrator('o', class extends Date {}); orchestrator`o`;",
  "orchestrator('o', orchestrator('p', orchestrator('q', function f(f) { return f(Date.now()); })));",
  "orchestrator('o', function f([f], { g } = f, ...[h]) { return f() + g() + h() + arguments(); });",
  "orchestrator('o', (eval, arguments) => eval('Date') + arguments()); eval('var Date');",
  "orchestrator('o', async ({}) => {}); orchestrator('o', ctx => Date.now()); orchestrator('o', async ctx => new Date);",
  "orchestrator('o', function(ctx, ctx) { var ctx; function ctx() {} return Date.now(); });",
  "const jsx = <Date.now {...new Date()}>{Date.now()}<></><a:b c={<Date/>} />{/* */}</Date.now>;",
  "try { throw Date() } catch { Date() } finally { Date() } try {} catch ({ Date, now = Date() }) { Date.now(now) }",
  "switch (Date.now()) { case new Date: let Date; default: }",
  "var __proto__ = { __proto__: Date }; __proto__.now(); constructor(); toString.call(); hasOwnProperty();",
  "const constructor = toString; constructor.now(); toString(); valueOf.orchestrator('o', valueOf);",
  "1n; /(?<Date>.)/v; .5; 0x1; '\\u{1F600}'; a\u2028b; \u{1d4d3}; Ω.now();",
  "if (a) function f() { f(); } else function g() { f(); } f();",
  "let async; async = async => async; async(async); let of, get, set, static_, type, as; get(); as();",
  "globalThis.globalThis.window.self.global.Date.now(); globalThis(); new globalThis; globalThis.globalThis();",
];

/** Each piece stands alone at the top level, inside an orchestrator, and inside a helper that one calls. */
const SETTINGS: readonly ((code: string) => string)[] = [
  (code) => `/* dacapo */ ${code}`,
  (code) => `import { orchestrator } from "dacapo";\n${code}`,
  (code) => `import { orchestrator as o } from "dacapo"; o("o", async function* (ctx) {\n${code}\n});`,
  (code) => `const { orchestrator: o } = require("dacapo"); o("o", function (ctx) {\n${code}\n});`,
  (code) =>
    `import * as d from "dacapo"; d.orchestrator("o", async (ctx) => help());\nasync function help() {\n${code}\n}`,
];

describe.each(Object.entries(PARSERS))("the plugin, on code %s", (_, languageOptions) => {
  it("never throws on odd syntax", () => {
    for (const code of ODD) for (const setting of SETTINGS) lint(setting(code), languageOptions);
  });

  it("never throws on programs put together at random", () => {
    const program = fc.tuple(fc.constantFrom(...SETTINGS), fc.array(fc.constantFrom(...ODD), { maxLength: 4 }));
    fc.assert(
      fc.property(program, ([setting, pieces]) => void lint(setting(pieces.join("\n")), languageOptions)),
      { numRuns: 300, seed: 20 },
    );
  });
});

describe("the odd syntax", () => {
  it("parses, each piece in some setting and under some parser, or the tests above would prove nothing", () => {
    const parses = (code: string) =>
      SETTINGS.some((setting) =>
        Object.values(PARSERS).some((options) => lint(setting(code), options).every(({ fatal }) => fatal !== true)),
      );
    expect(ODD.filter((code) => !parses(code))).toEqual([]);
  });
});

describe("the plugin, on code of another language", () => {
  it("does nothing where the source has no text to read", () => {
    const context = { sourceCode: {} } as unknown as Parameters<DacapoRule["create"]>[0];
    const rules: readonly DacapoRule[] = Object.values(plugin.rules);
    for (const rule of rules) expect(rule.create(context)).toEqual({});
  });
});

describe("the plugin, on large code", () => {
  const inOrchestrator = (code: string) =>
    `import { orchestrator } from "dacapo"; orchestrator("o", (ctx) => ${code});`;

  it("never throws on an expression of a thousand operators, and still reads all of it", () => {
    const sum = `Date.now()${" + 1".repeat(1_000)}`;
    expect(lint(inOrchestrator(sum), {}).map(({ ruleId }) => ruleId)).toEqual(["dacapo/no-wall-clock"]);
  });

  it("never throws on a chain of a thousand members, of which nothing is proven", () => {
    expect(lint(inOrchestrator(`Date${".now".repeat(1_000)}()`), {})).toEqual([]);
  });

  it("follows a thousand helpers, and a thousand aliases not so far", () => {
    const helpers = Array.from({ length: 1_000 }, (_, n) => `const f${n} = () => f${n + 1}();`).join("\n");
    const found = lint(`${inOrchestrator("f0()")}\n${helpers}\nconst f1000 = () => Date.now();`, {});
    expect(found.map(({ line, column }) => ({ line, column }))).toEqual([{ line: 1, column: 67 }]);
    const aliases = Array.from({ length: 1_000 }, (_, n) => `const f${n} = f${n + 1};`).join("\n");
    expect(lint(`${inOrchestrator("f0()")}\n${aliases}\nconst f1000 = Date.now;`, {})).toEqual([]);
  });
});
