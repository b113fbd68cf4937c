/** The laws of finding the simulator. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadInstalledSimulator } from "../../src/cli/load-simulator.ts";
import { FakeSimulator } from "./fake-simulator.ts";

const outside = "/nowhere/payment.scenario.ts";

/** Node's error for an import that leads nowhere. */
function notFound(name: string): Error {
  return Object.assign(
    new Error(`Cannot find package '${name}' imported from /app/node_modules/dacapo/dist/cli/x.js`),
    {
      code: "ERR_MODULE_NOT_FOUND",
    },
  );
}

describe("loading the simulator", () => {
  it("takes the one that the scenario's own file would import", async () => {
    const app = await mkdtemp(join(tmpdir(), "dacapo-app-"));
    try {
      const folder = join(app, "node_modules/@dacapo/simulator");
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "package.json"), '{ "type": "module", "exports": "./own.js" }');
      await writeFile(
        join(folder, "own.js"),
        "const own = async () => ({ name: 'own' });" +
          "export { own as loadScenario, own as simulate, own as replayToken, own as crashEverywhere };",
      );
      const simulator = await loadInstalledSimulator(join(app, "payment.scenario.ts"));
      expect(await simulator.loadScenario("any")).toEqual({ name: "own" });
    } finally {
      await rm(app, { recursive: true });
    }
  });

  it("takes the one beside the command line for a file that can import none", async () => {
    const simulator = new FakeSimulator();
    const loaded = await loadInstalledSimulator(outside, async (specifier) => {
      expect(specifier).toBe("@dacapo/simulator");
      return simulator;
    });
    expect(loaded).toBe(simulator);
  });

  it("says how to install it when it is missing", async () => {
    const loading = loadInstalledSimulator(outside, () => Promise.reject(notFound("@dacapo/simulator")));
    await expect(loading).rejects.toThrow("npm install --save-dev @dacapo/simulator");
  });

  it("does not blame the simulator for what the simulator misses", async () => {
    const loading = loadInstalledSimulator(outside, () => Promise.reject(notFound("seedrandom")));
    await expect(loading).rejects.toThrow("Cannot find package 'seedrandom'");
  });

  it.each([{}, { simulate: true, loadScenario: true, replayToken: true, crashEverywhere: true }, null])(
    "refuses a module %j of another version",
    async (module) => {
      const loading = loadInstalledSimulator(outside, () => Promise.resolve(module));
      await expect(loading).rejects.toThrow("does not fit this version of dacapo");
    },
  );
});
