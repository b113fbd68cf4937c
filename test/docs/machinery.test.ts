/**
 * The machinery that checks the documentation, checked on a page that is true and on one that is wrong: it must
 * accept all of the one and object to each block of the other.
 */
import { describe, expect, it } from "vitest";
import { textOf } from "../tooling/repository.ts";
import { type Block, blocksOf, isProgram, isShell } from "./blocks.ts";
import { commandsOf, objectionTo } from "./commands.ts";
import { runCommands, runProgram } from "./execute.ts";
import { abridged, agrees, asShown } from "./transcript.ts";
import { writeSnippets } from "./snippet-folder.ts";
import { typeCheck } from "./type-check.ts";

const page = (name: string): readonly Block[] => blocksOf(name, textOf(`test/docs/fixtures/${name}`));
const good = page("good.md");
const bad = page("bad.md");
const programs = [...good, ...bad].filter(isProgram);
const folder = writeSnippets(programs);

describe("blocks of a page", () => {
  it("are read with their line, language, name, mark and output", () => {
    expect(good.map(({ line, language, run, file }) => ({ line, language, run, file }))).toEqual([
      { line: 4, language: "ts", run: false, file: "orders.ts" },
      { line: 15, language: "ts", run: true, file: "line-15.ts" },
      { line: 22, language: "text", run: false, file: "line-22.text" },
      { line: 29, language: "js", run: false, file: "line-29.js" },
      { line: 37, language: "console", run: true, file: "line-37.console" },
      { line: 45, language: "sh", run: false, file: "line-45.sh" },
      { line: 52, language: "md", run: false, file: "line-52.md" },
      { line: 58, language: "text", run: false, file: "line-58.text" },
    ]);
    expect(good.map(({ output }) => output).filter((output) => output !== undefined)).toEqual([
      "order 17\n3\n",
      "one two\nthree\n",
    ]);
    expect(good[3]!.code).toMatch(/^export const names.*\n\nfunction/);
  });

  it("are refused when one is never closed", () => {
    expect(() => blocksOf("page.md", "# T\n\n```ts\nlet x = 1;\n")).toThrow("page.md:3: the block is never closed");
  });

  it("are refused when their mark is misspelt", () => {
    expect(() => blocksOf("page.md", "```ts runs\nlet x = 1;\n```\n")).toThrow('page.md:1: "runs"');
  });

  it("are refused when two of a page have one name", () => {
    const twice = blocksOf("page.md", "```ts\n// file: a.ts\n```\n\n```ts\n// file: a.ts\n```\n");
    expect(() => writeSnippets(twice)).toThrow("page.md:6: a.ts is already at line 2");
  });

  it("are refused when their name leaves the page's folder", () => {
    const outside = blocksOf("page.md", "```ts\n// file: ../../a.ts\n```\n");
    expect(() => writeSnippets(outside)).toThrow("page.md:2: ../../a.ts leaves the page's folder");
  });
});

describe("type-checking a page", () => {
  const complaints = typeCheck(programs.map((block) => folder.pathOf(block)));
  const codesOf = (block: Block): readonly number[] => complaints.get(folder.pathOf(block))!.map(({ code }) => code);

  it("accepts what is right, imports of earlier blocks included", () => {
    for (const block of good.filter(isProgram)) expect(codesOf(block)).toEqual([]);
  });

  it("objects to a wrong type, to an import that leads nowhere, and to a misuse of the engine", () => {
    const [wrongType, nowhere, , , misuse] = bad.filter(isProgram).map(codesOf);
    expect([wrongType, nowhere, misuse]).toEqual([[2322], [2307], [2339]]);
  });
});

describe("running a page", () => {
  const [prints] = good.filter(({ run }) => run);
  const [throws, printsOther] = bad.filter(({ run }) => run);

  it("gives what a program prints", async () => {
    const execution = await runProgram(folder.pathOf(prints!));
    expect(execution).toMatchObject({ exitCode: 0, output: prints!.output });
  });

  it("tells a program that fails, and one that prints something else", async () => {
    expect(await runProgram(folder.pathOf(throws!))).toMatchObject({ exitCode: 1, output: "" });
    expect((await runProgram(folder.pathOf(printsOther!))).output).not.toBe(printsOther!.output);
  });

  it("gives what commands print, and stops at the first that fails", async () => {
    const execution = await runCommands("echo one two\nfalse\necho three");
    expect(execution).toMatchObject({ exitCode: 1, output: "one two\n" });
  });
});

describe("a command", () => {
  const objection = (command: string): string | undefined => objectionTo(command, ["fuzz"]);

  it("is read from a shell block and from a console, without comments and output", () => {
    const [console, shell] = good.filter(isShell);
    expect(commandsOf(console!)).toEqual(["echo one two", "printf 'three\\n'"]);
    expect(commandsOf(shell!)).toEqual(["npm ci", "npm test", "npm run lint", "npx vitest run test/docs"]);
  });

  it.each([
    "npm ci",
    "npm test",
    "npm run lint",
    "npm install dacapo",
    "npx dacapo fuzz test/run.mjs --runs 10",
    "npx dacapo --help",
    "node test/run.mjs",
    "git clone https://example.org/dacapo.git",
    ".ci/run",
  ])("that exists is accepted: %s", (command) => {
    expect(objection(command)).toBeUndefined();
  });

  it.each([
    ["npm run nothing", 'there is no npm script "nothing"'],
    ["npm publish", '"npm publish" is not'],
    ["npx dacapo conjure", 'dacapo has no subcommand "conjure"'],
    ["npx left-pad", "npx left-pad is not"],
    ["npx dacapo fuzz examples/nowhere/gone.ts", "there is no file examples/nowhere/gone.ts"],
    ["curl example.org", '"curl" is not'],
  ])("that does not exist is objected to: %s", (command, reason) => {
    expect(objection(command)).toContain(reason);
  });
});

describe("a transcript", () => {
  const printed = "FAILED in run 7\n\n 1. a worker crashes\n 2. This breaks a promise";

  it("agrees with what is printed, where lines are left out as well", () => {
    expect(agrees(printed, printed)).toBe(true);
    expect(agrees(printed, "FAILED in run 7\n...\n 2. This breaks a promise")).toBe(true);
    expect(agrees(printed, "...")).toBe(true);
  });

  it("does not agree with anything else", () => {
    expect(agrees(printed, printed.replace("7", "8"))).toBe(false);
    expect(agrees(printed, "FAILED in run 7\n...")).toBe(true);
    expect(agrees(printed, "FAILED in run 7")).toBe(false);
    expect(agrees(printed, "...\n 1. a worker crashes")).toBe(false);
    expect(agrees(printed, "FAILED in run .")).toBe(false);
  });

  it("shows tokens and speeds as they are on no machine", () => {
    expect(asShown("5 steps at 1,234 a second \n--replay dacapo1:Ab-_9\n")).toBe(
      "5 steps at 30,000 a second\n--replay dacapo1:...",
    );
  });

  it("leaves out how far a search is, which a slow machine is told now and then", () => {
    const told = "2 of 5 runs · 0 runs/s · 4,000 steps\nFound a failure; simplifying it: 3 of at most 2,000 runs\n";
    expect(asShown(`Crashing a\n${told}FAILED\n`)).toBe("Crashing a\nFAILED");
  });

  it("is brought up to date as long at both ends as it was", () => {
    expect(abridged(printed, "x\n...\ny")).toBe("FAILED in run 7\n...\n 2. This breaks a promise");
    expect(abridged(printed, "x")).toBe(printed);
  });
});
