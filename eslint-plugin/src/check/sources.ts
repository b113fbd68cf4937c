/**
 * Resolves imports to the sources of the workspace where the compiler would stop at what a build has made of them.
 *
 * Invariant: an import leads to a source only if a configuration says that the build makes the imported file from it,
 * or the package itself names it ("source"); everything else resolves as the compiler does, so that a workspace that
 * was never built, and one that is, are the same program. Used by `program.ts`.
 */
import path from "node:path";
import type TS from "typescript";

import { flavourOf } from "../semantic/packages.ts";
import { ts } from "../semantic/typescript.ts";
import { normal, readQuietly, type Project } from "./projects.ts";

/** How one import is resolved. */
export interface ImportQuery {
  readonly specifier: string;
  readonly from: string;
  readonly options: TS.CompilerOptions;
  readonly cache: TS.ModuleResolutionCache;
  readonly mode: TS.ResolutionMode;
}

const CONFIGS = ["tsconfig.json", "tsconfig.build.json", "tsconfig.lib.json"];

const inPackages = (fileName: string): boolean => fileName.includes("/node_modules/");

/** Returns the folders that `fileName` lies in, the nearest first. */
function* foldersAbove(fileName: string): Generator<string, void, undefined> {
  let folder = path.posix.dirname(fileName);
  for (;;) {
    yield folder;
    const outer = path.posix.dirname(folder);
    if (outer === folder) return;
    folder = outer;
  }
}

/** The real path of a file that may not be there yet. */
function realPath(fileName: string): string {
  const missing: string[] = [];
  let existing = fileName;
  while (!ts.sys.fileExists(existing) && !ts.sys.directoryExists(existing)) {
    const outer = path.posix.dirname(existing);
    if (outer === existing) return fileName;
    missing.unshift(path.posix.basename(existing));
    existing = outer;
  }
  const real = (ts.sys.realpath?.(existing) ?? existing).replace(/\\/gu, "/");
  return [real.replace(/\/$/u, ""), ...missing].join("/");
}

/** Resolves the imports of one run of the checker. */
export class Sources {
  /** What a build makes, and the source that it is made from. */
  private readonly outputs = new Map<string, string>();
  private readonly outputFolders = new Set<string>();
  private readonly packages = new Map<string, string | undefined>();
  private readonly host: TS.ModuleResolutionHost;

  constructor(projects: readonly Project[]) {
    for (const { config } of projects) this.addOutputs(config);
    const { sys } = ts;
    this.host = {
      ...sys,
      fileExists: (fileName) => sys.fileExists(fileName) || this.outputs.has(realPath(fileName)),
      directoryExists: (folder) => sys.directoryExists(folder) || this.outputFolders.has(realPath(folder)),
      realpath: realPath,
    };
  }

  private addOutputs(config: TS.ParsedCommandLine): void {
    const ignoreCase = !ts.sys.useCaseSensitiveFileNames;
    for (const source of config.fileNames) {
      if (/\.d\.[cm]?ts$|\.json$/u.test(source)) continue;
      for (const output of ts.getOutputFileNames(config, source, ignoreCase)) {
        if (output === source) continue;
        this.outputs.set(realPath(output), realPath(source));
        for (const folder of foldersAbove(realPath(output))) {
          if (this.outputFolders.has(folder)) break;
          this.outputFolders.add(folder);
        }
      }
    }
  }

  /** Returns the module that an import means. */
  resolve(query: ImportQuery): TS.ResolvedModuleFull | undefined {
    const { specifier, from, options, cache, mode } = query;
    const first = ts.resolveModuleName(specifier, from, options, this.host, cache, undefined, mode).resolvedModule;
    const known = this.sourceOf(first);
    if (known !== undefined) return known;
    const isOwn = first !== undefined && !/\.d\.[cm]?ts$/u.test(first.resolvedFileName);
    if (isOwn || flavourOf(specifier) !== undefined || /^\.{0,2}\//u.test(specifier) || specifier.startsWith("node:"))
      return first;
    const folder = this.linked(specifier, from);
    if (folder === undefined) return first;
    const named = this.namedSource(query, folder);
    if (named !== undefined) return named;
    // The package's own configuration has been read by now: what it builds is known.
    const again = ts.resolveModuleName(specifier, from, options, this.host, undefined, undefined, mode).resolvedModule;
    return this.sourceOf(again) ?? first;
  }

  private sourceOf(module: TS.ResolvedModuleFull | undefined): TS.ResolvedModuleFull | undefined {
    if (module === undefined || this.outputs.size === 0) return undefined;
    const source = this.outputs.get(realPath(module.resolvedFileName));
    return source === undefined || !ts.sys.fileExists(source) ? undefined : asModule(source);
  }

  /** Returns the folder of the package when it is one of the workspace, linked into `node_modules`. */
  private linked(specifier: string, from: string): string | undefined {
    const name = /^(?:@[^/]+\/)?[^/]+/u.exec(specifier)?.[0] ?? specifier;
    for (const folder of foldersAbove(normal(from))) {
      const candidate = `${folder}/node_modules/${name}`;
      if (!this.packages.has(candidate)) this.packages.set(candidate, this.readLinked(candidate));
      const found = this.packages.get(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private readLinked(candidate: string): string | undefined {
    if (!ts.sys.fileExists(`${candidate}/package.json`)) return undefined;
    const folder = realPath(candidate);
    if (inPackages(`${folder}/`)) return undefined;
    for (const name of CONFIGS) {
      const config = readQuietly(`${folder}/${name}`);
      if (config !== undefined) this.addOutputs(config);
    }
    return folder;
  }

  /** Follows `"source"` in the package's manifest: a condition of its exports, or a field. */
  private namedSource(query: ImportQuery, folder: string): TS.ResolvedModuleFull | undefined {
    const { specifier, from, options, mode } = query;
    const conditions = [...(options.customConditions ?? []), "source"];
    const byCondition = ts.resolveModuleName(
      specifier,
      from,
      {
        ...options,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        customConditions: conditions,
        allowJs: true,
      },
      ts.sys,
      undefined,
      undefined,
      mode,
    ).resolvedModule;
    const found = byCondition === undefined ? undefined : realPath(byCondition.resolvedFileName);
    if (found !== undefined && found.startsWith(`${folder}/`) && isSource(found)) return asModule(found);
    const isRoot = specifier.split("/").length === (specifier.startsWith("@") ? 2 : 1);
    const manifest: unknown = ts.readConfigFile(`${folder}/package.json`, (each) => ts.sys.readFile(each)).config;
    if (!isRoot || typeof manifest !== "object" || manifest === null || !("source" in manifest)) return undefined;
    if (typeof manifest.source !== "string") return undefined;
    const source = path.posix.join(folder, manifest.source);
    return ts.sys.fileExists(source) && isSource(source) ? asModule(source) : undefined;
  }
}

/** Says whether a file is written by hand, as far as its name can tell. */
function isSource(fileName: string): boolean {
  return /\.[cm]?tsx?$/u.test(fileName) && !/\.d\.[cm]?ts$/u.test(fileName);
}

function asModule(fileName: string): TS.ResolvedModuleFull {
  return { resolvedFileName: fileName, extension: path.posix.extname(fileName), isExternalLibraryImport: false };
}
