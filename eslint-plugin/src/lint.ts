/**
 * Joins ESLint's files with the analysis: which program a linted file belongs to, and what to report in it.
 *
 * Invariant: a file without durable code costs one search of its text, or none where its program has none; an error of
 * the analysis is silence. One analysis serves all rules of a file, and of a whole program where the parser has one.
 * Used by the rules.
 */
import type { TSESLint } from "@typescript-eslint/utils";

import { detectors } from "./hazards/index.ts";
import { present, type Presented } from "./present.ts";
import { Analysis } from "./semantic/analysis.ts";
import type { Edit, Suggestion } from "./semantic/effects.ts";
import { hostOf, type Host } from "./semantic/host.ts";
import { mayBeDurable } from "./semantic/packages.ts";
import type { RuleName } from "./semantic/rule-names.ts";
import { readSettings, type Settings } from "./semantic/settings.ts";
import { loadTypeScript } from "./semantic/typescript.ts";

/** One report, in ESLint's terms. */
export interface LintFinding {
  readonly start: number;
  readonly end: number;
  readonly messageId: string;
  readonly data: Record<string, string>;
  readonly fix?: readonly Edit[];
  readonly suggest?: readonly Suggestion[];
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>;

/** What one file's rules share. */
interface FileState {
  readonly host: Host | undefined;
  readonly analysis: Analysis | undefined;
  /** What is to be said once, by whichever rule comes first. */
  readonly complaints: { messageId: "settings" | "noTypeScript"; complaint: string }[];
}

const analyses = new WeakMap<object, Map<string, Analysis>>();
const states = new WeakMap<object, FileState>();

function analysisOf(host: Host, settings: Settings, directory: string): Analysis {
  const key = JSON.stringify(settings);
  const known = analyses.get(host.program) ?? new Map<string, Analysis>();
  analyses.set(host.program, known);
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const analysis = new Analysis(host.program, host.typed, settings, directory, detectors);
  known.set(key, analysis);
  return analysis;
}

function startFile(context: Context): FileState {
  const source = context.sourceCode;
  const { settings, complaints } = readSettings(context.settings["dacapo"]);
  const services: unknown = source.parserServices;
  const program =
    typeof services === "object" && services !== null && "program" in services ? services.program : undefined;
  const mentioned = mayBeDurable(source.text) || settings.orchestrators.length > 0;
  if (!mentioned && (program === undefined || program === null)) {
    return { host: undefined, analysis: undefined, complaints: [] };
  }
  const said = complaints.map((complaint) => ({ messageId: "settings" as const, complaint }));
  if (!loadTypeScript()) {
    const missing = mentioned ? [{ messageId: "noTypeScript" as const, complaint: "" }] : [];
    return { host: undefined, analysis: undefined, complaints: [...said, ...missing] };
  }
  const interprocedural = settings.interprocedural === "auto";
  const host = hostOf({
    text: source.text,
    fileName: context.filename,
    directory: context.cwd,
    program: interprocedural ? program : undefined,
    followsImports: interprocedural,
  });
  const analysis = host === undefined ? undefined : analysisOf(host, settings, context.cwd);
  return { host, analysis, complaints: mentioned ? said : [] };
}

function stateOf(context: Context): FileState {
  const cached = states.get(context.sourceCode);
  if (cached !== undefined) return cached;
  let state: FileState = { host: undefined, analysis: undefined, complaints: [] };
  try {
    state = startFile(context);
  } catch {
    // Whatever the code is, linting goes on; the tests run the analysis without this net.
  }
  states.set(context.sourceCode, state);
  return state;
}

function toLint({ messageId, data, finding }: Presented): LintFinding {
  const { fix, suggest } = finding.remedy();
  return {
    start: finding.start,
    end: finding.end,
    messageId,
    data: { ...data },
    ...(fix === undefined ? {} : { fix }),
    ...(suggest === undefined ? {} : { suggest }),
  };
}

function findingsFor(rule: RuleName, messages: Readonly<Record<string, string>>, context: Context): LintFinding[] {
  const { host, analysis, complaints } = stateOf(context);
  const said = complaints
    .splice(0)
    .map(({ messageId, complaint }): LintFinding => ({ start: 0, end: 0, messageId, data: { complaint } }));
  if (host === undefined || analysis === undefined) return said;
  try {
    // ESLint silences what its own comments are for; what it does not hear of, it takes for an unused comment.
    const all = [...analysis.findingsIn(host.file), ...analysis.disabledIn(host.file)];
    const findings = all.filter((finding) => finding.rule === rule);
    return [...said, ...findings.map((finding) => toLint(present(finding, messages, context.cwd)))];
  } catch {
    return said;
  }
}

/** Returns what runs at the end of a file for one rule; undefined when the file cannot concern it. */
export function lint(
  rule: RuleName,
  messages: Readonly<Record<string, string>>,
  context: Context,
): (() => readonly LintFinding[]) | undefined {
  const { text } = context.sourceCode;
  // Under a processor or another language the text may be missing, and then there is nothing to analyse.
  return typeof text === "string" ? () => findingsFor(rule, messages, context) : undefined;
}
