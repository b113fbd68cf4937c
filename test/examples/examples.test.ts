/**
 * Laws of the examples: under every kind of fault, each keeps what its scenario says, and shows what it says it shows.
 */
import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import { isScenario, type Scenario, simulate } from "@dacapo/simulator";
import { type Definition, type OrchestratorDefinition, TaskHub } from "dacapo";
import { memory } from "dacapo/memory";
import { describe, expect, it } from "vitest";
import { helloAsync, helloGenerator, sayHello } from "../../examples/hello-cities/workflow.ts";
import { makeThumbnail, processAlbum } from "../../examples/photo-batch/workflow.ts";
import { filesIn, root, textOf } from "../tooling/repository.ts";

/** Shows a bug, which test/docs expects to be found. */
const BROKEN_ON_PURPOSE = "examples/purchase-approval/naive.scenario.ts";

const all = filesIn("examples").filter((path) => path.endsWith(".scenario.ts"));
const sound = all.filter((path) => path !== BROKEN_ON_PURPOSE);
const folders = [...new Set(all.map((path) => posix.dirname(path)))];

async function scenarioIn(path: string): Promise<Scenario> {
  const loaded = (await import(pathToFileURL(posix.join(root, path)).href)) as { readonly default: unknown };
  if (!isScenario(loaded.default)) throw new TypeError(`${path} has no scenario as its default export`);
  return loaded.default;
}

describe("an example", () => {
  it("is there at all", () => {
    expect(sound.length).toBeGreaterThan(5);
    expect(all).toContain(BROKEN_ON_PURPOSE);
  });

  it.each(sound)("holds under faults, and gets everywhere that it says: %s", async (path) => {
    const result = await simulate(await scenarioIn(path), { runs: 50, seed: "examples" });
    const told = [result.message, ...(result.story ?? []), result.token].join("\n");
    expect(result.outcome, told).toBe("passed");
    const { sometimes } = result.coverage;
    expect(Object.keys(sometimes)).not.toEqual([]);
    expect(Object.keys(sometimes).filter((name) => sometimes[name] === 0)).toEqual([]);
  });

  it.each(folders)("has a page that says how to run it, and a line in the index: %s", (folder) => {
    const page = textOf(`${folder}/README.md`);
    const scenarios = all.filter((path) => posix.dirname(path) === folder);
    expect(scenarios.filter((path) => !page.includes(`npx dacapo fuzz ${path}`))).toEqual([]);
    expect(textOf("examples/README.md")).toContain(`| \`${posix.basename(folder)}\``);
  });
});

/** What one run of an orchestrator leaves behind, on a hub of its own. */
async function runOf<I>(register: readonly Definition[], orchestration: OrchestratorDefinition<I>, input: unknown) {
  const hub = await TaskHub.open({ backend: memory(), register });
  const id = await hub.client.scheduleNewOrchestration(orchestration.name, input);
  await hub.runUntilIdle();
  const state = await hub.client.getOrchestrationState(id);
  const history = await hub.client.getOrchestrationHistory(id);
  await hub.stop();
  return { output: state?.output, history };
}

describe("hello, cities", () => {
  it("records the same history in both styles", async () => {
    const runs = [helloGenerator, helloAsync].map((style) => runOf([style, sayHello], style, ["Tokyo", "London"]));
    const [generator, asynchronous] = (await Promise.all(runs)).map(({ output, history }) => {
      return { output, decisions: history.map(({ eventId, type }) => `${eventId} ${type}`) };
    });
    expect(generator?.output).toEqual(["Hello Tokyo!", "Hello London!"]);
    expect(asynchronous).toEqual(generator);
  });
});

describe("the photo batch", () => {
  it("makes 3,000 thumbnails and adds them up", async () => {
    const photos = Array.from({ length: 3_000 }, (_, index) => `photo-${String(index).padStart(4, "0")}.jpg`);
    const { output } = await runOf([processAlbum, makeThumbnail], processAlbum, photos);
    expect(output).toEqual({ photos: 3_000, bytes: 3_000 * 1_400 });
  });
});
