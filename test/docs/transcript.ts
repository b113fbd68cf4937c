/**
 * A page that shows what `dacapo fuzz` and vitest print, played from its beginning as a reader would: its files are
 * saved, its `diff` blocks are applied, and the commands of its `console` blocks are run beside the files.
 *
 * The convention, which CONTRIBUTING.md explains to authors: `TOKEN` in a command is the token that was printed last;
 * tokens are shown as `dacapo1:...`; a line `...` stands for any lines; figures that differ from run to run are not
 * compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, withoutLineBreaks } from "./blocks.ts";
import { runDacapo, runVitest } from "./execute.ts";

/** A command of a page, with what the page says that it prints. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

/** True for the blocks whose commands are run beside the page's files. */
export function isTranscript(block: Block): boolean {
  return block.language === "console" && !block.run && /^\$ npx (dacapo fuzz|vitest)/m.test(block.code);
}

/** The commands of a transcript, in order, each with what is shown below it. */
export function shownIn(block: Block): readonly Shown[] {
  const [, ...parts] = withoutLineBreaks(block.code).split(/^\$ /m);
  return parts.map((part) => {
    const end = part.indexOf("\n");
    return { command: part.slice(0, end), output: part.slice(end + 1).trimEnd() };
  });
}

/** Where a page says that its files lie, where the whole path is printed. */
const READERS_FOLDER = "/home/ada/shop/";

/** The reader's folder while a page is played. */
export class Reader {
  readonly #folder: string;
  #token = "TOKEN";

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs a command; returns what it prints, as a page would show it. */
  async type(command: string): Promise<string> {
    const [, program = "", ...args] = command.split(/\s+/).map((word) => (word === "TOKEN" ? this.#token : word));
    const { output, errors } = await (program === "vitest" ? this.#test(args) : runDacapo(args, this.#folder));
    const printed = output + errors;
    this.#token = /\bdacapo1:[\w-]+/.exec(printed)?.[0] ?? this.#token;
    return asShown(printed.replaceAll(`${this.#folder}/`, READERS_FOLDER));
  }

  /** Applies a `diff` block, whose first line names the file: `--- seats.ts`. */
  edit(diff: string): void {
    const [first = "", ...lines] = diff.trimEnd().split("\n");
    const path = join(this.#folder, first.replace(/^--- /, ""));
    const side = (sign: string): string =>
      lines
        .filter((line) => line.startsWith(sign) || line.startsWith(" "))
        .map((line) => `${line.slice(1)}\n`)
        .join("");
    const [before, text] = [side("-"), readFileSync(path, "utf8")];
    if (text.split(before).length !== 2)
      throw new Error(`${first}: what is to be changed is not there once:\n${before}`);
    writeFileSync(
      path,
      text.replace(before, () => side("+")),
    );
  }

  async #test(args: readonly string[]): ReturnType<typeof runVitest> {
    const conditions = JSON.stringify(["@dacapo/source", "module", "node", "development|production"]);
    const config = `export default { resolve: { conditions: ${conditions} }, ssr: { resolve: { conditions: ${conditions} } } };\n`;
    writeFileSync(join(this.#folder, "vitest.config.mjs"), config);
    for (const name of args.filter((arg) => arg.endsWith(".ts"))) {
      const path = join(this.#folder, name);
      writeFileSync(path, readFileSync(path, "utf8").replace(/\bdacapo1:(\.\.\.|[\w-]+)/, this.#token));
    }
    return runVitest(args, this.#folder);
  }
}

/** The lines that tell how far a search is, which is done before the first of them is due where nothing else runs. */
const PROGRESS = /^(?:[\d,]+ of [\d,]+ runs? · .*|Found a failure; simplifying it: .*)\n/gm;

/** What is printed, without what differs from machine to machine. */
export function asShown(printed: string): string {
  return printed
    .replaceAll(PROGRESS, "")
    .replaceAll(/\bdacapo1:[\w-]+/g, "dacapo1:...")
    .replaceAll(/ at [\d,]+ a second/g, " at 30,000 a second")
    .replaceAll(/[^\S\n]+$/gm, "")
    .trimEnd();
}

/** True when the output is what a page shows of it. */
export function agrees(output: string, shown: string): boolean {
  const lines = shown
    .split("\n")
    .map((line) => (line === "..." ? "(?:.*\\n)*?" : `${line.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\n`));
  return new RegExp(`^${lines.join("")}$`).test(`${output}\n`);
}

/**
 * The output as the page would have to show it: as long at both ends as what it shows now, where that leaves out lines.
 */
export function abridged(output: string, shown: string): string {
  const lines = shown.split("\n");
  const [first, last] = [lines.indexOf("..."), lines.lastIndexOf("...")];
  if (first < 0) return output;
  const printed = output.split("\n");
  return [...printed.slice(0, first), "...", ...printed.slice(printed.length - (lines.length - last - 1))].join("\n");
}
