/** Which names a file may declare: too many are allowed, one too few would hide a helper's hazard. */
import { describe, expect, it } from "vitest";
import ts from "typescript";

import { DeclaredNames } from "../../eslint-plugin/src/semantic/declared-names.ts";
import { loadTypeScript } from "../../eslint-plugin/src/semantic/typescript.ts";

loadTypeScript();

function declared(text: string, file = "a.ts"): DeclaredNames {
  return new DeclaredNames([ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)]);
}

describe("A name may be declared", () => {
  it.each([
    ["a variable", "const now = 1;"],
    ["a function", "function now() {}"],
    ["a member of a class", "class A { now() {} }"],
    ["a private member", "class A { #now = 1; }"],
    ["a member of an interface", "interface A { now(): number }"],
    ["a member of an object", "const a = { now: 1 };"],
    ["a name in quotes", 'const a = { "now": 1 };'],
    ["a shorthand", 'import { now } from "x"; const a = { now };'],
    ["an export of an import", 'import { now } from "x"; export { now };'],
    ["an export by another name", 'export { date as now } from "x";'],
    ["a destructured export", "export const { now } = Date;"],
    ["a parameter that is a member", "class A { constructor(private readonly now: number) {} }"],
    ["an assigned member", "exports.now = 1;"],
    ["an assigned member in brackets", 'exports["now"] = 1;'],
    ["a member that is defined", 'Object.defineProperty(a, "now", { value: 1 });'],
    ["a member of a mapped type", 'type A = { [K in "now"]: () => number };'],
    ["a member of an enum", "enum A { now }"],
  ])("as %s", (_what, text) => {
    expect(declared(text).has("now")).toBe(true);
  });

  it("in a comment of JavaScript, which has types there", () => {
    expect(declared("/** @typedef {{ now: () => number }} A */", "a.js").has("now")).toBe(true);
  });

  it("with a name that is no plain word, always", () => {
    expect(declared("").has("a-b")).toBe(true);
  });

  it("with a # in front, like the same without", () => {
    expect(declared("class A { #now = 1; }").has("#now")).toBe(true);
  });
});

describe("A name is not declared", () => {
  it.each([
    ["that is imported", 'import { now } from "x"; now();'],
    ["that is imported under it", 'import { date as now } from "x";'],
    ["that is a default import", 'import now from "x";'],
    ["that is only read", "const a = b.now;"],
    ["that is only called", "a.now(); now();"],
    ["of a parameter", "const a = (now: number) => now;"],
    ["that a comment of TypeScript has", "// now"],
  ])("%s", (_what, text) => {
    expect(declared(text).has("now")).toBe(false);
  });
});

describe("A bigint", () => {
  it.each(["const a: bigint = b;", "const a = 1n;", "const a = 0xffn;", "const a = BigInt(1);"])("is in %s", (text) => {
    expect(declared(text).has("bigint")).toBe(true);
  });

  it("is not in what has none", () => {
    expect(declared("const n1 = 1;").has("bigint")).toBe(false);
  });
});
