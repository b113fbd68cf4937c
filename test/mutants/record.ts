/**
 * The record of the last complete hunt: `tokens.json`, which `npm test` replays, and the tables of
 * docs/planted-bugs.md, which are made from it and from the catalogue.
 *
 * Invariant: the page says exactly what was recorded: `pageOf` of what is written is what is written.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import type { Mutant } from "./mutant.ts";

/** How a planted bug was found. */
export interface Found {
  readonly workload: string;
  /** The oracle's id, or the property in quotes. */
  readonly oracle: string;
  readonly runs: number;
  /** After shrinking: choices that are not the boring one, and faults among them. */
  readonly choices: number;
  readonly faults: number;
  readonly token: string;
}

/** By the bugs' ids. */
export type Tokens = Readonly<Record<string, Found>>;

const root = resolve(import.meta.dirname, "../..");
const tokensPath = join(import.meta.dirname, "tokens.json");
const pagePath = join(root, "docs/planted-bugs.md");

/**
 * Records what a hunt found, `undefined` for a bug that it did not find. Bugs that were not searched for keep what was
 * recorded of them.
 */
export async function record(
  catalogue: readonly Mutant[],
  found: ReadonlyMap<string, Found | undefined>,
): Promise<void> {
  const known = JSON.parse(await readFile(tokensPath, "utf8").catch(() => "{}")) as Tokens;
  const entries = catalogue.flatMap(({ id }) => {
    const entry = found.has(id) ? found.get(id) : known[id];
    return entry === undefined ? [] : [[id, entry] as const];
  });
  const tokens = Object.fromEntries(entries);
  await writeFile(tokensPath, `${JSON.stringify(tokens, null, 2)}\n`);
  await writeFile(pagePath, await pageOf(catalogue, tokens, await readFile(pagePath, "utf8")));
}

const TABLES = /(<!-- begin: written by .* -->\n)[\s\S]*(<!-- end -->)/;

/** The page with its tables as catalogue and record have them. */
export async function pageOf(catalogue: readonly Mutant[], tokens: Tokens, page: string): Promise<string> {
  const tables = `${foundTable(catalogue, tokens)}\n\n${waitingTable(catalogue)}`;
  const options = await resolveConfig(pagePath);
  const written = page.replace(TABLES, (_all, begin: string, end: string) => `${begin}\n${tables}\n\n${end}`);
  return format(written, { ...options, filepath: pagePath });
}

function foundTable(catalogue: readonly Mutant[], tokens: Tokens): string {
  const rows = catalogue
    .filter(({ awaits }) => awaits === undefined)
    .map((mutant) => {
      const found = tokens[mutant.id];
      const result =
        found === undefined
          ? ["not found", "", "", ""]
          : [found.oracle.replaceAll('"', ""), found.runs, found.choices, found.faults];
      return [linked(mutant), planted(mutant), ...result];
    });
  const all = Object.values(tokens);
  const middle = (column: "runs" | "choices" | "faults"): number => median(all.map((found) => found[column]));
  return (
    `${all.length} planted bugs are found, in ${middle("runs")} runs at the median and ` +
    `${Math.max(...all.map(({ runs }) => runs))} at most. After shrinking, a failure has ${middle("choices")} choices ` +
    `and ${middle("faults")} faults at the median.\n\n` +
    table(["id", "what is planted", "found by", "runs", "choices", "faults"], rows)
  );
}

function waitingTable(catalogue: readonly Mutant[]): string {
  const waiting = catalogue.filter(({ awaits }) => awaits !== undefined);
  if (waiting.length === 0) return "";
  const rows = waiting.map((mutant) => [linked(mutant), planted(mutant), mutant.awaits ?? ""]);
  return `These wait for something that the simulator cannot do yet:\n\n${table(["id", "what is planted", "waits for"], rows)}`;
}

function linked({ id, source }: Mutant): string {
  return source.startsWith("https:") ? `[${id}](${source})` : id;
}

function planted({ title, remark }: Mutant): string {
  return title + (remark === undefined ? "" : `. ${remark}`);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The middle of some numbers; of an even count, the lower one of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}
