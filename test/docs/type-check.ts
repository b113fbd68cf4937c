/**
 * Type-checks programs with the project's own strict options, against the sources of the engine.
 */
import ts from "typescript";
import { expect } from "vitest";
import { join } from "node:path";
import { root } from "../tooling/repository.ts";

/** What the compiler says about one line of a program. */
export interface Complaint {
  /** The line within the program, counted from 1. */
  readonly line: number;
  readonly code: number;
  readonly message: string;
}

/** Compiles the files at these absolute paths as one program; gives what the compiler says about each. */
export function typeCheck(paths: readonly string[]): ReadonlyMap<string, readonly Complaint[]> {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }: ts.Diagnostic): never =>
      expect.fail(ts.flattenDiagnosticMessageText(messageText, "\n")),
  };
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), undefined, host)!;
  const program = ts.createProgram(paths, {
    ...config.options,
    allowJs: true,
    checkJs: true,
    moduleDetection: ts.ModuleDetectionKind.Force,
    // An example may show a thing without using it.
    noUnusedLocals: false,
    noUnusedParameters: false,
  });
  return new Map(paths.map((path) => [path, complaintsOf(program, path)]));
}

/** "Implicitly has an 'any' type", of a parameter, a binding and a variable: JavaScript has nowhere to write a type. */
const implicitAny = new Set([7005, 7006, 7031, 7034]);

function complaintsOf(program: ts.Program, path: string): readonly Complaint[] {
  const source = program.getSourceFile(path)!;
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  const justified = diagnostics.filter(({ code }) => !(path.endsWith(".js") && implicitAny.has(code)));
  return justified.map(({ start = 0, code, messageText }) => ({
    line: source.getLineAndCharacterOfPosition(start).line + 1,
    code,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }));
}
