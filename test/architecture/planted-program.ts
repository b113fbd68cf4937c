/**
 * Compiles planted files in memory, as if they lay in a folder of the repository, with one of the project's own
 * configurations. Nothing is written to the disk.
 */
import { join } from "node:path";
import ts from "typescript";
import { expect } from "vitest";
import { root } from "../tooling/repository.ts";

/**
 * Compiles each entry of `planted` (title to text) as a module of its own.
 * @returns what the compiler says about each, by title.
 */
export function compilePlanted(
  configuration: string,
  folder: string,
  planted: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  const config = ts.getParsedCommandLineOfConfigFile(join(root, configuration), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) =>
      expect.fail(ts.flattenDiagnosticMessageText(messageText, "\n")),
  });
  const options = config!.options;
  const pathOf = (title: string): string => join(root, folder, `planted ${title}.ts`);
  const texts = new Map(Object.entries(planted).map(([title, code]) => [pathOf(title), `export {};\n${code}\n`]));
  const host = ts.createCompilerHost(options);
  host.readFile = (path) => texts.get(path) ?? ts.sys.readFile(path);
  host.fileExists = (path) => texts.has(path) || ts.sys.fileExists(path);
  const program = ts.createProgram([...texts.keys()], options, host);
  return new Map(
    Object.keys(planted).map((title) => {
      const source = program.getSourceFile(pathOf(title))!;
      const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [title, diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
    }),
  );
}
