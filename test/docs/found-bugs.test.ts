/**
 * The bug on the README's first screen is the bug that the simulator finds: the transcript is what the command prints.
 * What the guides show is held by transcripts.test.ts.
 */
import { describe, expect, it } from "vitest";
import { textOf } from "../tooling/repository.ts";
import { blocksOf } from "./blocks.ts";
import { runDacapo } from "./execute.ts";

describe("the transcript on the README's first screen", () => {
  it("is what the demonstration's first command prints", async () => {
    const transcript = blocksOf("README.md", textOf("README.md")).find(
      ({ language, code }) => language === "text" && code.includes("FAILED"),
    );
    const scenario = "examples/purchase-approval/naive.scenario.ts";
    const { exitCode, output, errors } = await runDacapo(["fuzz", scenario, "--runs", "1000", "--seed", "5"]);
    expect(exitCode, errors).toBe(1);
    expect(output).toContain(transcript?.code.trimEnd());
  });
});
