/**
 * What the documentation shows is true: every program in it compiles, every one marked `run` runs and prints what
 * the page says, and every command exists. test/docs/blocks.ts describes the convention.
 */
import { dirname } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { filesIn, textOf } from "../tooling/repository.ts";
import { blocksOf, isProgram, isShell } from "./blocks.ts";
import { commandsOf, objectionTo, subcommandsOfDacapo } from "./commands.ts";
import { runCommands, runProgram } from "./execute.ts";
import { writeSnippets } from "./snippet-folder.ts";
import { type Complaint, typeCheck } from "./type-check.ts";

/** Pages about the past; what they show may be gone. */
const records = new Set(["CHANGELOG.md"]);

const pages = filesIn().filter(
  (path) => path.endsWith(".md") && !path.includes("/fixtures/") && !path.startsWith(".github/") && !records.has(path),
);
const blocks = pages.flatMap((page) => blocksOf(page, textOf(page)));
const programs = blocks.filter(isProgram);
const shells = blocks.filter(isShell);
const folder = writeSnippets(programs);

describe("a program in the documentation", () => {
  let complaints: ReadonlyMap<string, readonly Complaint[]>;
  beforeAll(() => {
    complaints = typeCheck(programs.map((block) => folder.pathOf(block)));
  });

  it("is there at all", () => expect(programs).not.toEqual([]));

  it.for(programs)("compiles: $page:$line", (block) => {
    const found = complaints.get(folder.pathOf(block))!;
    expect(found.map(({ line, message }) => `${block.page}:${block.line + line - 1}: ${message}`)).toEqual([]);
  });

  it.for(programs.filter((block) => block.run))("prints what the page says: $page:$line", async (block) => {
    const { exitCode, output, errors } = await runProgram(folder.pathOf(block), dirname(folder.pathOf(block)));
    expect(exitCode, errors).toBe(0);
    if (block.output !== undefined) expect(output).toBe(block.output);
  });
});

describe("a command in the documentation", () => {
  let subcommands: readonly string[];
  beforeAll(async () => {
    subcommands = await subcommandsOfDacapo();
  });

  it("is there at all", () => expect(shells).not.toEqual([]));

  it.for(shells)("exists: $page:$line", (block) => {
    const objections = commandsOf(block).flatMap((command) => {
      const objection = objectionTo(command, subcommands);
      return objection === undefined ? [] : [`${command}: ${objection}`];
    });
    expect(objections).toEqual([]);
  });

  it.for(shells.filter((block) => block.run))("prints what the page says: $page:$line", async (block) => {
    const { exitCode, output, errors } = await runCommands(commandsOf(block).join("\n"));
    expect(exitCode, errors).toBe(0);
    if (block.output !== undefined) expect(output).toBe(block.output);
  });
});
