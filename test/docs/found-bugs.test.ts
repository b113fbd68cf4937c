/**
 * The bugs that the pages show are the bugs that the simulator finds: the README's transcript is what the command
 * prints, and the guide's scenario fails as the guide says, and holds once it is repaired as the guide says.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, textOf } from "../tooling/repository.ts";
import { blocksOf, isProgram } from "./blocks.ts";
import { runProgram } from "./execute.ts";
import { writeSnippets } from "./snippet-folder.ts";

const cli = join(root, "src/cli/main.ts");

describe("the transcript on the README's first screen", () => {
  it("is what the demonstration's first command prints", async () => {
    const transcript = blocksOf("README.md", textOf("README.md")).find(
      ({ language, code }) => language === "text" && code.includes("FAILED"),
    );
    const scenario = "examples/purchase-approval/naive.scenario.ts";
    const { exitCode, output, errors } = await runProgram(cli, ["fuzz", scenario, "--runs", "1000", "--seed", "5"]);
    expect(exitCode, errors).toBe(1);
    expect(output).toContain(transcript?.code.trimEnd());
  });
});

describe("the guide's scenario", () => {
  const page = "docs/guide/crash-your-workflow.md";
  const block = blocksOf(page, textOf(page)).find(({ file }) => file === "refund.scenario.ts")!;
  const path = writeSnippets([block].filter(isProgram)).pathOf(block);

  it("fails by a crash between the refund and its record", async () => {
    const { exitCode, output } = await runProgram(cli, ["fuzz", path, "--seed", "1", "--json"]);
    const { property, story } = JSON.parse(output) as { readonly property: string; readonly story: readonly string[] };
    expect({ exitCode, property }).toEqual({ exitCode: 1, property: "an order is refunded once" });
    expect(story.join("\n")).toMatch(/runs payBack.*crashes before the result.*recorded/);
    expect(story.join("\n")).toMatch(/runs payBack again.*now holds it 2 times/s);
  });

  it("holds with the idempotency key, and the token says that the failure is gone", async () => {
    const found = await runProgram(cli, ["fuzz", path, "--seed", "1", "--json"]);
    const { token } = JSON.parse(found.output) as { readonly token: string };
    const naive = readFileSync(path, "utf8");
    const repaired = naive
      .replace("async (_ctx, refund)", "async (ctx, refund)")
      .replace("refunds.append(refund)", "refunds.appendOnce(ctx.idempotencyKey, refund)");
    expect(repaired).not.toBe(naive);
    writeFileSync(path, repaired);
    expect((await runProgram(cli, ["fuzz", path, "--seed", "1", "--runs", "300"])).exitCode).toBe(0);
    expect((await runProgram(cli, ["fuzz", path, "--replay", token])).exitCode).toBe(0);
  });
});
