/**
 * The one analysis of a program, shared by all rules: what every orchestrator of a file does that is not replayed.
 *
 * Invariant: a program is analysed once for each set of settings, and each file of it when it is asked for; nothing
 * outlives the program. Used by the rules and by the checker.
 */
import type TS from "typescript";

import { ApiTable } from "./api-table.ts";
import { Callees } from "./callees.ts";
import type { Code, CommentDetector, CommentFault, Detector, Effect, FileDetector, Remedy } from "./effects.ts";
import { globPattern } from "./glob.ts";
import { Implementations } from "./implementations.ts";
import { Names } from "./names.ts";
import { contextParameterOf, Project, type Root } from "./project.ts";
import { Reach, type PathStep, type Reached } from "./reach.ts";
import type { RuleName } from "./rule-names.ts";
import { isTestFile, type Settings } from "./settings.ts";
import { Summaries, type External } from "./summary.ts";
import { suppressionsIn, type Suppression } from "./suppressions.ts";

/** One thing to report, in one file. */
export interface Finding {
  readonly rule: RuleName;
  readonly messageId: string;
  readonly data: Readonly<Record<string, string>>;
  /** What to underline: offsets in the file's text. */
  readonly start: number;
  readonly end: number;
  readonly file: TS.SourceFile;
  /** The calls that lead to the effect; none when it is written at the place itself. */
  readonly path: readonly PathStep[];
  /** The last step of a path, and where it is. */
  readonly leaf: { readonly api: string; readonly node: TS.Node };
  readonly more: number;
  readonly remedy: () => Remedy;
}

/** Everything that detects. */
export interface Detectors {
  readonly units: readonly Detector[];
  readonly files: readonly FileDetector[];
  readonly comments: readonly CommentDetector[];
  readonly external: External;
}

/** The analysis of one program. */
export class Analysis {
  readonly project: Project;
  private readonly code: Code;
  private readonly reach: Reach;
  private readonly detectors: Detectors;
  private readonly found = new Map<TS.SourceFile, readonly Finding[]>();
  private readonly ofCode = new Map<TS.SourceFile, readonly Finding[]>();
  /** What ESLint's own comments have silenced so far, in the files of those comments. */
  private readonly disabled = new Map<TS.SourceFile, Map<string, Finding>>();
  /** The rules that each comment has silenced so far. */
  private readonly used = new Map<Suppression, Set<RuleName>>();
  private everything = false;

  constructor(program: TS.Program, typed: boolean, settings: Settings, directory: string, detectors: Detectors) {
    const names = new Names(program);
    const callees = new Callees(names, new Implementations(program));
    const globs = settings.orchestrators.map(globPattern);
    this.project = new Project(program, names, callees, {
      isOrchestratorFile: (fileName) => globs.some((glob) => glob?.test(relative(fileName, directory)) === true),
      isTestFile: (fileName) => !settings.includeTests && isTestFile(fileName),
    });
    this.code = { names, callees, apis: new ApiTable(settings.decls), project: this.project, typed };
    const summaries = new Summaries(this.code, detectors.units, detectors.external);
    this.reach = new Reach(this.code, summaries, detectors.external, (effect, root) =>
      this.isSilencedAtLeaf(effect, root),
    );
    this.detectors = detectors;
  }

  /** Lists what is to be reported in one file, in source order, without what comments silence. */
  findingsIn(file: TS.SourceFile): readonly Finding[] {
    const cached = this.found.get(file);
    if (cached !== undefined) return cached;
    const durable = this.project.files.includes(file) || this.project.rootsIn(file).length > 0;
    const findings = durable ? [...this.findInCode(file), ...this.findInComments(file)] : [];
    findings.sort((a, b) => a.start - b.start || a.end - b.end);
    this.found.set(file, findings);
    return findings;
  }

  /**
   * Lists what ESLint's own comments in one file silence: what would be reported there, and where one stands at a leaf,
   * the leaf. ESLint has to hear of it, or takes the comment for unused.
   */
  disabledIn(file: TS.SourceFile): readonly Finding[] {
    this.findingsIn(file);
    if (suppressionsIn(file).eslint.nameOurs) this.findEverything();
    return [...(this.disabled.get(file)?.values() ?? [])];
  }

  /** What the code of a file does. The comments are judged later, when all that they may silence is known. */
  private findInCode(file: TS.SourceFile): readonly Finding[] {
    const cached = this.ofCode.get(file);
    if (cached !== undefined) return cached;
    const findings = this.find(file);
    this.ofCode.set(file, findings);
    return findings;
  }

  private findInComments(file: TS.SourceFile): readonly Finding[] {
    const findings: Finding[] = [];
    const silences = (comment: Suppression, rule: RuleName) => this.silences(comment, rule);
    const add = (fault: CommentFault): void => {
      const finding = ofComment(fault, file);
      if (!this.isSilenced(finding)) findings.push(finding);
    };
    for (const detector of this.detectors.comments) detector.check(file, this.code, silences, add);
    return findings;
  }

  private find(file: TS.SourceFile): readonly Finding[] {
    const seen = new Set<string>();
    const findings: Finding[] = [];
    const add = (finding: Finding, leaf: TS.Node): void => {
      const key = [finding.rule, finding.start, finding.end, leaf.getSourceFile().fileName, leaf.pos].join(" ");
      if (seen.has(key)) return;
      seen.add(key);
      if (!this.isSilenced(finding)) findings.push(finding);
    };
    for (const root of this.project.rootsIn(file)) {
      for (const reached of this.reach.from(root)) add(toFinding(reached), reached.effect.node);
    }
    for (const detector of this.detectors.files) {
      detector.check(file, this.code, (effect) => {
        add(ofFile(effect), effect.node);
      });
    }
    return findings;
  }

  /** Says whether a comment silences a finding, and keeps what that was. */
  private isSilenced(finding: Finding, named = false): boolean {
    const { rule, file, start, end } = finding;
    const { line } = file.getLineAndCharacterOfPosition(start);
    const suppressions = suppressionsIn(file);
    const by = suppressions.silences(rule, line);
    if (by !== undefined) {
      this.used.set(by, (this.used.get(by) ?? new Set()).add(rule));
      return true;
    }
    if (!suppressions.eslint.disable(rule, line, named)) return false;
    const kept = this.disabled.get(file) ?? new Map<string, Finding>();
    kept.set([rule, start, end, finding.leaf.node.pos].join(" "), finding);
    this.disabled.set(file, kept);
    return true;
  }

  /** What stands at a leaf is silenced for all who reach it; by a comment of ESLint only if that names the rule. */
  private isSilencedAtLeaf(effect: Effect, root: Root): boolean {
    return this.isSilenced(toFinding({ root, site: effect.node, effect, path: [], more: 0 }), true);
  }

  /** Says whether a comment silences anything of the rule in the whole program. */
  private silences(comment: Suppression, rule: RuleName): boolean {
    if (this.used.get(comment)?.has(rule) !== true) this.findEverything();
    return this.used.get(comment)?.has(rule) === true;
  }

  private findEverything(): void {
    if (this.everything) return;
    this.everything = true;
    const holders = [...this.project.roots.keys()].map((node) => node.getSourceFile());
    for (const file of new Set([...this.project.files, ...holders])) this.findInCode(file);
  }
}

function relative(fileName: string, directory: string): string {
  const normal = fileName.replace(/\\/gu, "/");
  const base = directory.replace(/\\/gu, "/").replace(/\/?$/u, "/");
  return normal.startsWith(base) ? normal.slice(base.length) : normal;
}

/** Returns how the orchestrator's code writes the context that messages recommend. */
function contextName(root: Root): string {
  const name = contextParameterOf(root)?.name;
  const written = name !== undefined && "text" in name ? name.text : undefined;
  return root.flavour === "durable-functions" ? `${written ?? "context"}.df` : (written ?? "ctx");
}

function toFinding({ root, site, effect, path, more }: Reached): Finding {
  return {
    rule: effect.rule,
    messageId: effect.messageId,
    data: { context: contextName(root), api: effect.api, ...effect.data },
    start: site.getStart(),
    end: site.getEnd(),
    file: site.getSourceFile(),
    path,
    leaf: { api: effect.api, node: effect.node },
    more,
    remedy: () => (path.length === 0 && site === effect.node ? (effect.remedy?.(root) ?? {}) : {}),
  };
}

function ofFile(effect: Effect): Finding {
  const { rule, messageId, node, api } = effect;
  return {
    rule,
    messageId,
    data: { api, ...effect.data },
    start: node.getStart(),
    end: node.getEnd(),
    file: node.getSourceFile(),
    path: [],
    leaf: { api, node },
    more: 0,
    remedy: () => ({}),
  };
}

function ofComment({ rule, messageId, data, start, end, remedy }: CommentFault, file: TS.SourceFile): Finding {
  return { rule, messageId, data, start, end, file, path: [], leaf: { api: rule, node: file }, more: 0, remedy };
}
