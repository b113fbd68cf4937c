/**
 * Laws of `@dacapo/simulator/vitest`, seen from outside: a vitest of its own runs the project in fixtures, and what it
 * prints is what somebody reads who does not know the engine.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { failureOf, runVitest, type VitestRun } from "./child-vitest.ts";

const TOKEN = String.raw`dacapo1:[\w-]+`;

describe("what a failing test prints", () => {
  let run: VitestRun;
  beforeAll(async () => {
    run = await runVitest(["failing"]);
  });

  it("is what does not hold, the story, the orchestrator's line, how little it takes, and how to see it again", () => {
    expect(run.exitCode).toBe(1);
    const printed = failureOf(run, "an order survives crashes");
    const report = printed.slice(0, printed.indexOf(" ❯"));
    expect(report.replaceAll(new RegExp(TOKEN, "g"), "TOKEN").replace(/run \d+/, "run N")).toBe(
      [
        "> an order survives crashes",
        'SimulationFailedError: "an order is charged at most once" does not hold.',
        "",
        'What happened in "purchase, naive":',
        '  1. client 1 starts purchase "order-17" with {"id":"order-17","total":40}',
        '  2. "order-17" starts on worker A; it calls chargeCard',
        '  3. worker A runs chargeCard for "order-17"; ledger "charges" gets {"order":"order-17"}; worker A crashes before the result of chargeCard is recorded',
        "  4. 1 second later, worker A comes back, with nothing in memory",
        '  5. 29 seconds later, worker B runs chargeCard again for "order-17"; ledger "charges" gets {"order":"order-17"} once more and now holds it 2 times',
        '  6. This breaks "an order is charged at most once"',
        "",
        "The effect comes from this line of the orchestrator:",
        "  at workflow.ts:11:30",
        "     const receipt = yield* ctx.callActivity(chargeCard, order);",
        "",
        "Found in run N with seed 1. Made simpler until it takes only 1 fault.",
        "",
        "To see exactly this again:",
        '  simTest("an order survives crashes", <the scenario>, { token: "TOKEN" });',
        "or, where scenarios.ts exports the scenario by default:",
        "  npx dacapo fuzz scenarios.ts --replay TOKEN",
        "",
      ].join("\n"),
    );
  });

  it("has a frame of the orchestrator's line, then the test's line, and nothing of the simulator's", () => {
    for (const [test, line] of [
      ["an order survives crashes", "workflow.ts:11:30"],
      ["survives three crashes", "workflow.ts:11:30"],
      ["completes, although nobody decides", "workflow.ts:17:24"],
      ["completes, although it throws", "workflow.ts:23:31"],
    ] as const) {
      const frames = [...failureOf(run, test).matchAll(/^ ❯ (.*)$/gm)].map((match) => match[1]);
      expect(frames).toEqual([
        line,
        `the workflow ${line}`,
        expect.stringMatching(/^the test failing\.spec\.ts:\d+:\d+$/),
      ]);
    }
    expect(failureOf(run, "an order survives crashes")).toContain("11|   const receipt = yield* ctx.callActivity");
  });

  it("tells, of an instance that does not complete, which one, why, and where it waits", () => {
    const waits = failureOf(run, "completes, although nobody decides");
    expect(waits).toContain(
      'Orchestration waitsForEver "order-17" does not end: it is Running and waits for an external event.',
    );
    expect(waits).toContain(
      "The orchestrator had got to this line:\n  at workflow.ts:17:24\n     const approval = ctx.wait",
    );
    expect(waits).toContain("It takes no fault and nothing unusual: it happens each time.");
    expect(waits).toMatch(new RegExp(`await expect\\(<the scenario>\\).toComplete\\({ token: "${TOKEN}" }\\);`));
    const thrown = failureOf(run, "completes, although it throws");
    expect(thrown).toContain('Orchestration throws "order-17" failed with TypeError: too much.');
    expect(thrown).toContain(
      "The orchestrator threw in this line:\n  at workflow.ts:23:31\n     if (order.total > 10)",
    );
  });

  it("says that a token does not fit, and what to do about it", () => {
    const stale = failureOf(run, "an old token");
    expect(stale).toContain(
      "The token no longer fits this code, so it tells neither that the code fails nor that it passes.",
    );
    expect(stale).toContain("STALE at step 0");
    expect(stale).toContain("Take the token out of the test");
  });

  it("says what a matcher is for, and what to write", () => {
    expect(failureOf(run, "is given a number")).toContain(
      "toSurvive() is for scenarios, and what was expected is of type number. Write await expect(scenario(",
    );
    expect(failureOf(run, "is told no number of crashes")).toContain("Write toSurvive({ crashes: 3 })");
  });

  it("says how well a scenario did that should not have", () => {
    expect(failureOf(run, "does not complete, they say")).toContain(
      'Every instance of "purchase, naive" completes in 100 runs with seed 1, and should not.',
    );
  });

  it("has the same report below fast-check's counterexample, which is a token", () => {
    const printed = failureOf(run, "a property of fast-check's");
    expect(printed).toMatch(new RegExp(`Counterexample: \\[1,\\[token "${TOKEN}"\\]\\]`));
    expect(printed).toContain('Caused by: SimulationFailedError: "an order is charged at most once" does not hold.');
    expect(printed).toContain("The effect comes from this line of the orchestrator:\n  at workflow.ts:11:30");
    expect(printed).toMatch(/ ❯ the workflow workflow\.ts:11:30\n ❯ the property failing\.spec\.ts:\d+:\d+/);
  });
});

describe("tests that pass", () => {
  it.each(["forks", "threads"])("pass in parallel files in %s, and leave every global as it was", async (pool) => {
    const run = await runVitest(["passing", "globals", `--pool=${pool}`]);
    expect(run.text).toMatch(/Test Files +2 passed \(2\)/);
    expect(run.text).toMatch(/Tests +8 passed \| 1 skipped \(9\)/);
    expect(run.exitCode).toBe(0);
  });

  it("make as many runs as the environment says", async () => {
    const few = await runVitest(["environment"], { DACAPO_RUNS: "1" });
    expect(few.exitCode, few.text).toBe(0);
    const usual = await runVitest(["environment", "-t", "comes from the environment"]);
    expect(usual.text).toContain("Found in run");
    expect(usual.exitCode).toBe(1);
  });

  it("take their seed from the environment where they name none", async () => {
    const run = await runVitest(["failing", "-t", "an order survives crashes"], { DACAPO_SEED: "nightly 7" });
    expect(run.text).toMatch(/Found in run \d+ with seed nightly 7\./);
  });

  it("say what is wrong with the environment", async () => {
    const run = await runVitest(["environment"], { DACAPO_RUNS: "many" });
    expect(run.text).toContain('The environment variable DACAPO_RUNS is "many".');
  });
});
