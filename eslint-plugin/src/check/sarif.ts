/**
 * Writes the result of a check as SARIF 2.1.0, which code hosts show beside the lines of a change.
 *
 * Invariant: paths are relative to the base `%SRCROOT%`, so that the same log is made on every machine; the way to a hazard
 * is a code flow. Pure. (SARIF 2.1.0, OASIS standard: sections 3.27 result, 3.36 codeFlow, 3.49 reportingDescriptor.)
 */
import type { CheckFinding, CheckResult, CheckStep } from "./check.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME = "https://github.com/dacapo/dacapo";

interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: "%SRCROOT%" };
    readonly region: {
      readonly startLine: number;
      readonly startColumn?: number;
      readonly endLine?: number;
      readonly endColumn?: number;
    };
  };
  readonly message?: { readonly text: string };
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: "error" | "warning";
  readonly message: { readonly text: string };
  readonly locations: readonly SarifLocation[];
  readonly codeFlows?: readonly {
    readonly threadFlows: readonly { readonly locations: readonly { readonly location: SarifLocation }[] }[];
  }[];
}

interface SarifRule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly helpUri: string;
  readonly defaultConfiguration: { readonly level: "error" | "warning" };
}

/** A log with one run. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly name: "dacapo";
          readonly version?: string;
          readonly informationUri: string;
          readonly rules: readonly SarifRule[];
        };
      };
      readonly columnKind: "utf16CodeUnits";
      readonly results: readonly SarifResult[];
    },
  ];
}

const level = (severity: "error" | "warn") => (severity === "error" ? "error" : "warning");

/** A path as a reference that other programs resolve; one outside the folder keeps its steps upward. */
function artifact(file: string): SarifLocation["physicalLocation"]["artifactLocation"] {
  return { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
}

function locationOf({ file, line, column, endLine, endColumn }: CheckFinding): SarifLocation {
  return {
    physicalLocation: {
      artifactLocation: artifact(file),
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  };
}

function locationOfStep({ file, line, name }: CheckStep): SarifLocation {
  return {
    physicalLocation: { artifactLocation: artifact(file), region: { startLine: line } },
    message: { text: name },
  };
}

function flowOf(finding: CheckFinding): Pick<SarifResult, "codeFlows"> {
  if (finding.path.length === 0) return {};
  const call = { ...locationOf(finding), message: { text: "The orchestrator calls" } };
  const locations = [call, ...finding.path.map(locationOfStep)].map((location) => ({ location }));
  return { codeFlows: [{ threadFlows: [{ locations }] }] };
}

/**
 * Returns the log of a result.
 * @param version the version of the tool that is named in it.
 */
export function toSarif(result: CheckResult, version?: string): SarifLog {
  const indices = new Map(result.rules.map(({ id }, index) => [id, index]));
  const rules = result.rules.map(({ id, description, url, severity }): SarifRule => ({
    id,
    shortDescription: { text: `${description}.` },
    helpUri: url,
    defaultConfiguration: { level: level(severity) },
  }));
  const results = result.findings.map((finding): SarifResult => ({
    ruleId: finding.rule,
    ruleIndex: indices.get(finding.rule) ?? -1,
    level: level(finding.severity),
    message: { text: finding.message },
    locations: [locationOf(finding)],
    ...flowOf(finding),
  }));
  const driver = {
    name: "dacapo",
    ...(version === undefined ? {} : { version }),
    informationUri: HOME,
    rules,
  } as const;
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }],
  };
}
