/**
 * Tidiness is a test: what the house rules say about files, names, comments and pages, checked on the whole
 * repository. What a compiler or a linter can check is checked there.
 */
import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { filesIn, root, textOf, topLevel } from "../tooling/repository.ts";

const files = filesIn();
const inFixtures = (path: string): boolean => path.includes("/fixtures/");
const code = files.filter((path) => /\.(ts|js|mjs|cjs)$/.test(path) && !inFixtures(path));
const sources = code.filter((path) => /^(src|simulator\/src|eslint-plugin\/src)\//.test(path));
const tests = code.filter((path) => path.startsWith("test/"));
const pages = files.filter((path) => path.endsWith(".md") && !inFixtures(path));

/** The text of a Markdown page without its code. */
function prose(page: string): string {
  return textOf(page)
    .replaceAll(/^(\s*)(`{3,})[^`]*\n[\s\S]*?^\s*\2\s*$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (span) => span.replaceAll(/[[\]()#]/g, ""));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

/** The links of a page that lead nowhere: to no file of the repository, or to no heading of its page. */
function brokenLinks(page: string): readonly string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : posix.join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
  });
  return broken.map((link) => `${page}: ${link}`);
}

describe("source files", () => {
  it("exist, so that the rules below are about something", () => expect(sources.length).toBeGreaterThan(20));

  it("begin with a header comment", () => {
    expect(sources.filter((path) => !/^(#!.*\n)?\/\*\*\n \* \S/.test(textOf(path)))).toEqual([]);
  });
});

describe("files of code", () => {
  it("hold at most 500 lines", () => {
    expect(code.filter((path) => textOf(path).trimEnd().split("\n").length > 500)).toEqual([]);
  });

  it("hold no note to self", () => {
    const notes = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);
    expect(code.filter((path) => notes.test(textOf(path)))).toEqual([]);
  });

  it("ask no tool to look away", () => {
    const blindness = new RegExp(["@ts-" + "(ignore|nocheck)", "prettier-" + "ignore", "v8 " + "ignore"].join("|"));
    expect(code.filter((path) => blindness.test(textOf(path)))).toEqual([]);
  });

  it("are named after what they hold", () => {
    const vague = /(^|[/.-])(utils?|helpers?|common|misc)[/.]/;
    expect(code.filter((path) => vague.test(path))).toEqual([]);
  });
});

describe("tests", () => {
  it("run, all of them", () => {
    const evasion = /\b(it|test|describe)(\.\w+)*\.(only|skip|todo|skipIf|runIf|fails)\b|\bcontext\.skip\b/;
    expect(tests.filter((path) => evasion.test(textOf(path)))).toEqual([]);
  });
});

describe("Markdown pages", () => {
  it("have one title, at their top", () => {
    const untitled = pages.filter((page) => {
      const titles = prose(page).match(/^# .+$/gm) ?? [];
      return titles.length !== 1 || !prose(page).trimStart().startsWith("# ");
    });
    expect(untitled).toEqual([]);
  });

  it("link to what is there", () => expect(pages.flatMap(brokenLinks)).toEqual([]));
});

describe("the decision records", () => {
  const records = files.filter((path) => /^docs\/adr\/\d{4}-/.test(path));

  it("are numbered without a gap", () => {
    expect(records.map((path) => Number(/\d{4}/.exec(path)![0]))).toEqual(records.map((_, index) => index + 1));
  });

  it("are listed in the index", () => {
    const index = textOf("docs/adr/README.md");
    expect(records.filter((path) => !index.includes(`](${posix.basename(path)})`))).toEqual([]);
  });
});

describe("the codes of errors", () => {
  const codes = sources.flatMap((path) =>
    [...textOf(path).matchAll(/^\s+(?:override )?readonly code(?:: string)? = "(\w+)"/gm)].map((match) => match[1]!),
  );
  const headings = [...textOf("docs/errors.md").matchAll(/^## (.+)$/gm)].map((match) => match[1]!);

  it("are one an error class", () => expect([...new Set(codes)]).toEqual(codes));

  it("are explained in docs/errors.md, and nothing else is", () => {
    expect(headings).toHaveLength(new Set(headings).size);
    expect([...headings].sort()).toEqual([...codes].sort());
  });

  it("are found there under the address that an error shows", () => {
    expect(textOf("src/core/errors.ts")).toContain('"docs/errors.md"');
    const anchors = anchorsOf("docs/errors.md");
    expect(codes.filter((name) => !anchors.includes(name.toLowerCase()))).toEqual([]);
  });
});

describe("the repository", () => {
  it("holds nothing at its top level that has no reason to be there (docs/adr/0005)", () => {
    const allowed = [
      // What a reader looks for.
      ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"],
      ...["src", "simulator", "eslint-plugin", "test", "examples", "bench", "docs"],
      // What the tools look for.
      ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"],
      ...["eslint.config.js", "vitest.config.ts"],
      ...[".ci", ".github", ".gitignore", ".npmrc", ".prettierrc.json", ".prettierignore", ".dependency-cruiser.cjs"],
    ];
    expect(topLevel().filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it("names no registry in its lock files, so that any mirror serves", () => {
    const locks = files.filter((path) => posix.basename(path) === "package-lock.json");
    expect(locks.filter((path) => /"resolved": "https?:/.test(textOf(path)))).toEqual([]);
    expect(textOf(".npmrc")).toContain("omit-lockfile-registry-resolved=true");
  });
});
