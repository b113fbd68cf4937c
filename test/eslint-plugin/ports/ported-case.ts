/**
 * One case of a peer's own tests, told again in TypeScript, with every report that we promise for it.
 *
 * Invariant: `expect` is exact with all rules on, also the strict ones: a report that is not in it is a false alarm. A
 * line that must be reported says so in a comment at its end, `// want no-io no-io` (a name for each report), as Go's
 * own analyzers do; the comment is taken out before anybody lints the code, so no line is ever counted by hand. Used by
 * the lists of cases beside it and by the tests that run them.
 */

/** One expected report. */
export interface ExpectedReport {
  /** The rule's name without the plugin's prefix. */
  readonly rule: string;
  /** The file of the report; the first file of the case when it is left out. */
  readonly file?: string;
  readonly line: number;
}

export interface PortedCase {
  /** A law, and which peer's case it is. */
  readonly name: string;
  /** File name to code; the first is linted unless `expect` names others. */
  readonly files: Readonly<Record<string, string>>;
  /** Needs the program: types, or the files that the imports lead to. Without it, a case holds in both tiers. */
  readonly typed?: boolean;
  /** All reports; none when it is empty. */
  readonly expect: readonly ExpectedReport[];
}

const WANT = /[ \t]*\/\/ want ([a-z][a-z -]*)$/;

/** Takes the common indentation and the first and last line breaks off a text. */
export function dedent(text: string): string {
  const lines = text
    .replace(/^\n/, "")
    .replace(/\n[ \t]*$/, "")
    .split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const common = Math.min(...indents, Infinity);
  return lines.map((line) => line.slice(Math.min(common, line.length))).join("\n") + "\n";
}

/** Makes a case of its name and its files: one text is `main.ts`, and the `want` comments become `expect`. */
export function ported(
  name: string,
  code: string | Readonly<Record<string, string>>,
  options: { readonly typed?: boolean } = {},
): PortedCase {
  const files: Record<string, string> = {};
  const expect: ExpectedReport[] = [];
  for (const [file, text] of Object.entries(typeof code === "string" ? { "main.ts": code } : code)) {
    const lines = dedent(text).split("\n");
    for (const [index, line] of lines.entries())
      for (const rule of WANT.exec(line)?.[1]?.split(" ") ?? []) expect.push({ rule, file, line: index + 1 });
    files[file] = lines.map((line) => line.replace(WANT, "")).join("\n");
  }
  return { name, files, ...options, expect };
}

/** The same, for a case that needs the program. */
export function portedTyped(name: string, code: string | Readonly<Record<string, string>>): PortedCase {
  return ported(name, code, { typed: true });
}
