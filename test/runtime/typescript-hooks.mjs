/**
 * Lets a child process of a test run the sources as they are: types are stripped as each module is loaded.
 *
 * Invariant: only files of this repository are touched. What was stripped is kept in node_modules/.cache
 * under a name made of the text, so that the next process need not load the compiler. Used with `node --import`.
 */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../../node_modules/.cache/dacapo-stripped", import.meta.url));
mkdirSync(cache, { recursive: true });

if (import.meta.url.endsWith("?hooks") === false) register(`${import.meta.url}?hooks`);

/** Node calls this for each module, in a thread of its own. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  const kept = join(cache, `${createHash("sha256").update(text).digest("hex")}.js`);
  const source = await readFile(kept, "utf8").catch(() => strip(text, kept));
  return { format: "module", shortCircuit: true, source };
}

async function strip(text, kept) {
  const { default: typescript } = await import("typescript");
  const { outputText } = typescript.transpileModule(text, {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  // Renamed when it is whole: another process may be reading.
  await writeFile(`${kept}.${process.pid}`, outputText);
  await rename(`${kept}.${process.pid}`, kept);
  return outputText;
}
