/**
 * The backend suite bites: each broken backend fails a law of the guarantee that it breaks, and a sound one none.
 */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { BackendFactory } from "../../src/ports/backend-factory.ts";
import { backendCases, backendSuite, runCase } from "../../src/testing/index.ts";
import type { BackendCase } from "../../src/testing/index.ts";
import { altered, brokenBackends } from "./broken-backends.ts";
import { brokenEntities } from "./broken-entities.ts";
import { brokenRewinds } from "./broken-rewinds.ts";
import { createMemoryHub } from "./memory-hub.ts";

/** On a manual clock a case is over once no microtask is left; one that is not waits for ever. */
async function isKept(one: BackendCase, create: () => BackendFactory): Promise<boolean> {
  const kept = runCase(one, () => createMemoryHub(create())).then(
    () => true,
    () => false,
  );
  return Promise.race([kept, setImmediate(false)]);
}

async function lawsBroken(create: () => BackendFactory): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const one of backendCases()) {
    if (!(await isKept(one, create))) failed.push(one.guarantee);
  }
  return failed;
}

describe("the backend suite", () => {
  it("finds nothing wrong with a sound backend", async () => {
    expect(await lawsBroken(altered(() => ({})))).toEqual([]);
  });

  for (const { flaw, breaks, create } of [...brokenBackends, ...brokenEntities, ...brokenRewinds]) {
    it(`notices a backend that ${flaw}`, async () => {
      expect(await lawsBroken(create)).toContain(breaks);
    });
  }

  it("registers every case once with any runner, and closes each hub", async () => {
    const bodies: (() => Promise<void>)[] = [];
    let open = 0;
    backendSuite({
      name: "counted",
      create: async () => {
        const hub = await createMemoryHub();
        open++;
        const close = async (): Promise<void> => {
          await hub.close();
          open--;
        };
        return { ...hub, close };
      },
      runner: { describe: (_name, body) => body(), it: (_name, body) => bodies.push(body) },
    });
    for (const body of bodies) await body();
    expect(bodies.length).toBe(backendCases().length);
    expect(open).toBe(0);
  });

  it("closes the hub of a case that fails", async () => {
    let isClosed = false;
    const failing: BackendCase = { guarantee: "G1", name: "fails", run: () => Promise.reject(new Error("as planned")) };
    const run = runCase(failing, async () => ({
      ...(await createMemoryHub()),
      close: async () => void (isClosed = true),
    }));
    await expect(run).rejects.toThrow("as planned");
    expect(isClosed).toBe(true);
  });
});
