/**
 * The compiler is as strict as the house rules say, and the layout is the one of prettier: planted violations of
 * each, judged with the project's own configuration.
 */
import { join } from "node:path";
import * as prettier from "prettier";
import { describe, expect, it } from "vitest";
import { root } from "../tooling/repository.ts";
import { compilePlanted } from "./planted-program.ts";

const refused = {
  "an implicit any": "export const f = (x) => x;",
  "a wrong type": "export const n: number = 'one';",
  "an unchecked index": "export const n: number = [1][0];",
  "an explicit undefined for an optional property": "export const o: { readonly x?: number } = { x: undefined };",
  "an enum": "export enum Colour { Red }",
  "a parameter property": "export class C { constructor(readonly x: number) {} }",
  "a namespace": "export namespace N { export const x = 1; }",
  "an unused local": "const unused = 1;",
  "a missing return": "export function f(x: number): number | undefined { if (x > 0) return x; }",
  "a type imported as a value": "import { HistoryEvent } from './core/history.ts'; export type E = HistoryEvent;",
  "an import without its ending": "import { assert } from './core/assert'; assert(true, '');",
};

const accepted = {
  "what the house rules ask for":
    "import type { HistoryEvent } from './core/history.ts'; export const first = (e: readonly HistoryEvent[]) => e[0];",
  "the globals of Node outside the core": "export const later = setTimeout(() => structuredClone({}), process.pid);",
};

describe("the compiler", () => {
  const messages = compilePlanted("tsconfig.json", "src", { ...refused, ...accepted });

  it.each(Object.keys(refused))("refuses %s", (title) => expect(messages.get(title)).toHaveLength(1));

  it.each(Object.keys(accepted))("accepts %s", (title) => expect(messages.get(title)).toEqual([]));
});

describe("the layout", () => {
  const judge = async (code: string): Promise<boolean> => {
    const filepath = join(root, "src/planted.ts");
    return prettier.check(code, { ...(await prettier.resolveConfig(filepath)), filepath });
  };

  it.each(["const x = 'single';\n", "const x = 1\n", "f(\n  1,\n  2\n);\n", "const x  = 1;\n"])(
    "refuses %j",
    async (code) => {
      expect(await judge(code)).toBe(false);
    },
  );

  it("accepts lines of up to 120 columns", async () => {
    const line = (columns: number): string => `export const x = f(${"a".repeat(columns - 30)}, bbbbbbb);\n`;
    expect(line(120).length - 1).toBe(120);
    expect(await judge(line(120))).toBe(true);
    expect(await judge(line(121))).toBe(false);
  });
});
