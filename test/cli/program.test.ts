/**
 * The laws of the `dacapo` program from outside: what it prints, where, and with which code it exits. It is what the
 * build made of it (docs/adr/0004): starting it on the sources takes longer than all that it does here.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, textOf } from "../tooling/repository.ts";

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const program = join(root, "dist/cli/main.js");

const fixture = (name: string): string => `test/cli/fixtures/${name}`;
const doubleCharge = fixture("double-charge.scenario.ts");

/** Runs the program to its end; `interruptAt` presses Ctrl-C once the standard output holds that text. */
function dacapo(
  args: readonly string[],
  { env = {}, interruptAt = "\0", cwd = root }: Partial<Settings> = {},
): Promise<Outcome> {
  const { NODE_OPTIONS: _options, FORCE_COLOR: _color, ...inherited } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...inherited, ...env } });
    let output = "";
    let errors = "";
    let isInterrupted = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      // Once: at the second Ctrl-C a program is ended without a word.
      if (output.includes(interruptAt) && !isInterrupted) isInterrupted = child.kill("SIGINT");
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output, errors }));
  });
}

interface Settings {
  readonly env: Readonly<Record<string, string>>;
  readonly interruptAt: string;
  readonly cwd: string;
}

describe("dacapo fuzz, from outside", () => {
  it("finds a failure, tells it, and reproduces it with the command that it prints", async () => {
    const found = await dacapo(["fuzz", doubleCharge, "--seed", "1"]);
    expect(found.code).toBe(1);
    expect(found.output).toMatch(/^FAILED in run \d+ with seed 1: "charged at most once" does not hold\n\n +1\. /m);
    expect(found.output).not.toContain("buying 17");
    expect(found.errors).toContain("buying 17");

    const command = found.output.trimEnd().split("\n").at(-1)!;
    expect(command).toMatch(/^npx dacapo fuzz test\/cli\/fixtures\/double-charge\.scenario\.ts --replay dacapo1:\S+$/);
    const [, , ...args] = command.split(" ");
    const again = await dacapo(args);
    expect(again.code).toBe(1);
    expect(again.output).toMatch(/^FAILED again: "charged at most once" does not hold\n/);

    const start = await dacapo([...args, "--step", "0"]);
    expect(start).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^double charge, step 0 of \d+, 2026-01-01/),
    });
    const end = await dacapo([...args, "--step", "100000", "--json"]);
    expect(end.code).toBe(0);
    expect(JSON.parse(end.output)).toMatchObject({
      note: expect.stringContaining("There is no step 100000"),
      failure: '"charged at most once" does not hold',
      ledgers: { charges: [{ order: 17 }, { order: 17 }] },
    });

    const repaired = await dacapo(args, { env: { REPAIRED: "1" } });
    expect(repaired).toMatchObject({ code: 0, output: expect.stringContaining("no longer fails") });

    const elsewhere = await dacapo(["fuzz", fixture("passes.scenario.js"), ...args.slice(2)]);
    expect(elsewhere).toMatchObject({ code: 3, output: expect.stringMatching(/^STALE at step 0/) });
  });

  it("prints the same JSON object for the same seed, and nothing else", async () => {
    const searches = [1, 2].map(() => dacapo(["fuzz", doubleCharge, "--seed", "1", "--json"]));
    const [first, second] = (await Promise.all(searches)).map(({ output }) => ({
      ...(JSON.parse(output) as object),
      stepsPerSecond: 0,
    }));
    expect(first).toEqual(second);
    expect(first).toMatchObject({
      scenario: "double charge",
      outcome: "failed",
      runs: expect.any(Number),
      seed: "1",
      token: expect.stringMatching(/^dacapo1:/),
      property: "charged at most once",
      story: expect.arrayContaining([expect.stringContaining("charge")]),
      minimised: { choices: expect.any(Number), faults: expect.any(Number) },
      coverage: { sometimes: { "is never reached": 0 } },
      virtualTime: expect.any(Number),
    });
  });

  it("keeps what a scenario writes out of the JSON object, wherever it writes it", async () => {
    const { code, output, errors } = await dacapo(["fuzz", fixture("prints.scenario.js"), "--runs", "5", "--json"]);
    expect({ code, result: JSON.parse(output) as unknown }).toMatchObject({ code: 0, result: { outcome: "passed" } });
    for (const where of ["on loading", "in an orchestrator", "in a mock", "in a property"]) {
      expect(errors).toContain(where);
    }
  });

  it("passes a scenario in JavaScript that holds, and warns of what was never reached", async () => {
    const { code, output, errors } = await dacapo(["fuzz", fixture("passes.scenario.js"), "--runs", "20"]);
    expect(code).toBe(0);
    expect(errors).toBe("");
    expect(output).toMatch(/^PASSED 20 runs with seed \d+\n/m);
    expect(output).toContain('Warning: never reached in 20 runs: "is never reached".');
  });

  it.each([
    ["missing.ts", "There is no file"],
    ["no-scenario.ts", "is no scenario"],
    ["syntax-error.ts", "syntax-error.ts"],
    ["waits.scenario.ts", "nap"],
    [
      "reads-clock.scenario.ts",
      /activity "stamp" on worker A calls Date\.now\(\) at .*reads-clock\.scenario\.ts:12:\d+/,
    ],
  ])("refuses %s with a sentence, without a stack", async (name, words) => {
    const { code, errors } = await dacapo(["fuzz", fixture(name), "--runs", "5", "--json"]);
    expect(code).toBe(2);
    expect(errors).toMatch(/^dacapo: /);
    expect(errors).toMatch(words);
    expect(errors).not.toMatch(/^ +at /m);
  });

  it("refuses a damaged token", async () => {
    const { code, output, errors } = await dacapo(["fuzz", doubleCharge, "--replay", "dacapo1:xyz"]);
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(errors).toContain("damaged");
  });

  it("sums up what it knows at Ctrl-C", async () => {
    const file = fixture("passes.scenario.js");
    const { code, output } = await dacapo(["fuzz", file, "--runs", "1000000000"], { interruptAt: "Crashing passes" });
    expect(code).toBe(130);
    expect(output).toMatch(/^STOPPED (after|before) /m);
  });
});

describe("dacapo, as it was built", () => {
  it("is a program that knows its version", async () => {
    const { version } = JSON.parse(textOf("package.json")) as { readonly version: string };
    expect(textOf("dist/cli/main.js")).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(await dacapo(["--version"])).toEqual({ code: 0, output: `${version}\n`, errors: "" });
  });

  it("finds the simulator that was built with it", async () => {
    const { code, output } = await dacapo(["fuzz", doubleCharge, "--seed", "1", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ outcome: "failed", property: "charged at most once" });
  });

  it("finds the checker that was built with it", async () => {
    const paths = "test/eslint-plugin/fixtures/check/paths";
    const args = ["check", paths, "--rule", "no-wall-clock", "--json"];
    const { code, output, errors } = await dacapo(args);
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(JSON.parse(output)).toMatchObject({ findings: [{ file: `${paths}/app/order.ts`, line: 7 }], files: 2 });
  });

  it("checks ./tsconfig.json where none is named, and says why it cannot", async () => {
    const folder = join(root, "test/eslint-plugin/fixtures/check");
    const clean = await dacapo(["check"], { cwd: join(folder, "plain") });
    expect(clean).toMatchObject({ code: 0, errors: "" });
    const none = await dacapo(["check"], { cwd: folder });
    expect(none).toMatchObject({ code: 2, output: "" });
    expect(none.errors).toMatch(/^dacapo: There is no tsconfig\.json in this folder\./);
  });
});
