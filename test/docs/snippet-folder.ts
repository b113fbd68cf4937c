/**
 * A folder in which the programs of a page lie side by side, as a reader would save them. It is inside the
 * repository, so that `dacapo` resolves there, and git and the other tools ignore it.
 *
 * Invariant: one folder a test file; it is gone when the test file ends.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll } from "vitest";
import { root } from "../tooling/repository.ts";
import type { Block } from "./blocks.ts";

export interface SnippetFolder {
  /** The absolute path of a block's file. */
  pathOf(block: Block): string;
}

/** Writes the programs among the blocks to a new folder, which is removed after the tests of the file. */
export function writeSnippets(programs: readonly Block[]): SnippetFolder {
  const parent = join(root, "test/docs/.snippets");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "pages-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const pathOf = (block: Block): string => {
    const page = join(folder, block.page.replaceAll(/[^\w]+/g, "-"));
    const path = resolve(page, block.file);
    if (!path.startsWith(page)) throw new Error(`${block.page}:${block.line}: ${block.file} leaves the page's folder`);
    return path;
  };
  const written = new Map<string, Block>();
  for (const block of programs) {
    const path = pathOf(block);
    const earlier = written.get(path);
    if (earlier) throw new Error(`${block.page}:${block.line}: ${block.file} is already at line ${earlier.line}`);
    written.set(path, block);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, block.code);
  }
  return { pathOf };
}
