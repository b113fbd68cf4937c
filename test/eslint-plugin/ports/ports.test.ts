/** What the peers' analyzers promise in their own tests, this plugin promises too: with types, and where possible without. */
import path from "node:path";
import type ts from "typescript";
import { describe, expect, it } from "vitest";

import { detectors } from "../../../eslint-plugin/src/hazards/index.ts";
import { Analysis } from "../../../eslint-plugin/src/semantic/analysis.ts";
import { hostOf } from "../../../eslint-plugin/src/semantic/host.ts";
import { DEFAULT_SETTINGS } from "../../../eslint-plugin/src/semantic/settings.ts";
import { loadTypeScript } from "../../../eslint-plugin/src/semantic/typescript.ts";
import { programOf } from "../typed-rule-tester.ts";
import { cases as aws } from "./aws.ts";
import { cases as dotnetFunctions } from "./dotnet-functions.ts";
import { cases as dotnetSdk } from "./dotnet-sdk.ts";
import { cases as go } from "./go.ts";
import type { PortedCase } from "./ported-case.ts";
import { cases as temporal } from "./temporal.ts";

const PEERS: readonly (readonly [string, readonly PortedCase[]])[] = [
  ["the analyzers of Durable Functions for .NET", dotnetFunctions],
  ["the analyzers of the Durable Task SDK for .NET", dotnetSdk],
  ["orchestratorvet", go],
  ["Temporal", temporal],
  ["AWS, DBOS and Inngest", aws],
];

loadTypeScript();

/** Writes reports so that a difference reads well: `main.ts:4 no-io`. */
const written = (reports: readonly { readonly file: string; readonly line: number; readonly rule: string }[]) =>
  reports.map(({ file, line, rule }) => `${file}:${String(line)} ${rule}`).sort();

function found(program: ts.Program, typed: boolean, names: readonly string[]): readonly string[] {
  const analysis = new Analysis(program, typed, DEFAULT_SETTINGS, process.cwd(), detectors);
  const files = program.getSourceFiles().filter(({ fileName }) => names.includes(path.basename(fileName)));
  return written(
    files
      .filter(({ fileName }) => !fileName.includes("node_modules"))
      .flatMap((file) =>
        analysis.findingsIn(file).map(({ rule, start }) => ({
          rule,
          file: path.basename(file.fileName),
          line: file.getLineAndCharacterOfPosition(start).line + 1,
        })),
      ),
  );
}

function expected({ files, expect: reports }: PortedCase): readonly string[] {
  const [first = ""] = Object.keys(files);
  return written(reports.map(({ rule, line, file = first }) => ({ rule, line, file })));
}

describe.each(PEERS)("%s", (_, cases) => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", (__, each) => {
    const [first = "", text = ""] = Object.entries(each.files)[0] ?? [];
    const linted = [...new Set([first, ...each.expect.flatMap(({ file = first }) => [file])])];
    expect(found(programOf(each.files), true, linted)).toEqual(expected(each));
    if (each.typed === true) return;
    const host = hostOf({
      text,
      fileName: path.resolve("virtual", first),
      directory: process.cwd(),
      program: undefined,
      followsImports: false,
    });
    expect(host === undefined ? undefined : found(host.program, false, [first])).toEqual(expected(each));
  });
});
