/**
 * Lets a child process of a test run the sources as they are: types are stripped as each module is loaded.
 *
 * Invariant: only files of this repository are touched. Used with `node --import`.
 */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

if (import.meta.url.endsWith("?hooks") === false) register(`${import.meta.url}?hooks`);

/** Node calls this for each module, in a thread of its own. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  const { default: typescript } = await import("typescript");
  const { outputText } = typescript.transpileModule(await readFile(fileURLToPath(url), "utf8"), {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  return { format: "module", shortCircuit: true, source: outputText };
}
