/** The laws of showing how far a search is. */
import { describe, expect, it } from "vitest";
import { FuzzProgress, progressLines } from "../../src/cli/fuzz-progress.ts";
import { progress } from "./fake-simulator.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const escape = "\u001b[";

describe("the lines of progress", () => {
  it("say runs, speed, steps, simulated time and faults, then faults by class and what was reached", () => {
    expect(progressLines(progress, 2, 100)).toEqual([
      "412 of 1,000 runs · 206 runs/s · 181,020 steps · 3 years simulated · 1,204 faults",
      "  faults: crash-after-commit 1,204",
      "  sometimes: the deadline wins 31",
    ]);
  });

  it("leave out what has not been reached", () => {
    const coverage = { ...progress.coverage, faults: {}, sometimes: { x: 0 }, steps: 9 };
    expect(progressLines({ ...progress, coverage }, 2, 100)).toEqual([
      "412 of 1,000 runs · 206 runs/s · 9 steps · 3 years simulated · 0 faults",
    ]);
  });

  it("are as many as the faults take, each short enough for the screen", () => {
    const faults = { "crash-before-commit": 1234, "crash-after-commit": 99, "message-delayed": 7, "lease-stolen": 5 };
    const coverage = { ...progress.coverage, faults, sometimes: {}, steps: 9 };
    const lines = progressLines({ ...progress, coverage }, 2, 40);
    expect(lines).toEqual([
      "412 of 1,000 runs · 206 runs/s · 9 step…",
      "  faults: crash-before-commit 1,234",
      "    crash-after-commit 99",
      "    message-delayed 7, lease-stolen 5",
    ]);
  });

  it("tell that a failure is being simplified", () => {
    expect(progressLines({ ...progress, phase: "shrinking", runs: 120 }, 2, 80)).toEqual([
      "Found a failure; simplifying it: 120 of at most 1,000 runs",
    ]);
  });
});

describe("progress where a person watches", () => {
  it("is rewritten in place ten times a second at most, and leaves nothing behind", () => {
    const terminal = new FakeTerminal({ isTTY: true });
    const shown = new FuzzProgress(terminal, true);
    for (terminal.nowMs = 0; terminal.nowMs < 1000; terminal.nowMs += 1) shown.report(progress);
    const blocks = terminal.output.split("412 of").length - 1;
    expect(blocks).toBe(9);
    expect(terminal.output.split(`${escape}3A${escape}J`)).toHaveLength(blocks);
    terminal.output = "";
    shown.clear();
    shown.clear();
    expect(terminal.output).toBe(`${escape}3A${escape}J`);
  });

  it("never fills a line, since the screen would wrap it", () => {
    const terminal = new FakeTerminal({ isTTY: true });
    terminal.width = 20;
    const shown = new FuzzProgress(terminal, true);
    terminal.nowMs = 200;
    shown.report(progress);
    const lines = terminal.output.trimEnd().split("\n");
    expect(lines[0]).toBe("412 of 1,000 runs …");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20);
  });
});

describe("progress in a pipe", () => {
  it("is one plain line every ten seconds", () => {
    const terminal = new FakeTerminal();
    const shown = new FuzzProgress(terminal, true);
    for (terminal.nowMs = 0; terminal.nowMs <= 25_000; terminal.nowMs += 100) shown.report(progress);
    shown.clear();
    expect(terminal.output.trimEnd().split("\n")).toHaveLength(2);
    expect(terminal.output).toContain(
      "1,204 faults ·  faults: crash-after-commit 1,204 ·  sometimes: the deadline wins 31\n",
    );
    expect(terminal.output).not.toContain(escape);
  });
});

describe("progress that is not shown", () => {
  it("is remembered, the search apart from what simplifies its failure", () => {
    const terminal = new FakeTerminal({ isTTY: true });
    const hidden = new FuzzProgress(terminal, false);
    expect(hidden.searched).toBeUndefined();
    terminal.nowMs = 60_000;
    hidden.report(progress);
    expect(hidden.isShrinking).toBe(false);
    hidden.report({ ...progress, phase: "shrinking", runs: 3 });
    hidden.clear();
    expect(hidden.searched).toBe(progress);
    expect(hidden.isShrinking).toBe(true);
    expect(terminal.output).toBe("");
  });
});
