/**
 * What importing `dacapo` loads: the engine's own files and Node's own modules, never a package. Users of the
 * library pay for the command line's dependencies only when they run it.
 */
import { dirname, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { textOf } from "../tooling/repository.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(textOf("package.json")) as Manifest;
const entryPoints = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === "string" ? [] : [{ name, source: posix.normalize(target["@dacapo/source"]!) }],
);

/** The specifiers that a file imports at run time, statically or by `import()`. */
function importsOf(path: string): readonly string[] {
  const source = ts.transpileModule(textOf(path), {
    fileName: path,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
  });
  return ts.preProcessFile(source.outputText, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** Everything that loading a file may load: files as paths from the root, everything else by its specifier. */
function loadedBy(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith(".")) visit(posix.join(dirname(path), specifier));
      else seen.add(specifier);
    }
  };
  visit(entry);
  return seen;
}

const packagesIn = (loaded: ReadonlySet<string>): readonly string[] =>
  [...loaded].filter((name) => !name.startsWith("src/") && !name.startsWith("node:"));

describe("importing", () => {
  /** What an entry point is for may be a package that its users bring along: an optional peer. */
  const peers: Readonly<Record<string, readonly string[]>> = { "./schedules": ["croner"] };

  it.each(entryPoints)("dacapo $name loads no package but its peer", ({ name, source }) => {
    expect(packagesIn(loadedBy(source))).toEqual(peers[name] ?? []);
  });

  it("the command line does load one, so that this test would see it", () => {
    expect(packagesIn(loadedBy("src/cli/main.ts"))).toContain("commander");
  });

  it("the main entry point loads no backend and nothing of the command line", () => {
    const others = [...loadedBy("src/index.ts")].filter((path) => /^src\/(backends|cli|testing)\//.test(path));
    expect(others).toEqual([]);
  });
});

describe("package.json", () => {
  it.each(entryPoints)("names the built files of dacapo $name where the build puts them", ({ name, source }) => {
    const built = source.replace(/^src\//, "./dist/").replace(/\.ts$/, "");
    expect(manifest.exports[name]).toMatchObject({ types: `${built}.d.ts`, default: `${built}.js` });
  });

  it("starts the command line from the build", () => {
    expect(manifest.bin).toEqual({ dacapo: "./dist/cli/main.js" });
    expect(textOf("src/cli/main.ts")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
