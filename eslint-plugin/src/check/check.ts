/**
 * Checks whole programs: the linter's analysis over every file that a tsconfig and its references name.
 *
 * Invariant: the same program gives the same findings in the same order, and those that the linter gives with types;
 * a program that cannot be read is an error, never a check of less. Called by the command line and by who builds on it.
 */
import path from "node:path";
import type TS from "typescript";

import { detectors } from "../hazards/index.ts";
import { present } from "../present.ts";
import { Analysis, type Finding } from "../semantic/analysis.ts";
import { isOwnFile } from "../semantic/names.ts";
import { loadTypeScript } from "../semantic/typescript.ts";
import { CheckError } from "./check-error.ts";
import { chooseRules, type ChosenRule } from "./chosen-rules.ts";
import { findSettings, settingsFrom } from "./found-settings.ts";
import { placeOfNode, relativeTo, type Place } from "./places.ts";
import { buildProgram } from "./program.ts";
import { programRoots, readProjects } from "./projects.ts";
import { Sources } from "./sources.ts";

/** What to check, and how. */
export interface CheckOptions {
  /** The path of a tsconfig, or of the folder of one. */
  readonly project: string;
  /** The folder that paths in the result are relative to; the working directory by default. */
  readonly directory?: string;
  /** Adds the rules of style and of doubt, and makes every finding an error. */
  readonly strict?: boolean;
  /** Only these rules, with or without the prefix, whichever configuration has them. */
  readonly rules?: readonly string[];
  /** What ESLint's `settings.dacapo` holds. */
  readonly settings?: unknown;
  /** A JSON file with the settings; by default they are under "dacapo" in the nearest package.json that has it. */
  readonly settingsFile?: string;
}

/** One step of the way from an orchestrator to a hazard: what is called, and where that is. */
export interface CheckStep extends Place {
  /** `eligible()`, and for the last step the API: `Date.now()`. */
  readonly name: string;
}

/** One finding. Lines and columns count from 1. */
export interface CheckFinding extends Place {
  /** With the plugin's prefix: `dacapo/no-wall-clock`. */
  readonly rule: string;
  readonly severity: "error" | "warn";
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  /** The calls from the place of the finding to the hazard; empty where it is written there. */
  readonly path: readonly CheckStep[];
}

/** A rule that was run, for reports that describe rules. */
export interface CheckedRule {
  readonly id: string;
  readonly description: string;
  readonly url: string;
  readonly severity: "error" | "warn";
}

/** What a check found. */
export interface CheckResult {
  /** By file, line, column and rule. */
  readonly findings: readonly CheckFinding[];
  /** How many files of their own the programs have. */
  readonly files: number;
  /** How many of them hold anything durable, and were looked at. */
  readonly analysed: number;
  readonly orchestrators: number;
  readonly rules: readonly CheckedRule[];
  /** Files in which the analysis itself broke, and how; none unless it has a bug. */
  readonly skipped: readonly { readonly file: string; readonly error: string }[];
}

const NO_TYPESCRIPT = 'The check reads programs with the package "typescript" (5.4 to 6.0), which could not be loaded.';

/** Gathers the results of several programs: a file that two of them share is told once. */
class Gathered {
  readonly files = new Set<string>();
  readonly analysed = new Set<string>();
  readonly orchestrators = new Set<string>();
  readonly skipped = new Map<string, string>();
  private readonly findings = new Map<string, CheckFinding>();
  private readonly chosen: ReadonlyMap<string, ChosenRule>;
  private readonly directory: string;

  constructor(chosen: ReadonlyMap<string, ChosenRule>, directory: string) {
    this.chosen = chosen;
    this.directory = directory;
  }

  add(program: TS.Program, analysis: Analysis, crossesFiles: boolean): void {
    for (const file of program.getSourceFiles()) if (isOwnFile(file)) this.files.add(file.fileName);
    for (const file of analysis.project.files) this.analysed.add(file.fileName);
    const holders = new Set(analysis.project.files);
    for (const { node } of analysis.project.roots.values()) {
      holders.add(node.getSourceFile());
      this.orchestrators.add(`${node.getSourceFile().fileName} ${String(node.pos)}`);
    }
    for (const file of holders) {
      for (const finding of this.findingsIn(file, analysis)) {
        if (crossesFiles || staysInFile(finding)) this.addFinding(finding);
      }
    }
  }

  private findingsIn(file: TS.SourceFile, analysis: Analysis): readonly Finding[] {
    try {
      return analysis.findingsIn(file);
    } catch (error) {
      this.skipped.set(relativeTo(file.fileName, this.directory), String(error));
      return [];
    }
  }

  private addFinding(finding: Finding): void {
    const chosen = this.chosen.get(finding.rule);
    if (chosen === undefined) return;
    const { file, start, end, path: steps, leaf } = finding;
    const { text } = present(finding, chosen.rule.meta.messages, this.directory);
    const from = file.getLineAndCharacterOfPosition(start);
    const to = file.getLineAndCharacterOfPosition(end);
    const way = steps.map(({ name, node }) => ({ name, ...placeOfNode(node, this.directory) }));
    const found: CheckFinding = {
      rule: chosen.id,
      severity: chosen.severity,
      file: relativeTo(file.fileName, this.directory),
      line: from.line + 1,
      column: from.character + 1,
      endLine: to.line + 1,
      endColumn: to.character + 1,
      message: text,
      path: way.length === 0 ? [] : [...way, { name: leaf.api, ...placeOfNode(leaf.node, this.directory) }],
    };
    this.findings.set([found.file, start, end, found.rule, found.message].join("\n"), found);
  }

  sorted(): readonly CheckFinding[] {
    return [...this.findings.values()].sort(
      (a, b) =>
        compare(a.file, b.file) ||
        a.line - b.line ||
        a.column - b.column ||
        compare(a.rule, b.rule) ||
        compare(a.message, b.message),
    );
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function staysInFile({ file, path: steps, leaf }: Finding): boolean {
  return [...steps, leaf].every(({ node }) => node.getSourceFile() === file);
}

function describe({ rule, id, severity }: ChosenRule): CheckedRule {
  return { id, severity, description: rule.meta.docs?.description ?? "", url: rule.meta.docs?.url ?? "" };
}

/**
 * Checks the program of a tsconfig, and those of all that it refers to.
 *
 * @throws CheckError when there is no such configuration, it or a setting cannot be used, a rule is none, or TypeScript
 * is missing.
 * @example
 * const { findings } = check({ project: "tsconfig.json" });
 */
export function check(options: CheckOptions): CheckResult {
  const chosen = chooseRules(options.strict === true ? "strictTypeChecked" : "recommendedTypeChecked", options.rules);
  if (!loadTypeScript()) throw new CheckError(NO_TYPESCRIPT, "Install it: npm install --save-dev typescript@6");
  const directory = path.resolve(options.directory ?? process.cwd());
  const projects = readProjects(options.project, directory);
  const [first] = projects;
  const folder = path.dirname(first?.file ?? directory);
  const found =
    options.settings === undefined
      ? findSettings(folder, options.settingsFile)
      : { settings: settingsFrom(options.settings, "The settings"), directory };
  const sources = new Sources(projects);
  const gathered = new Gathered(chosen, directory);
  for (const root of programRoots(projects)) {
    const program = buildProgram(root, sources);
    const analysis = new Analysis(program, true, found.settings, found.directory, detectors);
    gathered.add(program, analysis, found.settings.interprocedural !== "off");
  }
  return {
    findings: gathered.sorted(),
    files: gathered.files.size,
    analysed: gathered.analysed.size,
    orchestrators: gathered.orchestrators.size,
    rules: [...chosen.values()].map(describe),
    skipped: [...gathered.skipped].map(([file, error]) => ({ file, error })),
  };
}
