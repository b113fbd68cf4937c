/**
 * The code under `@example` in doc comments compiles against the engine. An example is a fragment, so it is put
 * into the body of an orchestrator: `ctx`, `hub` and `client` are there, what the engine's entry points export is
 * imported, and other names (the reader's own activities, say) may be left undeclared.
 */
import { posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { filesIn, root, textOf } from "../tooling/repository.ts";
import type { Block } from "./blocks.ts";
import { writeSnippets } from "./snippet-folder.ts";
import { typeCheck } from "./type-check.ts";

/**
 * What an example may leave out: "cannot find name", with and without a suggestion and in a shorthand property;
 * the word `type` in the imports that are added here; and a `return` at the end of a fragment.
 */
const forgiven = new Set([2304, 2552, 18004, 1484, 7030]);

const sources = ["src", "simulator/src", "eslint-plugin/src"].flatMap((folder) => filesIn(folder));
const examples = sources.filter((path) => path.endsWith(".ts")).flatMap((path) => examplesOf(path, textOf(path)));
const exported = new Map(
  ["dacapo", "dacapo/memory", "dacapo/replay", "dacapo/testing", "@dacapo/simulator"].flatMap((specifier) =>
    exportsOf(specifier).map((name): [string, string] => [name, specifier]),
  ),
);

/** The examples in a file's doc comments. */
function examplesOf(path: string, text: string): readonly Block[] {
  const found: Block[] = [];
  for (const comment of text.matchAll(/^[ \t]*\/\*\*\n(?:[ \t]*\*.*\n)*?[ \t]*\*\/$/gm)) {
    const lines = comment[0].split("\n").map((line) => line.replace(/^\s*(\/\*\*|\*\/|\* ?)/, ""));
    const start = lines.findIndex((line) => line.startsWith("@example"));
    if (start === -1) continue;
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => line.startsWith("@"));
    const body = rest.slice(0, end === -1 ? undefined : end).filter((line) => !line.startsWith("```"));
    const line = text.slice(0, comment.index).split("\n").length + start + 1;
    const file = `line-${line}.ts`;
    found.push({ page: path, line, language: "ts", run: false, file, code: `${body.join("\n").trim()}\n` });
  }
  return found;
}

/** What a program may import by this name, types included. */
function exportsOf(specifier: string): readonly string[] {
  const [, folder = "", name = "."] = /^(?:dacapo|@dacapo\/(simulator|eslint-plugin))(?:\/(.+))?$/.exec(specifier)!;
  const manifest = JSON.parse(textOf(posix.join(folder, "package.json"))) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  const key = name === "." ? "." : `./${name}`;
  const path = posix.join(root, folder, manifest.exports[key]!["@dacapo/source"]!);
  const options = { allowImportingTsExtensions: true, module: ts.ModuleKind.NodeNext, noEmit: true, noLib: true };
  const program = ts.createProgram([path], options);
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(path)!);
  return symbol === undefined ? [] : checker.getExportsOfModule(symbol).map((member) => member.name);
}

/** What every example may use. */
const given = new Map([
  ["ctx", "OrchestrationContext"],
  ["hub", "TaskHub"],
  ["client", "TaskHubClient"],
]);

/** The example as a program of its own. */
function complete(example: Block): Block {
  const words = new Set(example.code.match(/[A-Za-z_$][\w$]*/g));
  const declared = /(?:const|let|function\*?|class) (\w+)|^import (?:type )?\{?([^}]*?)\}? from/gm;
  const own = new Set([...example.code.matchAll(declared)].flatMap(([, name, list]) => name ?? list!.split(/[\s,]+/)));
  const isModule = /^(import|export) /m.test(example.code);
  const needed = [...words].filter((name) => !isModule || !own.has(name));
  const imports = needed.flatMap((name) => {
    const specifier = exported.get(name);
    return specifier === undefined ? [] : [`import { ${name} } from "${specifier}";`];
  });
  const declarations = needed.flatMap((name) => {
    const type = given.get(name);
    return type === undefined ? [] : [`declare const ${name}: import("dacapo").${type};`];
  });
  if (isModule) return { ...example, code: `${[...imports, ...declarations].join(" ")}\n${example.code}` };
  const async = /\bawait\b/.test(example.code) ? "async " : "";
  const star = /\byield\b/.test(example.code) ? "*" : "";
  const opening = `export ${async}function${star} example() {`;
  return { ...example, code: `${[...imports, ...declarations, opening].join(" ")}\n${example.code}\n}\n` };
}

describe("the example in a doc comment", () => {
  const programs = examples.map(complete);
  const folder = writeSnippets(programs);
  const complaints = typeCheck(programs.map((program) => folder.pathOf(program)));

  it("is there at all", () => expect(programs.length).toBeGreaterThan(3));

  it.for(programs)("compiles: $page:$line", (program) => {
    const found = complaints.get(folder.pathOf(program))!.filter(({ code }) => !forgiven.has(code));
    expect(found.map(({ line, message }) => `line ${line - 1} of the example: ${message}`)).toEqual([]);
  });

  it("would be objected to if it misspelt the engine's names", () => {
    const page = "misspelt.ts";
    const code = "const deadline = ctx.createTimer({ fortnights: 1 });\nyield* deadline.cancels();\n";
    const program = complete({ page, line: 1, language: "ts", run: false, file: "planted.ts", code });
    const path = writeSnippets([program]).pathOf(program);
    expect(
      typeCheck([path])
        .get(path)!
        .map((complaint) => complaint.code),
    ).toEqual([2353, 2551]);
  });
});
