/**
 * A hub that is opened without a backend is kept in a SQLite file of the working directory.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidArgumentError, orchestrator, TaskHub } from "dacapo";
import { defaultBackend } from "../../src/runtime/default-backend.ts";

const greet = orchestrator("greet", (_ctx, name: string) => `Hello ${name}!`);

let home: string;
let folder: string;

beforeEach(() => {
  home = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "dacapo-default-"));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

describe("a hub that is opened without a backend", () => {
  it("is kept in the file dacapo.db of the working directory, and survives", async () => {
    const first = await TaskHub.open({ register: [greet] });
    const id = await first.client.scheduleNewOrchestration(greet, "Ada");
    await first.stop();
    expect(existsSync(join(folder, "dacapo.db"))).toBe(true);
    const second = await TaskHub.open({ backend: undefined, register: [greet] } as object);
    await second.runUntilIdle();
    expect((await second.client.getOrchestrationState(id))?.output).toBe("Hello Ada!");
    await second.stop();
  });

  it("needs no options at all", async () => {
    const hub = await TaskHub.open();
    expect(await hub.runUntilIdle()).toEqual({ nextDueTime: undefined, pending: 0 });
    await hub.stop();
  });

  it("makes no file when another option cannot be used", async () => {
    await expect(TaskHub.open({ payloadBytesMax: 0 })).rejects.toThrow(InvalidArgumentError);
    await expect(TaskHub.open({ register: [greet, greet, {}] as never })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says what to do where SQLite cannot be found, as in an app that was bundled", async () => {
    const loading = defaultBackend("dacapo/none");
    await expect(loading).rejects.toThrow(InvalidArgumentError);
    await expect(loading).rejects.toThrow('Pass { backend: sqlite("app.db") }');
  });
});
