/**
 * The fenced code blocks of a Markdown page, as data.
 *
 * The convention, which CONTRIBUTING.md explains to authors:
 * - A `ts` or `js` block is type-checked in strict mode. A first line `// file: orders.ts` names it, and later
 *   blocks of the page import it by that name.
 * - With the word `run` after the language (```` ```ts run ````) the block is also executed, and when the next
 *   block of the page is a `text` block, that is exactly what it prints.
 * - `sh` holds commands; `console` holds commands after `$ ` and what they print. With `run` they are executed
 *   too; otherwise every command has to be one that exists.
 * - Every other language is only shown.
 */

export interface Block {
  /** The page's path from the root of the repository. */
  readonly page: string;
  /** The line of the page that holds the block's first line of code, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly run: boolean;
  readonly code: string;
  /** The name that the page imports the block by, or one made from its line. */
  readonly file: string;
  /** What the block prints, when the page says so. */
  readonly output?: string;
}

interface Fence {
  readonly line: number;
  readonly info: string;
  readonly code: string;
}

/** True for the blocks that are programs. */
export function isProgram(block: Block): boolean {
  return block.language === "ts" || block.language === "js";
}

/** True for the blocks that are commands. */
export function isShell(block: Block): boolean {
  return block.language === "sh" || block.language === "console";
}

/**
 * All blocks of a page, in order.
 * @throws Error when a fence is never closed or says a word that is not of the convention.
 */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  const fences = fencesOf(page, markdown);
  return fences.map((fence, index) => {
    const [language = "", ...words] = fence.info.split(/\s+/);
    const run = words.includes("run");
    // The examples of lint rules are linted by the tests of their pages.
    const example = words.includes("incorrect") || words.includes("correct");
    const strange = words.find((word) => word !== "run" && word !== "incorrect" && word !== "correct");
    if (strange !== undefined && isChecked(language)) {
      throw new Error(`${page}:${fence.line - 1}: "${strange}" after the language of a block means nothing`);
    }
    const output = run ? outputOf(language, fence, fences[index + 1]) : undefined;
    const name = /^\/\/ file: (\S+)/.exec(fence.code)?.[1];
    const file = name ?? `line-${fence.line}.${language}`;
    const block = { page, line: fence.line, language: example ? "lint" : language, run, code: fence.code, file };
    return output === undefined ? block : { ...block, output };
  });
}

/** Puts a command that goes on after a backslash on one line. */
export function withoutLineBreaks(commands: string): string {
  return commands.replaceAll(/\\\n\s*/g, "");
}

/** What the page says that a block prints: in a console, the lines without a prompt; else the next block. */
function outputOf(language: string, fence: Fence, next: Fence | undefined): string | undefined {
  if (language === "console") return withoutLineBreaks(fence.code).replaceAll(/^\$ .*\n/gm, "");
  return next?.info === "text" ? next.code : undefined;
}

function isChecked(language: string): boolean {
  return ["ts", "js", "sh", "console"].includes(language);
}

function fencesOf(page: string, markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open:
    { readonly indent: string; readonly mark: string; readonly info: string; readonly line: number } | undefined;
  let code: string[] = [];
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    if (open === undefined) {
      const [, indent, mark, info] = /^(\s*)(`{3,})\s*([^`]*)$/.exec(text) ?? [];
      if (indent === undefined || mark === undefined || info === undefined) continue;
      open = { indent, mark, info: info.trim(), line: index + 2 };
      code = [];
    } else if (text.trim() === open.mark) {
      fences.push({ line: open.line, info: open.info, code: code.map((line) => `${line}\n`).join("") });
      open = undefined;
    } else {
      code.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text.trimStart());
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line - 1}: the block is never closed`);
  return fences;
}
