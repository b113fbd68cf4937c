/**
 * The simulator's reference is complete: every option, fault, oracle and field of the printed JSON has its row, and no
 * row is about something that is not there.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { activity, InvalidArgumentError, orchestrator } from "dacapo";
import { FAULT_NAMES, ORACLE_IDS, scenario } from "@dacapo/simulator";
import { root, textOf } from "../tooling/repository.ts";
import { runDacapo } from "./execute.ts";

const page = textOf("docs/reference/simulator.md");
const naive = join(root, "examples/purchase-approval/naive.scenario.ts");

/** The text of the section under a heading, to the next one that is not below it. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)![0].length;
  const [, text = ""] = page.split(`\n${heading}\n`);
  const end = text.search(new RegExp(`^#{1,${level}} `, "m"));
  return end < 0 ? text : text.slice(0, end);
}

/** The names in the first columns of the tables of a text. */
function rows(text: string): readonly string[] {
  const cells = text.split("\n").flatMap((line) => /^\| (`.*?) *\|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
}

async function printed(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await runDacapo(["fuzz", naive, "--json", ...args])).output) as Readonly<Record<string, unknown>>;
}

describe("the reference of the simulator", () => {
  it("has a row for each class of fault", () => {
    const [table = ""] = section("## Faults").split("\n### ");
    expect([...rows(table)].sort()).toEqual([...FAULT_NAMES].sort());
  });

  it("has a row for each oracle", () => expect(rows(section("## Oracles"))).toEqual(ORACLE_IDS));

  it("has a row for each option of a scenario", () => {
    const act = activity("act", () => 1);
    const misspelt = { register: [act], clients: () => undefined, wokers: 2 };
    const refusal = (): unknown => scenario("x", misspelt);
    expect(refusal).toThrow(InvalidArgumentError);
    const [table = ""] = section("## Scenario").split("\n### ");
    for (const option of rows(table)) expect(refusal).toThrow(option);
    expect(rows(table)).toHaveLength(18);
  });

  it("says which definitions a scenario refuses", () => {
    const bare = orchestrator("bare", () => 1);
    expect(() => scenario("x", { register: [], clients: () => undefined })).toThrow("registers nothing");
    expect(() => scenario("x", { register: [bare], workers: 27, clients: () => undefined })).toThrow("from 1 to 26");
  });
});

describe("the fields of the JSON that fuzz prints", () => {
  const ofFailure = rows(section("### Of every failure"));

  it("are all explained, of a search, a replay, a step and a sweep", { timeout: 120_000 }, async () => {
    const search = await printed("--seed", "5");
    expect(unexplained(search, "### `fuzz --json`")).toEqual([]);
    expect(unexplained(search["coverage"], "### `fuzz --json`")).toEqual([]);
    const token = String(search["token"]);
    expect(unexplained(await printed("--replay", token), "### `fuzz --replay TOKEN --json`")).toEqual([]);
    expect(
      unexplained(await printed("--crash-everywhere", "--runs", "1"), "### `fuzz --crash-everywhere --json`"),
    ).toEqual([]);
    const step = await printed("--replay", token, "--step", "12");
    expect(unexplained(step, "### `fuzz --replay TOKEN --step N --json`")).toEqual([]);
    for (const part of ["instances", "activities", "leases", "workers", "clients"]) {
      const [first] = step[part] as readonly object[];
      expect(unexplained(first ?? {}, "### `fuzz --replay TOKEN --step N --json`"), part).toEqual([]);
    }
  });

  /** The fields that neither the section nor the table of failures names. */
  function unexplained(value: unknown, heading: string): readonly string[] {
    const text = section(heading);
    expect(text, heading).not.toBe("");
    return Object.keys(value as object).filter((key) => !text.includes(`\`${key}\``) && !ofFailure.includes(key));
  }
});
