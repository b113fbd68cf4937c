/**
 * Reads the globs of settings: `**` any folders, `*` inside one name, `?` one character, `{a,b}` either.
 *
 * Invariant: a glob is matched from its first character to its last, against a path with forward slashes; what cannot be
 * read gives no pattern, and never throws. Pure.
 */

const ESCAPED = /[.+^$()|[\]\\]/u;

/** Compiles a glob; undefined when it is empty, or its braces do not match. */
export function globPattern(glob: string): RegExp | undefined {
  const text = glob.replace(/\\/gu, "/").replace(/^\.\//u, "");
  if (text.trim() === "") return undefined;
  let depth = 0;
  let source = "";
  for (const [part] of text.matchAll(/\*\*\/|\*\*|[^]/gu)) {
    if (part === "{") depth += 1;
    if (part === "}") depth -= 1;
    if (depth < 0) return undefined;
    source += patternOf(part, depth > 0);
  }
  return depth === 0 ? new RegExp(`^${source}$`, "u") : undefined;
}

function patternOf(part: string, inBraces: boolean): string {
  switch (part) {
    case "**/":
      return "(?:.*/)?";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    case "{":
      return "(?:";
    case "}":
      return ")";
    case ",":
      return inBraces ? "|" : ",";
    default:
      return ESCAPED.test(part) ? `\\${part}` : part;
  }
}
