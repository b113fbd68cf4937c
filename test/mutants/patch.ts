/**
 * Applies a planted bug to a source file, and turns the result into what the build would make of it.
 *
 * Invariant: a patch fits exactly once or is refused: a bug that is not planted must not look as if it were hard to
 * find. Used by the module hooks and by the tests.
 */
import typescript from "typescript";
import type { Patch } from "./mutant.ts";

/**
 * The text of a source file with the patches that concern it.
 * @throws Error when one of them does not fit any more.
 */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  let current = text;
  for (const patch of patches) {
    if (patch.file !== file) continue;
    const count = current.split(patch.find).length - 1;
    if (count !== 1) {
      throw new Error(
        `The patch of ${file} is stale: the text to replace occurs ${count} times, not once. ` +
          `Look at what became of this code and write the planted bug anew, or remove it. The text is:\n${patch.find}`,
      );
    }
    current = current.replace(patch.find, () => patch.replace);
  }
  return current;
}

/**
 * TypeScript as JavaScript. What stands in for a file of `dist/` imports the other files of `dist/`.
 * @throws Error when the text is no TypeScript.
 */
export function transpiled(text: string, { isBuilt }: { readonly isBuilt: boolean }): string {
  const { outputText, diagnostics } = typescript.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: {
      module: typescript.ModuleKind.ESNext,
      target: typescript.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: isBuilt,
    },
  });
  const [problem] = diagnostics ?? [];
  if (problem === undefined) return outputText;
  const said = typescript.flattenDiagnosticMessageText(problem.messageText, "\n");
  throw new Error(`The patched text is no TypeScript: ${said}`);
}
