/**
 * Loading a scenario file as it is. The files are in `fixtures`; their packages are the built ones, as for a user.
 */
import { execFile } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadScenario, ScenarioLoadError, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

describe("a scenario file", () => {
  it("in TypeScript is loaded without a build, with what it imports, and runs", async () => {
    const loaded = await loadScenario(fixture("good.scenario.ts"));
    expect(loaded.name).toBe("greeting");
    const result = await simulate(loaded, { runs: 20 });
    expect(result.outcome).toBe("passed");
    expect(result.coverage.sometimes["it greets"]).toBeGreaterThan(0);
  });

  it("in JavaScript is loaded too", async () => {
    expect((await loadScenario(fixture("good.scenario.js"))).name).toBe("plain JavaScript");
  });

  it("is found by a path relative to the current directory", async () => {
    const path = relative(process.cwd(), fixture("good.scenario.js"));
    expect((await loadScenario(path)).name).toBe("plain JavaScript");
  });

  it.each([
    ["nowhere.scenario.ts", "There is no file"],
    ["no-default.scenario.ts", "has no default export. Write export default scenario("],
    ["not-a-scenario.ts", "is no scenario but an object. Write export default scenario("],
    ["syntax-error.scenario.ts", /cannot be run: (?!.*Error:).*syntax-error\.scenario\.ts:2:\d+\)\. Correct the file/],
    ["throws.scenario.ts", /cannot be run: TypeError: no such thing \(.*throws\.scenario\.ts:2\)\. Correct the file/],
    ["missing-import.scenario.ts", /no-such-package-at-all.*\. Correct the import; a package needs `npm install`\./],
    ["bad-option.scenario.ts", 'The scenario "bad" registers nothing'],
    [".", "is no file"],
  ])("%s is refused with a sentence that says what to do", async (name, message) => {
    const loading = loadScenario(fixture(name));
    await expect(loading).rejects.toThrow(ScenarioLoadError);
    await expect(loading).rejects.toThrow(message);
  });

  it("shares one copy of engine and simulator with whoever loads it", async () => {
    // In a process of its own, where no test runner has a hand in how modules are found.
    const script = `
      import { TaskHub } from "dacapo";
      import { loadScenario, simulate } from "@dacapo/simulator";
      const { outside } = await loadScenario(${JSON.stringify(fixture("engine.scenario.ts"))});
      const { engine, simulator } = outside();
      console.log(engine === TaskHub, simulator === simulate);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    expect(stdout).toBe("true true\n");
  });
});
