/**
 * Builds the program that is checked: a project and all that it refers to, as sources.
 *
 * Invariant: every file is resolved with the options of the project that it belongs to; errors of types stop nothing.
 * Used by `check.ts`.
 */
import path from "node:path";
import type TS from "typescript";

import { ts } from "../semantic/typescript.ts";
import { closureOf, type Project } from "./projects.ts";
import type { Sources } from "./sources.ts";

/** Options that would have the compiler look for, or insist on, what only a build needs. */
const NO_BUILD: TS.CompilerOptions = {
  noEmit: true,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  emitDeclarationOnly: false,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

/** Joins the options of several projects so that the program can hold the files of all of them. */
function joined(root: Project, closure: readonly Project[]): TS.CompilerOptions {
  const all = closure.map(({ config }) => config.options);
  const options: TS.CompilerOptions = { ...root.config.options, ...NO_BUILD };
  delete options.tsBuildInfoFile;
  if (all.some(({ allowJs, checkJs }) => allowJs ?? checkJs ?? false)) options.allowJs = true;
  if (all.some(({ jsx }) => jsx !== undefined)) options.jsx ??= ts.JsxEmit.Preserve;
  // Where one project does without null checks, types of the others with them would differ from its own view.
  if (all.some(({ strict, strictNullChecks }) => !(strictNullChecks ?? strict ?? true))) {
    options.strictNullChecks = false;
  }
  const libs = all.map(({ lib }) => lib);
  if (libs.every((lib) => lib !== undefined)) options.lib = [...new Set(libs.flat())];
  else delete options.lib;
  const types = [...new Set(all.flatMap(({ types: named }) => named ?? []))];
  if (types.length > 0) options.types = types;
  return options;
}

/** Finds the project that a file belongs to: the one that lists it, else the nearest one around it. */
class Owners {
  private readonly listed = new Map<string, Project>();
  private readonly nearest: readonly Project[];
  private readonly root: Project;

  constructor(root: Project, closure: readonly Project[]) {
    this.root = root;
    for (const project of [...closure].reverse()) {
      for (const fileName of project.config.fileNames) this.listed.set(fileName, project);
    }
    this.nearest = [...closure].sort((a, b) => b.file.length - a.file.length);
  }

  of(fileName: string): Project {
    return (
      this.listed.get(fileName) ??
      this.nearest.find(({ file }) => fileName.startsWith(`${path.posix.dirname(file)}/`)) ??
      this.root
    );
  }
}

/** Builds the program of a project and everything that it refers to. */
export function buildProgram(root: Project, sources: Sources): TS.Program {
  const closure = closureOf(root);
  const options = joined(root, closure);
  const owners = new Owners(root, closure);
  const host = ts.createCompilerHost(options);
  const caches = new Map<Project, TS.ModuleResolutionCache>();
  const cacheOf = (project: Project): TS.ModuleResolutionCache => {
    const known = caches.get(project);
    if (known !== undefined) return known;
    const folder = path.posix.dirname(project.file);
    const canonical = (fileName: string) => host.getCanonicalFileName(fileName);
    const made = ts.createModuleResolutionCache(folder, canonical, project.config.options);
    caches.set(project, made);
    return made;
  };
  host.getCurrentDirectory = () => path.posix.dirname(root.file);
  host.resolveModuleNameLiterals = (literals, from, _redirected, _options, file) => {
    const owner = owners.of(from);
    const settings = { ...owner.config.options, allowJs: options.allowJs ?? false };
    return literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(file, literal, settings);
      const query = { specifier: literal.text, from, options: settings, cache: cacheOf(owner), mode };
      return { resolvedModule: sources.resolve(query) };
    });
  };
  const rootNames = [...new Set(closure.flatMap(({ config }) => config.fileNames))];
  return ts.createProgram({ rootNames, options, host });
}
