/**
 * Laws of the published types: they stand alone, so that a program that uses them needs no types of Node's.
 */
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root } from "../tooling/repository.ts";

/** The declarations that building an entry point makes, by the path of the source. */
function declarationsOf(entry: string): ReadonlyMap<string, string> {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => expect.fail("tsconfig.json cannot be read") };
  const { options } = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), undefined, host)!;
  const program = ts.createProgram([join(root, entry)], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: true,
  });
  const texts = new Map<string, string>();
  program.emit(undefined, (path, text) => texts.set(path, text));
  return texts;
}

it.each(["src/index.ts", "src/testing/index.ts", "simulator/src/index.ts", "simulator/src/fast-check/index.ts"])(
  "%s needs no types of Node's",
  (entry) => {
    const declarations = declarationsOf(entry);
    expect(declarations.size).toBeGreaterThan(5);
    const needy = /(from |import\()"node:|\bNodeJS\.|<reference types="node"/;
    expect([...declarations].filter(([, text]) => needy.test(text)).map(([path]) => path)).toEqual([]);
  },
);
