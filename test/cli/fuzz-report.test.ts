/** The laws of what `dacapo fuzz` says at the end. */
import { describe, expect, it } from "vitest";
import { interruptionReport, replayCommand, replayReport, searchReport } from "../../src/cli/fuzz-report.ts";
import { styleFor } from "../../src/cli/style.ts";
import { failed, passed, progress, replays } from "./fake-simulator.ts";

const style = styleFor(false);
const context = { file: "examples/purchase.scenario.ts", style };
const command = "npx dacapo fuzz examples/purchase.scenario.ts --replay dacapo1:AbCd_-9";

describe("the report of a failure", () => {
  const report = searchReport(failed, context);

  it("begins with what is violated, and in which run of which seed", () => {
    const [headline] = report.split("\n");
    expect(headline).toBe('FAILED in run 17 with seed 42: "an order is charged at most once" does not hold');
  });

  it("names the oracle where an oracle was violated", () => {
    const { property: _property, ...rest } = failed;
    const report = searchReport({ ...rest, oracle: "O6", message: "a cold replay decides otherwise" }, context);
    expect(report).toContain(
      "seed 42: the orchestrator does not repeat its history (O6): a cold replay decides otherwise\n",
    );
  });

  it("tells the story as numbered sentences, the reason last", () => {
    expect(report).toContain(' 1. client 1 starts approvePurchase "order-17"\n 2. worker A runs');
    expect(report).toContain(' 3. "an order is charged at most once" does not hold\n');
  });

  it("says how simple the failure has become", () => {
    expect(report).toContain("Simplified to 5 choices, 1 fault among them.");
  });

  it("ends with the command that reproduces it, on a line of its own", () => {
    expect(report.trimEnd().split("\n").at(-1)).toBe(command);
  });

  it("aligns the numbers of a long story", () => {
    const story = Array.from({ length: 12 }, (_, i) => `sentence ${i + 1}`);
    const long = searchReport({ ...failed, story }, context);
    expect(long).toContain("  9. sentence 9\n 10. sentence 10\n");
  });
});

describe("the command that reproduces a failure", () => {
  it("can be pasted into a shell whatever the file is called", () => {
    expect(replayCommand("my files/it's.ts", "dacapo1:x")).toBe(
      "npx dacapo fuzz 'my files/it'\\''s.ts' --replay dacapo1:x",
    );
  });
});

describe("the report of a search in which all runs pass", () => {
  const report = searchReport(passed, context);

  it("begins with how many runs passed, and with which seed", () => {
    expect(report).toMatch(
      /^PASSED 1,000 runs with seed 42\n181,020 steps at 51,235 a second, 3 days of simulated time\n/,
    );
  });

  it("counts the faults by class, and marks those that no run injected", () => {
    expect(report).toContain("  crash-after-commit  1,204\n");
    expect(report).toContain("  message-delayed         0  in no run\n");
  });

  it("counts the sometimes properties, and warns of those that never held", () => {
    expect(report).toContain("  the deadline wins      31\n");
    expect(report).toContain("  the order is rejected   0  never held\n");
    expect(report).toContain('Warning: never reached in 1,000 runs: "the order is rejected".');
  });

  it("tells how instances and clients ended", () => {
    expect(report).toContain("\n\nInstances ended: Completed 990, Failed 12 (TypeError 12)\n");
    expect(report).toContain("\nClients stopped early: INSTANCE_NOT_FOUND 7\n");
  });

  it.each([
    [
      "runs were cut",
      { runsCut: 5, maxSteps: 20_000 },
      "5 of 1,000 runs were cut after 20,000 steps, so `eventually` was not checked there.",
    ],
    ["every instance failed", { instances: { Failed: 3 } }, "every instance failed, so"],
    ["a client stopped early in every run", { runsWithClientStopped: 1000 }, "in every run a client stopped early, so"],
  ])("warns when %s, and says what to do", (_when, changes, warning) => {
    const lines = searchReport({ ...passed, coverage: { ...passed.coverage, ...changes } }, context).split("\n");
    const at = lines.findIndex((line) => line.startsWith(`Warning: ${warning}`));
    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]).toMatch(/^(Let|Look|Check) .*[.?]$/);
  });

  it("fails as a whole when no run came to rest and something should hold then", () => {
    const { message, property } = { message: '"x" was never checked: why.', property: "x" };
    const report = searchReport({ ...passed, outcome: "failed", property, message }, context);
    expect(report).toMatch(/^FAILED after 1,000 runs with seed 42: "x" was never checked: why\.\n\nFaults injected\n/);
  });

  it("warns of nothing when everything was reached, and shows no empty table", () => {
    const coverage = { ...passed.coverage, faults: {}, sometimes: { reached: 1 } };
    const report = searchReport({ ...passed, coverage }, context);
    expect(report).not.toContain("Warning");
    expect(report).not.toContain("Faults injected");
  });
});

describe("the report of a replay", () => {
  const token = "dacapo1:AbCd_-9";

  it("tells the story again when the same failure happens", () => {
    const report = replayReport(replays.same, token, context);
    expect(report).toMatch(/^FAILED again: "an order is charged at most once" does not hold\n/);
    expect(report).toContain("worker A runs chargeCard");
    expect(report.trimEnd().split("\n").at(-1)).toBe(command);
  });

  it("says so when it no longer fails", () => {
    const report = replayReport(replays.passed, token, context);
    expect(report).toMatch(/^PASSED: this run no longer fails\.\n.*always "an order is charged at most once"\.\n$/);
  });

  it("says where a stale token no longer fits", () => {
    const report = replayReport(replays.stale, token, context);
    expect(report).toMatch(/^STALE at step 7: expected a, got b\.\n/);
    expect(report).toContain("neither that this code fails nor that it passes");
  });

  it("tells both failures when it leads to another one", () => {
    const report = replayReport(replays.other, token, context);
    expect(report).toMatch(
      /^FAILED, but in another way: the orchestrator does not repeat its history \(O6\): a cold replay decides otherwise\n/,
    );
    expect(report).toContain('The token was made for: always "an order is charged at most once".\n');
  });
});

describe("the report of a search that was stopped", () => {
  it("sums up what was reached so far", () => {
    const report = interruptionReport({ searched: progress, isShrinking: false }, "42", style);
    expect(report).toMatch(/^STOPPED after 412 runs with seed 42; none of them failed\.\n/);
    expect(report).toContain("  crash-after-commit  1,204\n");
  });

  it("says how to find again the failure that was being simplified", () => {
    const report = interruptionReport({ searched: progress, isShrinking: true }, "42", style);
    expect(report).toContain("run 412 with seed 42 fails");
  });

  it("gives the seed even when no run has ended", () => {
    expect(interruptionReport({ searched: undefined, isShrinking: false }, "42", style)).toContain("seed 42");
  });
});

describe("a style", () => {
  it("colours where it may, and changes nothing where it may not", () => {
    const colourful = searchReport(failed, { ...context, style: styleFor(true) });
    expect(colourful).toContain("\u001b[");
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
    expect(colourful.replaceAll(escapes, "")).toBe(searchReport(failed, context));
  });
});
