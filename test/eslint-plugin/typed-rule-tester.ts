/**
 * Runs the cases of a rule on small programs of several files, with types, as typescript-eslint gives them to rules.
 *
 * Invariant: nothing is read from disk but the compiler's libraries and Node's types; the packages that cases import are
 * the stubs below. Every expected report states its text and its place in the linted file. Called by the tests of rules.
 */
import { RuleTester } from "eslint";
import path from "node:path";
import ts from "typescript";
import { parser } from "typescript-eslint";
import { describe, it } from "vitest";

import type { DacapoRule } from "../../eslint-plugin/src/rules/create-rule.ts";

import { PACKAGES } from "./package-stubs.ts";
import type { Expected } from "./rule-tester.ts";

RuleTester.describe = describe;
RuleTester.it = it;

/** A program; the first file is linted. */
export interface TypedCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly options?: ts.CompilerOptions;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface TypedInvalidCase extends TypedCase {
  readonly errors: Expected[];
  /** The linted file after the automatic fix. */
  readonly output?: string;
}

/** A folder that does not exist, below the working directory since ESLint lints nothing else. */
const FOLDER = path.resolve("virtual").replace(/\\/gu, "/");

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: ["node"],
  typeRoots: [path.resolve("node_modules/@types")],
  strict: true,
  allowJs: true,
  noEmit: true,
  allowImportingTsExtensions: true,
};

const LIBRARIES = new Map<string, ts.SourceFile | undefined>();

/** Builds the program of the given files, whose names are relative to one folder. */
export function programOf(files: Readonly<Record<string, string>>, options: ts.CompilerOptions = {}): ts.Program {
  const texts = new Map<string, string>();
  for (const [name, text] of Object.entries({ ...PACKAGES, ...files })) texts.set(`${FOLDER}/${name}`, text);
  const folders = new Set(
    [...texts.keys()].flatMap((name) => name.split("/").map((_, end, all) => all.slice(0, end).join("/"))),
  );
  const settings = { ...OPTIONS, ...options };
  const host = ts.createCompilerHost(settings);
  const real = ts.createCompilerHost(settings);
  host.getCurrentDirectory = () => FOLDER;
  host.fileExists = (name) => texts.has(name) || real.fileExists(name);
  host.readFile = (name) => texts.get(name) ?? real.readFile(name);
  host.directoryExists = (name) => folders.has(name) || real.directoryExists?.(name) === true;
  host.realpath = (name) => name;
  host.getSourceFile = (name, target, ...rest) => {
    const text = texts.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, target, true);
    if (!LIBRARIES.has(name)) LIBRARIES.set(name, real.getSourceFile(name, target, ...rest));
    return LIBRARIES.get(name);
  };
  const rootNames = Object.keys(files).map((name) => `${FOLDER}/${name}`);
  return ts.createProgram({ rootNames, options: settings, host });
}

function toCase({ name, files, options, settings }: TypedCase) {
  const [linted = "", code = ""] = Object.entries(files)[0] ?? [];
  return {
    name,
    code,
    filename: `${FOLDER}/${linted}`,
    languageOptions: { parser, parserOptions: { programs: [programOf(files, options)] } },
    ...(settings === undefined ? {} : { settings }),
  };
}

/** Tests a rule on programs of several files. */
export function testRuleWithTypes(
  name: string,
  rule: DacapoRule,
  cases: { readonly valid: readonly TypedCase[]; readonly invalid: readonly TypedInvalidCase[] },
): void {
  new RuleTester().run(`${name} (with types)`, rule, {
    valid: cases.valid.map(toCase),
    invalid: cases.invalid.map(({ errors, output = null, ...each }) => ({ ...toCase(each), errors, output })),
    assertionOptions: { requireMessage: "message" },
  });
}
