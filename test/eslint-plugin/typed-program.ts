/**
 * Analyses files that stand in a case, as one program with types, and tells what each rule reports in them.
 *
 * Invariant: the files are the whole program beside the standard library and the stubs that a test declares; nothing is
 * read from the disk but the library. Called by the tests of rules that need types or several files.
 */
import ts from "typescript";

import { detectors } from "../../eslint-plugin/src/hazards/index.ts";
import { present } from "../../eslint-plugin/src/present.ts";
import { rules } from "../../eslint-plugin/src/rules/index.ts";
import { Analysis } from "../../eslint-plugin/src/semantic/analysis.ts";
import { DEFAULT_SETTINGS } from "../../eslint-plugin/src/semantic/settings.ts";
import { loadTypeScript } from "../../eslint-plugin/src/semantic/typescript.ts";

/** One report, with the texts that its suggestions give. */
export interface Report {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggested?: readonly string[];
}

const FOLDER = "/project/";

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  allowJs: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  types: [],
};

/** The files of the standard library, parsed once for all cases. */
const library = new Map<string, ts.SourceFile | undefined>();

function programOf(files: Readonly<Record<string, string>>): ts.Program {
  const texts = new Map(Object.entries(files).map(([name, text]) => [FOLDER + name, text]));
  const host = ts.createCompilerHost(OPTIONS);
  return ts.createProgram([...texts.keys()], OPTIONS, {
    ...host,
    getCurrentDirectory: () => FOLDER,
    fileExists: (name) => texts.has(name),
    readFile: (name) => texts.get(name),
    directoryExists: () => true,
    getSourceFile: (name, version) => {
      const text = texts.get(name);
      if (text !== undefined) return ts.createSourceFile(name, text, version, true);
      if (!library.has(name)) library.set(name, host.getSourceFile(name, version));
      return library.get(name);
    },
  });
}

/** Returns the reports of one rule in all files, in the order of files and places. */
export function reportsOf(rule: keyof typeof rules, files: Readonly<Record<string, string>>): readonly Report[] {
  loadTypeScript();
  const program = programOf(files);
  const analysis = new Analysis(program, true, DEFAULT_SETTINGS, FOLDER, detectors);
  return Object.keys(files).flatMap((name) => {
    const file = program.getSourceFile(FOLDER + name);
    const findings = file === undefined ? [] : analysis.findingsIn(file).filter((finding) => finding.rule === rule);
    return findings.map((finding): Report => {
      const place = ts.getLineAndCharacterOfPosition(finding.file, finding.start);
      const message = present(finding, rules[rule].meta.messages, FOLDER).text;
      const at = { file: name, line: place.line + 1, column: place.character + 1, message };
      const suggested = finding.remedy().suggest?.map(({ edits }) => applied(finding.file.text, edits));
      return suggested === undefined ? at : { ...at, suggested };
    });
  });
}

function applied(
  text: string,
  edits: readonly { readonly start: number; readonly end: number; readonly text: string }[],
): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((whole, edit) => whole.slice(0, edit.start) + edit.text + whole.slice(edit.end), text);
}
