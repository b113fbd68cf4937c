/**
 * Reads a tsconfig and all that it refers to: which files make up a program, and with which options.
 *
 * Invariant: a configuration that cannot be used is an error that names it, never a smaller program; a reference in a
 * circle is read once. Used by `check.ts`.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import type TS from "typescript";

import { ts } from "../semantic/typescript.ts";
import { CheckError } from "./check-error.ts";

/** One tsconfig. */
export interface Project {
  /** The absolute path of the configuration, with forward slashes. */
  readonly file: string;
  readonly config: TS.ParsedCommandLine;
  /** The configurations that it refers to, itself not included. */
  readonly references: readonly Project[];
}

/** The names that a folder's configuration has. */
const NAMES = ["tsconfig.json", "jsconfig.json"];

const HINT_NAME = "Name the configuration of what is to be checked: npx dacapo check path/to/tsconfig.json";
/** A program in JavaScript has none for anybody else; this is the smallest one. */
const HINT_MAKE = `${HINT_NAME}; in JavaScript, make one: { "compilerOptions": { "allowJs": true } }`;

/** Writes a path as TypeScript does. */
export function normal(fileName: string): string {
  return path.resolve(fileName).replace(/\\/gu, "/");
}

/** Returns the configuration that an argument means: a file, or that of a folder. */
function locate(given: string, directory: string): string {
  const wanted = normal(path.resolve(directory, given));
  if (ts.sys.fileExists(wanted)) {
    if (!/\.[cm]?[jt]sx?$/iu.test(wanted)) return wanted;
    throw new CheckError(`${given} is a source, not a configuration.`, HINT_NAME);
  }
  if (!ts.sys.directoryExists(wanted)) {
    throw new CheckError(`There is no ${given}.`, HINT_NAME);
  }
  const found = NAMES.map((name) => `${wanted}/${name}`).find((each) => ts.sys.fileExists(each));
  if (found !== undefined) return found;
  const others = readdirSync(wanted).filter((name) => /^tsconfig\..+\.json$/u.test(name));
  const [other] = others.sort();
  throw new CheckError(
    `There is no tsconfig.json in ${given === "." ? "this folder" : given}.`,
    other === undefined ? HINT_MAKE : `There is ${others.join(", ")}: npx dacapo check ${path.join(given, other)}`,
  );
}

function textOf(diagnostic: TS.Diagnostic): string {
  const { file, start } = diagnostic;
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ").replace(/\.?$/u, ".");
  if (file === undefined || start === undefined) return message;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return `line ${String(line + 1)}, column ${String(character + 1)}: ${message}`;
}

function refuse(file: string, diagnostics: readonly TS.Diagnostic[]): void {
  const [first] = diagnostics.filter(({ category }) => category === ts.DiagnosticCategory.Error);
  if (first === undefined) return;
  const where = first.file === undefined ? file : first.file.fileName;
  throw new CheckError(`${where} cannot be used: ${textOf(first)}`, "Correct it, as for tsc, and check again.");
}

function parse(file: string): TS.ParsedCommandLine {
  const failures: TS.Diagnostic[] = [];
  const config = ts.getParsedCommandLineOfConfigFile(
    file,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => void failures.push(diagnostic),
    },
  );
  refuse(file, failures);
  if (config === undefined) throw new CheckError(`${file} cannot be read.`, HINT_NAME);
  refuse(file, config.errors);
  for (const each of config.fileNames) {
    if (!ts.sys.fileExists(each)) {
      throw new CheckError(
        `${file} cannot be used: it lists ${each}, which is not there.`,
        "Correct its list of files.",
      );
    }
  }
  return config;
}

/** Reads one configuration and those that it refers to. */
function read(file: string, known: Map<string, Project>): Project {
  const cached = known.get(file);
  if (cached !== undefined) return cached;
  const config = parse(file);
  const references: Project[] = [];
  const project: Project = { file, config, references };
  known.set(file, project);
  for (const reference of config.projectReferences ?? []) {
    const target = normal(ts.resolveProjectReferencePath(reference));
    if (!ts.sys.fileExists(target)) {
      const original = reference.originalPath ?? reference.path;
      throw new CheckError(`${file} refers to ${original}, which is not there.`, "Correct its references.");
    }
    const other = read(target, known);
    if (other !== project) references.push(other);
  }
  return project;
}

/** Reads the configuration that `given` means, as seen from `directory`, and all that it refers to: itself first. */
export function readProjects(given: string, directory: string): readonly Project[] {
  const known = new Map<string, Project>();
  read(locate(given, directory), known);
  return [...known.values()];
}

/** Reads a configuration that nobody named; undefined when there is none, or it cannot be used. */
export function readQuietly(file: string): TS.ParsedCommandLine | undefined {
  if (!ts.sys.fileExists(file)) return undefined;
  try {
    return parse(file);
  } catch {
    return undefined;
  }
}

/** Returns a project and all that it refers to, near and far. */
export function closureOf(project: Project): readonly Project[] {
  const closure = new Set([project]);
  for (const each of closure) for (const other of each.references) closure.add(other);
  return [...closure];
}

/**
 * Returns the projects that each begin a program of their own: those with files that no other one with files refers to.
 * Every project with files is in the closure of one of them.
 */
export function programRoots(projects: readonly Project[]): readonly Project[] {
  const full = projects.filter(({ config }) => config.fileNames.length > 0);
  const referred = new Set(full.flatMap((project) => closureOf(project).filter((each) => each !== project)));
  const roots = full.filter((project) => !referred.has(project));
  const covered = new Set(roots.flatMap((root) => closureOf(root)));
  // Projects that refer to each other in a circle: the first one stands for them.
  for (const project of full) {
    if (covered.has(project)) continue;
    roots.push(project);
    for (const each of closureOf(project)) covered.add(each);
  }
  return roots;
}
