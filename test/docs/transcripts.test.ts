/**
 * What the pages show of `dacapo fuzz` and of vitest is what these print, and the files that a page changes on the way
 * still compile. `UPDATE_PAGES=1` writes into the pages what is printed now, for whoever changed a word of a story.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesIn, root, textOf } from "../tooling/repository.ts";
import { type Block, blocksOf, isProgram } from "./blocks.ts";
import { writeSnippets } from "./snippet-folder.ts";
import { abridged, agrees, isTranscript, Reader, shownIn } from "./transcript.ts";
import { typeCheck } from "./type-check.ts";

const pages = filesIn()
  .filter((path) => path.endsWith(".md") && !path.includes("/fixtures/"))
  .map((page) => ({ page, blocks: blocksOf(page, textOf(page)) }))
  .filter(({ blocks }) => blocks.some(isTranscript))
  .map(({ page, blocks }) => ({ page, blocks, programs: blocks.filter(isProgram) }))
  .map((each) => ({ ...each, folder: writeSnippets(each.programs) }));
const isUpdating = process.env["UPDATE_PAGES"] === "1";

describe("a page that shows what the simulator prints", () => {
  it("is there at all", () => expect(pages).not.toEqual([]));

  it.for(pages)(
    "is true from its first command to its last: $page",
    { timeout: 300_000 },
    async ({ blocks, programs, folder }) => {
      const reader = new Reader(dirname(folder.pathOf(programs[0]!)));
      const seen: string[] = [];
      for (const block of blocks) {
        if (block.language === "diff") reader.edit(block.code);
        else if (isTranscript(block)) await compare(block, reader, seen);
      }
      const changed = typeCheck(programs.map((program) => folder.pathOf(program)));
      expect(
        [...changed].flatMap(([path, found]) => found.map(({ line, message }) => `${path}:${line}: ${message}`)),
      ).toEqual([]);
    },
  );
});

async function compare(block: Block, reader: Reader, seen: string[]): Promise<void> {
  for (const { command, output: shown } of shownIn(block)) {
    const output = await reader.type(command);
    const earlier = seen.filter((other) => other === command).length;
    seen.push(command);
    if (shown === "" || agrees(output, shown)) continue;
    if (!isUpdating) expect(output, `${block.page}:${block.line}: $ ${command}`).toBe(shown);
    update(join(root, block.page), command, earlier, shown, abridged(output, shown));
  }
}

/** Shows something else below a command, which the page gives `earlier` times before. */
function update(path: string, command: string, earlier: number, shown: string, output: string): void {
  const parts = readFileSync(path, "utf8").split(`$ ${command}\n`);
  const changed = parts.map((part, i) => (i === earlier + 1 ? part.replace(shown, () => output) : part));
  writeFileSync(path, changed.join(`$ ${command}\n`));
}
