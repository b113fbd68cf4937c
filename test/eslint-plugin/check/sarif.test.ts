/** What a SARIF log of a check holds, by the parts of SARIF 2.1.0 that code hosts read. */
import { describe, expect, it } from "vitest";

import { check, toSarif } from "../../../eslint-plugin/src/check/index.ts";
import { inWorkspace } from "./workspace.ts";

const result = inWorkspace((directory) => check({ project: ".", directory, rules: ["no-wall-clock", "no-spin-loop"] }));
const log = toSarif(result, "1.2.3");
const [run] = log.runs;

describe("a SARIF log", () => {
  it("says its version and has one run of our tool", () => {
    expect(log).toMatchObject({ $schema: expect.stringMatching(/sarif-2\.1\.0\.json$/), version: "2.1.0" });
    expect(run.tool.driver).toMatchObject({ name: "dacapo", version: "1.2.3" });
    expect(run.columnKind).toBe("utf16CodeUnits");
  });

  it("describes every rule that was run, with the page that explains it", () => {
    const { rules } = run.tool.driver;
    expect(rules.map(({ id }) => id)).toEqual(["dacapo/no-wall-clock", "dacapo/no-spin-loop"]);
    for (const { shortDescription, helpUri, defaultConfiguration } of rules) {
      expect(shortDescription.text).toMatch(/^[A-Z].*\.$/);
      expect(helpUri).toMatch(/^https:\/\/.*\.md$/);
      expect(defaultConfiguration.level).toMatch(/^(?:error|warning)$/);
    }
  });

  it("has a result for each finding, in the same order, whose index names its rule", () => {
    expect(run.results).toHaveLength(result.findings.length);
    run.results.forEach((each, index) => {
      const finding = result.findings[index]!;
      expect(each.message.text).toBe(finding.message);
      expect(run.tool.driver.rules[each.ruleIndex]?.id).toBe(each.ruleId);
      const { line: startLine, column: startColumn, endLine, endColumn } = finding;
      expect(each.locations).toEqual([
        {
          physicalLocation: {
            artifactLocation: { uri: finding.file, uriBaseId: "%SRCROOT%" },
            region: { startLine, startColumn, endLine, endColumn },
          },
        },
      ]);
    });
  });

  it("tells the way to a hazard as a code flow, from the call to the hazard, and none where it is in sight", () => {
    run.results.forEach(({ codeFlows }, index) => {
      const { path } = result.findings[index]!;
      const steps = codeFlows?.[0]?.threadFlows[0]?.locations.map(({ location }) => location) ?? [];
      const told = steps.slice(1).map(({ message, physicalLocation: { artifactLocation, region } }) => ({
        name: message?.text,
        file: artifactLocation.uri,
        line: region.startLine,
      }));
      expect(told).toEqual(path);
      expect(steps.length === 0).toBe(path.length === 0);
    });
    expect(new Set(run.results.map(({ codeFlows }) => codeFlows?.length ?? 0))).toEqual(new Set([0, 1]));
  });

  it("writes names of files as references: what a reference cannot hold is encoded", () => {
    const [finding] = result.findings;
    const odd = toSarif({ ...result, findings: [{ ...finding!, file: "a b/ü#.ts" }] });
    expect(odd.runs[0].results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe("a%20b/%C3%BC%23.ts");
  });
});
