/**
 * Gives the program that a linted file is analysed in: the parser's own where it has one, else one of this file and
 * what it imports by relative paths, without libraries and so without types.
 *
 * Invariant: the file's text in the program is the text that is linted, so that offsets agree. A parsed file is kept
 * while it does not change on disk. Used by the rules; the checker brings its own program.
 */
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type TS from "typescript";

import { loadTypeScript, ts } from "./typescript.ts";

/** A file in its program. */
export interface Host {
  readonly program: TS.Program;
  readonly file: TS.SourceFile;
  readonly typed: boolean;
}

/** What is linted. */
export interface Linted {
  readonly text: string;
  readonly fileName: string;
  readonly directory: string;
  /** The program of the parser, which may be anything. */
  readonly program: unknown;
  /** False to leave other files alone. */
  readonly followsImports: boolean;
}

const EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/** How many files one program without a project may pull in. */
const MAX_FILES = 400;

interface Parsed {
  readonly stamp: string;
  readonly file: TS.SourceFile;
}

const parsed = new Map<string, Parsed>();

/** Returns undefined for what is no file that can be read: also for `config.json/index.ts`, below a file. */
function stampOf(fileName: string): string | undefined {
  try {
    const stats = statSync(fileName, { throwIfNoEntry: false });
    return stats?.isFile() === true ? `${String(stats.mtimeMs)} ${String(stats.size)}` : undefined;
  } catch {
    return undefined;
  }
}

/** Says whether there is a file of this name, as there is none for a text that an editor or a test makes up. */
export function isStored(fileName: string): boolean {
  return stampOf(fileName) !== undefined;
}

/** Reads a file, unless it may not be read or has gone: what imports it is analysed all the same. */
function readText(fileName: string): string | undefined {
  try {
    return readFileSync(fileName, "utf8").replace(/^\uFEFF/u, "");
  } catch {
    return undefined;
  }
}

function parseFromDisk(fileName: string): TS.SourceFile | undefined {
  const stamp = stampOf(fileName);
  if (stamp === undefined) return undefined;
  const known = parsed.get(fileName);
  if (known?.stamp === stamp) return known.file;
  const text = readText(fileName);
  if (text === undefined) return undefined;
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  parsed.set(fileName, { stamp, file });
  return file;
}

/** Finds the file that a relative import means, as bundlers and Node do. */
function resolveRelative(specifier: string, from: string): string | undefined {
  if (!/^\.{1,2}(?:\/|$)/u.test(specifier)) return undefined;
  const base = path.resolve(path.dirname(from), specifier);
  const bare = base.replace(/\.([cm]?)jsx?$/u, "");
  const candidates = [
    ...(EXTENSIONS.some((extension) => base.endsWith(extension)) ? [base] : []),
    ...(bare === base ? [] : [".ts", ".tsx", ".mts", ".cts"].map((extension) => bare + extension)),
    ...EXTENSIONS.map((extension) => base + extension),
    ...EXTENSIONS.map((extension) => path.join(base, `index${extension}`)),
    `${bare}.d.ts`,
  ];
  return candidates.find((candidate) => stampOf(candidate) !== undefined);
}

function isProgram(value: unknown): value is TS.Program {
  return (
    typeof value === "object" &&
    value !== null &&
    "getTypeChecker" in value &&
    "getSourceFile" in value &&
    typeof value.getSourceFile === "function"
  );
}

/**
 * Takes the parser's program when it is of this compiler and holds exactly this text. One that resolves no imports is of
 * no use: in CI, typescript-eslint makes such a program of its own when a file is parsed again, as `--fix` does.
 */
function ofParser({ program, fileName, text }: Linted): Host | undefined {
  if (!isProgram(program) || program.getCompilerOptions().noResolve === true) return undefined;
  const file = program.getSourceFile(fileName);
  return file?.kind === ts.SyntaxKind.SourceFile && file.text === text ? { program, file, typed: true } : undefined;
}

function scriptName(fileName: string, text: string): string {
  if (EXTENSIONS.some((extension) => fileName.endsWith(extension))) return fileName;
  // A text without a name: JSX makes `<T>x` ambiguous, so it is tried only where the text has a closing tag.
  return `${fileName.replace(/[<>]/gu, "")}${/<\/|\/>/u.test(text) ? ".tsx" : ".ts"}`;
}

function ofText({ text, fileName, directory, followsImports }: Linted): Host {
  const name = path.resolve(directory, scriptName(fileName, text));
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  let files = 1;
  const read = (wanted: string): TS.SourceFile | undefined => {
    if (wanted === name) return file;
    files += 1;
    return files > MAX_FILES ? undefined : parseFromDisk(wanted);
  };
  const options: TS.CompilerOptions = {
    allowJs: true,
    checkJs: false,
    noLib: true,
    types: [],
    jsx: ts.JsxEmit.Preserve,
    target: ts.ScriptTarget.Latest,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const host: TS.CompilerHost = {
    getSourceFile: read,
    getDefaultLibFileName: () => "lib.d.ts",
    writeFile: () => undefined,
    getCurrentDirectory: () => directory,
    getCanonicalFileName: (each) => each,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (each) => each === name || stampOf(each) !== undefined,
    readFile: (each) => (each === name ? text : undefined),
    directoryExists: () => false,
    getDirectories: () => [],
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text: specifier }) => {
        const found = followsImports ? resolveRelative(specifier, from) : undefined;
        const resolvedModule =
          found === undefined ? undefined : { resolvedFileName: found, extension: path.extname(found) };
        return { resolvedModule };
      }),
  };
  const program = ts.createProgram({ rootNames: [name], options, host });
  return { program, file, typed: false };
}

/** Returns the program for what is linted; undefined without TypeScript, or for a file that it cannot read. */
export function hostOf(linted: Linted): Host | undefined {
  if (!loadTypeScript()) return undefined;
  return ofParser(linted) ?? ofText(linted);
}
