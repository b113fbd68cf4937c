/** The pages of the rules and the list in the README: generated from the rules where they can be, and true. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import { detectors } from "../../eslint-plugin/src/hazards/index.ts";
import { rules } from "../../eslint-plugin/src/rules/index.ts";
import { Analysis } from "../../eslint-plugin/src/semantic/analysis.ts";
import { hostOf } from "../../eslint-plugin/src/semantic/host.ts";
import { DEFAULT_SETTINGS } from "../../eslint-plugin/src/semantic/settings.ts";
import { loadTypeScript } from "../../eslint-plugin/src/semantic/typescript.ts";
import { programOf } from "./typed-rule-tester.ts";

const folder = new URL("../../eslint-plugin/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), "utf8");

interface Example {
  readonly language: string;
  readonly kind: string;
  readonly code: string;
  readonly line: number;
}

/** The examples of a page, with the line on which each begins. */
function examplesOf(page: string): readonly Example[] {
  return [...page.matchAll(/^```(ts|js) (incorrect|correct)\n(.*?)^```$/gmsu)].map((match) => ({
    language: match[1] ?? "",
    kind: match[2] ?? "",
    code: match[3] ?? "",
    line: page.slice(0, match.index).split("\n").length,
  }));
}

loadTypeScript();

function foundIn(program: ts.Program, file: ts.SourceFile | undefined, typed: boolean): readonly string[] {
  const analysis = new Analysis(program, typed, DEFAULT_SETTINGS, process.cwd(), detectors);
  return file === undefined ? [] : analysis.findingsIn(file).map(({ rule }) => rule);
}

function withTypes({ code, language }: Example): readonly string[] {
  const program = programOf({ [`example.${language}`]: code });
  return foundIn(
    program,
    program.getSourceFiles().find(({ fileName }) => path.basename(fileName) === `example.${language}`),
    true,
  );
}

function withoutTypes({ code, language }: Example): readonly string[] {
  const host = hostOf({
    text: code,
    fileName: path.resolve(`virtual/example.${language}`),
    directory: process.cwd(),
    program: undefined,
    followsImports: false,
  });
  return host === undefined ? [] : foundIn(host.program, host.file, false);
}

describe.each(Object.entries(rules))("the page of %s", (name, rule) => {
  const examples = examplesOf(read(`docs/rules/${name}.md`));

  it("shows what is reported and what is not", () => {
    expect(examples.filter(({ kind }) => kind === "incorrect").length).toBeGreaterThan(0);
    expect(examples.filter(({ kind }) => kind === "correct").length).toBeGreaterThan(0);
  });

  it.each(examples.map((each) => [`the ${each.kind} example on line ${String(each.line)}`, each] as const))(
    "%s is",
    (_, each) => {
      const tiers =
        rule.meta.docs?.requiresTypeChecking === true ? [withTypes(each)] : [withTypes(each), withoutTypes(each)];
      for (const found of tiers) {
        if (each.kind === "incorrect") expect(found).toContain(name);
        else expect(found).toEqual([]);
      }
    },
  );
});

describe("the documents", () => {
  it("have a page for each rule, and no other page", () => {
    const pages = readdirSync(new URL("docs/rules/", folder)).map((file) => file.replace(/\.md$/u, ""));
    expect(pages.sort()).toEqual(Object.keys(rules).sort());
  });

  it("have the heads and the list that the generator writes", () => {
    const script = fileURLToPath(new URL("docs/generate.mjs", folder));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: "" });
  });
});
