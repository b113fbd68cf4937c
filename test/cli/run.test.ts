/** The laws of the command line as a whole, with a simulator that does what a test tells it to. */
import { describe, expect, it } from "vitest";
import { run } from "../../src/cli/run.ts";
import { InvalidArgumentError, InvariantError } from "../../src/core/errors.ts";
import { textOf } from "../tooling/repository.ts";
import { FakeSimulator, failed, passed, progress, replays, shown, swept } from "./fake-simulator.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const file = "examples/purchase.scenario.ts";
const token = "dacapo1:AbCd_-9";

/** Runs the command line with a simulator and returns everything that can be seen from outside. */
async function dacapo(argv: readonly string[], simulator = new FakeSimulator(), terminal = new FakeTerminal()) {
  const code = await run(argv, terminal, { simulator: () => Promise.resolve(simulator) });
  return { code, output: terminal.output, errors: terminal.errors, calls: simulator.calls };
}

describe("dacapo", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(textOf("package.json")) as { readonly version: string };
    expect(await dacapo(["--version"])).toMatchObject({ code: 0, output: `${version}\n`, errors: "" });
  });

  it.each([["--help"], ["help"]])("prints its help with examples for %s", async (...argv) => {
    const { code, output } = await dacapo(argv);
    expect(code).toBe(0);
    expect(output).toMatch(/Commands:\n {2}fuzz/);
    expect(output).toContain("$ npx dacapo fuzz payment.scenario.ts");
  });

  it("says what there is when no command was given", async () => {
    const { code, output, errors } = await dacapo([]);
    expect(code).toBe(2);
    expect(output).toBe("");
    expect(errors).toContain("No command was given");
    expect(errors).toMatch(/Commands:\n {2}fuzz/);
  });

  it.each([
    [["fuz"], "Unknown command 'fuz'. Did you mean fuzz?"],
    [["--json"], "Unknown option '--json'."],
    [["fuzz"], "Missing required argument 'file'."],
    [["fuzz", file, "--rums", "5"], "Unknown option '--rums'. Did you mean --runs?"],
    [["fuzz", file, "other.ts"], "Too many arguments for 'fuzz'. Expected 1 argument but got 2."],
    [["fuzz", file, "--replay"], "Option '--replay <token>' argument missing."],
    [["fuzz", file, "--replay", token, "--seed", "1"], "Option '--replay <token>' cannot be used with option '--seed"],
    [["fuzz", file, "--runs", "-5"], '"-5" is not a number of runs. Give --runs a whole number'],
    [["fuzz", file, "--seed", ""], "The seed is empty."],
    [["fuzz", file, "--seed", "--json"], '"--json" is not a seed but an option. Give --seed the seed'],
    [["fuzz", file, "--replay", token, "--crash-everywhere"], "Option '--crash-everywhere' cannot be used with option"],
    [["fuzz", file, "--step", "3"], "The option --step was given without --replay."],
    [["fuzz", file, "--replay", token, "--step", "-3"], '"-3" is not a step. Give --step a whole number'],
    [["fuzz", file, "--replay", token, "--step", "last"], '"last" is not a step. Give --step a whole number'],
    [["fuzz", ""], "The name of the scenario file is empty. Name the file"],
  ])("refuses %j in a sentence or two", async (argv, sentence) => {
    const { code, output, errors, calls } = await dacapo(argv);
    expect(code).toBe(2);
    expect(output).toBe("");
    expect(errors).toContain(`dacapo: ${sentence}`);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
    expect(calls).toEqual([]);
  });

  it("sweeps crash points, five episodes unless told otherwise", async () => {
    const { code, output, calls } = await dacapo(["fuzz", file, "--crash-everywhere", "--seed", "7"]);
    expect(code).toBe(0);
    expect(output).toContain("PASSED: 212 of 212 crash points survived\n");
    expect(calls.at(-1)).toEqual(["crashEverywhere", { episodes: 5, seed: "7" }]);
  });

  it("tells of the first crash point that was not survived, and exits with 1", async () => {
    const { property = "", story = [], minimised } = failed;
    const outcome = { ...swept, outcome: "failed", survived: 209, property, story, token } as const;
    const simulator = new FakeSimulator().sweeps(minimised === undefined ? outcome : { ...outcome, minimised });
    const argv = ["fuzz", file, "--crash-everywhere", "--runs", "2"];
    const { code, output, calls } = await dacapo(argv, simulator);
    expect(code).toBe(1);
    expect(output).toContain(`FAILED: 209 of 212 crash points survived; the first that was not: "${property}"`);
    expect(output).toContain(story[0]);
    expect(output).toContain(`--replay ${token}`);
    expect(calls.at(-1)).toMatchObject(["crashEverywhere", { episodes: 2 }]);
    const json = await dacapo([...argv, "--json"], new FakeSimulator().sweeps(outcome));
    expect(JSON.parse(json.output)).toEqual(outcome);
  });

  it("points at the help of the command that was used wrongly", async () => {
    expect((await dacapo(["fuzz"])).errors).toContain('Run "npx dacapo fuzz --help"');
    expect((await dacapo(["fuz"])).errors).toContain('Run "npx dacapo --help"');
  });
});

describe("dacapo fuzz", () => {
  it("explains its options and exit codes", async () => {
    const { code, output } = await dacapo(["fuzz", "--help"]);
    expect(code).toBe(0);
    for (const part of ["--runs", "--seed", "--replay", "--step", "--json", "Exit codes", "Examples"]) {
      expect(output).toContain(part);
    }
  });

  it("exits with 0 when every run passes, and sums up the coverage", async () => {
    const { code, output, errors, calls } = await dacapo(["fuzz", file, "--runs", "200", "--seed", "42"]);
    expect(code).toBe(0);
    expect(errors).toBe("");
    expect(output).toContain("PASSED 1,000 runs");
    expect(calls).toEqual([
      ["loadScenario", file],
      ["simulate", { runs: 200, seed: "42" }],
    ]);
  });

  it("makes 1,000 runs from a seed that it draws and prints, unless told otherwise", async () => {
    const { output, calls } = await dacapo(["fuzz", file]);
    expect(calls.at(-1)).toEqual(["simulate", { runs: 1000, seed: "4711" }]);
    expect(output).toMatch(/^Crashing purchase approval in up to 1,000 runs, seed 4711\n/);
  });

  it("exits with 1 when it found a failure, with the story and the command that replays it", async () => {
    const { code, output } = await dacapo(["fuzz", file], new FakeSimulator().finds(failed));
    expect(code).toBe(1);
    expect(output).toContain(" 2. worker A runs chargeCard");
    expect(output).toContain(`\nnpx dacapo fuzz ${file} --replay ${token}\n`);
  });

  it.each([
    [passed, 0],
    [failed, 1],
  ])("prints one JSON object and nothing else with --json", async (result, expected) => {
    const simulator = new FakeSimulator().finds(result, ({ onProgress }) => onProgress(progress));
    const { code, output, errors } = await dacapo(
      ["fuzz", file, "--json"],
      simulator,
      new FakeTerminal({ isTTY: true }),
    );
    expect(code).toBe(expected);
    expect(JSON.parse(output)).toEqual(result);
    expect(errors).toBe("");
  });

  it("leaves no progress on the terminal once it has ended", async () => {
    const terminal = new FakeTerminal({ isTTY: true });
    const simulator = new FakeSimulator().finds(passed, ({ onProgress }) => {
      terminal.nowMs = 500;
      onProgress(progress);
    });
    const { output } = await dacapo(["fuzz", file], simulator, terminal);
    expect(output).toContain("412 of 1,000 runs");
    expect(output.indexOf("\u001b[3A\u001b[J")).toBeGreaterThan(output.indexOf("412 of"));
    expect(output.indexOf("PASSED")).toBeGreaterThan(output.indexOf("\u001b[3A\u001b[J"));
  });

  it.each([["--json"], []])("stops at Ctrl-C with what it knows so far, exit 130 %s", async (...argv) => {
    const terminal = new FakeTerminal();
    const endless = new Promise<never>(() => undefined);
    const simulator = new FakeSimulator().finds(endless, ({ onProgress }) => {
      onProgress(progress);
      setImmediate(() => terminal.interrupt());
    });
    const { code, output, errors } = await dacapo(["fuzz", file, "--seed", "42", ...argv], simulator, terminal);
    expect(code).toBe(130);
    const summary = "STOPPED after 412 runs with seed 42";
    expect(argv.length === 1 ? errors : output).toContain(summary);
    if (argv.length === 1) expect(output).toBe("");
    expect(terminal.interruptListeners).toBe(0);
  });

  it("listens to Ctrl-C no longer once it has ended", async () => {
    const terminal = new FakeTerminal();
    await dacapo(["fuzz", file], new FakeSimulator(), terminal);
    expect(terminal.interruptListeners).toBe(0);
  });

  it("colours only where it may", async () => {
    expect((await dacapo(["fuzz", file])).output).not.toContain("\u001b[");
    const colourful = new FakeTerminal({ hasColours: true });
    expect((await dacapo(["fuzz", file], new FakeSimulator(), colourful)).output).toContain("\u001b[");
  });
});

describe("dacapo fuzz --replay", () => {
  it.each([
    ["same", 1, "FAILED again"],
    ["passed", 0, "this run no longer fails"],
    ["stale", 3, "STALE at step 7"],
    ["other", 3, "FAILED, but in another way"],
  ] as const)("exits for a verdict of %s with %d", async (verdict, expected, text) => {
    const simulator = new FakeSimulator().replays(replays[verdict]);
    const { code, output, calls } = await dacapo(["fuzz", file, "--replay", token], simulator);
    expect(code).toBe(expected);
    expect(output).toContain(text);
    expect(calls.at(-1)).toEqual(["replayToken", token]);
  });

  it.each([
    ["same", "failed"],
    ["passed", "passed"],
    ["stale", "stale"],
    ["other", "failed"],
  ] as const)("prints one JSON object and nothing else with --json: a verdict of %s", async (verdict, outcome) => {
    const simulator = new FakeSimulator().replays(replays[verdict]);
    const { output, errors } = await dacapo(["fuzz", file, "--replay", token, "--json"], simulator);
    expect(JSON.parse(output)).toEqual({ ...replays[verdict], outcome, runs: 1, token });
    expect(errors).toBe("");
  });

  it("refuses a token that is none", async () => {
    const simulator = new FakeSimulator().refusesToken(
      new InvalidArgumentError("The given text is not a token.", { hint: "Copy the whole line." }),
    );
    const { code, output, errors } = await dacapo(["fuzz", file, "--replay", "x"], simulator);
    expect(code).toBe(2);
    expect(output).toBe("");
    expect(errors).toBe("dacapo: The given text is not a token. Copy the whole line.\n");
  });
});

describe("dacapo fuzz --replay --step", () => {
  const argv = ["fuzz", file, "--replay", token, "--step"];
  const stale = {
    verdict: "stale",
    scenario: "purchase approval",
    expected: "O6",
    message: "STALE at step 7.",
  } as const;

  it("prints the state at that step, exit 0", async () => {
    const { code, output, errors, calls } = await dacapo([...argv, "12"]);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).toMatch(/^purchase approval, step 12 of 31, /);
    expect(calls).toEqual([
      ["loadScenario", file],
      ["stateAtStep", token, 12],
    ]);
  });

  it("prints it as one JSON object and nothing else with --json", async () => {
    const { code, output } = await dacapo([...argv, "0", "--json"]);
    expect(code).toBe(0);
    const { scenario, steps, next, state } = shown;
    expect(JSON.parse(output)).toEqual({ scenario, token, steps, next, ...state });
  });

  it("says so where there is no such step, shows the end, and exits with 0 as well", async () => {
    const simulator = new FakeSimulator().shows({ ...shown, steps: 12 });
    const { code, output } = await dacapo([...argv, "1000"], simulator);
    expect(code).toBe(0);
    expect(output).toMatch(/^There is no step 1000: the run has 12 steps\. This is its end\.\n/);
    const json = await dacapo([...argv, "1000", "--json"], simulator);
    expect(JSON.parse(json.output)).toMatchObject({ step: 12, note: expect.stringContaining("no step 1000") });
  });

  it("exits with 3 for a token that no longer fits", async () => {
    const { code, output } = await dacapo([...argv, "3"], new FakeSimulator().shows(stale));
    expect(code).toBe(3);
    expect(output).toMatch(/^STALE at step 7\.\n/);
    const json = await dacapo([...argv, "3", "--json"], new FakeSimulator().shows(stale));
    const { verdict: outcome, ...rest } = stale;
    expect({ code: json.code, result: JSON.parse(json.output) as unknown }).toEqual({
      code: 3,
      result: { ...rest, outcome, token },
    });
  });
});

describe("an error that stops a command", () => {
  it("is shown as a sentence when it says what the user can do", async () => {
    const simulator = new FakeSimulator().refusesFile(new InvalidArgumentError("There is no file.", { hint: "Look." }));
    const { code, errors } = await dacapo(["fuzz", file], simulator);
    expect(code).toBe(2);
    expect(errors).toBe("dacapo: There is no file. Look.\n");
  });

  it("is shown with its stack when the scenario's own code threw it", async () => {
    const { code, errors } = await dacapo(
      ["fuzz", file],
      new FakeSimulator().refusesFile(new TypeError("not a ledger")),
    );
    expect(code).toBe(2);
    expect(errors).toMatch(/TypeError: not a ledger\n +at /);
  });

  it("is shown with its stack when Dacapo is broken, and has a code of its own", async () => {
    const { code, errors } = await dacapo(
      ["fuzz", file],
      new FakeSimulator().refusesFile(new InvariantError("1 is 1")),
    );
    expect(code).toBe(70);
    expect(errors).toMatch(/Dacapo is broken[\s\S]+1 is 1[\s\S]+ at /);
  });
});
