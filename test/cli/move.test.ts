/**
 * `dacapo export` and `dacapo import`: a hub that moves by way of a file goes on, and what cannot be moved is refused in a
 * sentence.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryPayloads } from "../../src/backends/memory/index.ts";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import { run } from "../../src/cli/run.ts";
import { withOffloading } from "../../src/codec/index.ts";
import { orchestrator, TaskHub } from "../../src/index.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { FakeTerminal } from "./fake-terminal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dacapo-move-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const greet = orchestrator("greet", function* (ctx) {
  return `hello, ${yield* ctx.waitForExternalEvent<string>("Name")}`;
});

/** Runs the command. */
async function dacapo(...args: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  const terminal = new FakeTerminal();
  const code = await run(args, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

async function onHub<T>(file: string, use: (hub: TaskHub) => Promise<T>): Promise<T> {
  const hub = await TaskHub.open({ backend: sqlite(at(file)), register: [greet] });
  try {
    return await use(hub);
  } finally {
    await hub.stop();
  }
}

/** A hub with an orchestration that waits, exported. */
async function exported(): Promise<string> {
  await onHub("old.db", async (hub) => {
    await hub.client.scheduleNewOrchestration(greet, undefined, "g");
    await hub.runUntilIdle();
  });
  expect(await dacapo("export", at("old.db"), at("hub.jsonl"))).toMatchObject({ code: 0, errors: "" });
  return at("hub.jsonl");
}

describe("a hub that moves", () => {
  it("goes on where it was", async () => {
    const file = await exported();
    const { code, output } = await dacapo("import", file, at("new.db"));
    expect([code, output]).toEqual([
      0,
      "The hub has 1 instance and 0 remembered requests, and goes on as soon as a worker is started.\n",
    ]);
    await onHub("new.db", async (hub) => {
      await hub.client.raiseOrchestrationEvent("g", "Name", "Ada");
      await hub.runUntilIdle();
      expect(await hub.client.getOrchestrationState("g")).toMatchObject({ runtimeStatus: "Completed" });
      expect((await hub.client.getOrchestrationState("g"))?.output).toBe("hello, Ada");
    });
  });

  it("is a file of lines that says what it is, and where it ends", async () => {
    const lines = readFileSync(await exported(), "utf8")
      .trimEnd()
      .split("\n");
    const values = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(values[0]).toEqual({ format: "dacapo-hub", version: 1 });
    expect(values.map(({ kind }) => kind)).toEqual([undefined, "hub", "instance", "end"]);
  });
});

describe("a hub that off-loads its payloads", () => {
  const LARGE = "x".repeat(5_000);
  const count = async (name: string): Promise<number> => {
    const backend = sqlite(at(name))({ clock: new ManualClock() });
    await backend.open();
    const keys = (await backend.payloads?.list({ limit: 100 })) ?? [];
    await backend.close();
    return keys.length;
  };

  it.each([
    { args: [], kept: 0 },
    { args: ["--offload-above", "1000"], kept: 2 },
  ])("moves with them, and is imported with $args", async ({ args, kept }) => {
    const backend = withOffloading(sqlite(at("old.db")), { threshold: 1_000 });
    const hub = await TaskHub.open({ backend, register: [greet] });
    await hub.client.scheduleNewOrchestration("greet", LARGE, "g");
    await hub.client.scheduleNewOrchestration("greet", `${LARGE}!`, "h");
    await hub.stop();
    expect(await count("old.db")).toBe(2);

    expect(await dacapo("export", at("old.db"), at("hub.jsonl"))).toMatchObject({ code: 0, errors: "" });
    expect(readFileSync(at("hub.jsonl"), "utf8")).toContain(LARGE);
    expect(await dacapo("import", at("hub.jsonl"), at("new.db"), ...args)).toMatchObject({ code: 0, errors: "" });
    expect(await count("new.db")).toBe(kept);
    const young = await TaskHub.open({ backend: withOffloading(sqlite(at("new.db"))) });
    expect((await young.client.getOrchestrationState("h"))?.input).toBe(`${LARGE}!`);
    await young.stop();
  });

  it("is not exported without what it keeps elsewhere", async () => {
    const store = new MemoryPayloads().on({ now: () => 0 });
    const hub = await TaskHub.open({ backend: withOffloading(sqlite(at("old.db")), { threshold: 1_000, store }) });
    await hub.client.scheduleNewOrchestration("greet", LARGE, "g");
    await hub.stop();
    const { code, errors } = await dacapo("export", at("old.db"), at("hub.jsonl"));
    expect([code, errors]).toEqual([2, expect.stringContaining("is not in the payload store")]);
  });
});

describe("a move that cannot be made", () => {
  const refused = async (message: string, ...args: readonly string[]): Promise<void> => {
    const { code, output, errors } = await dacapo(...args);
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(errors).toContain(message);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
  };

  it("is refused where there is no hub, or the file is there already", async () => {
    await refused("There is no file", "export", at("nothing.db"), at("hub.jsonl"));
    writeFileSync(at("other.db"), "");
    await refused("holds no hub", "export", at("other.db"), at("hub.jsonl"));
    expect(readFileSync(at("other.db"), "utf8")).toBe("");
    const file = await exported();
    await refused("cannot be written", "export", at("old.db"), file);
    await refused("Schemas are for PostgreSQL", "export", at("old.db"), at("other.jsonl"), "--schema", "x");
    await refused(
      "PostgreSQL gave up: connect ECONNREFUSED 127.0.0.1:1. Look at the address, at whether the server runs",
      ...["export", "postgres://nobody@127.0.0.1:1/none", at("other.jsonl")],
    );
  });

  it("is refused where the hub is not empty", async () => {
    const file = await exported();
    await refused('it has the instance "g"', "import", file, at("old.db"));
  });

  it("is refused where the file is none of ours, is of another version, or was broken off", async () => {
    const file = await exported();
    const text = readFileSync(file, "utf8");
    const lines = text.split("\n");
    const attempt = async (message: string, changed: string): Promise<void> => {
      writeFileSync(file, changed);
      await refused(message, "import", file, at("new.db"));
    };
    await attempt('line 1 does not say that it is a "dacapo-hub"', "{}\n");
    await attempt("line 1 is no JSON object", "hello\n");
    await attempt("is of version 2", text.replace('"version":1', '"version":2'));
    await attempt("line 3 is the last one", lines.slice(0, 3).join("\n"));
    await attempt("line 3 should be", [...lines.slice(0, 2), ...lines.slice(3)].join("\n"));
    await attempt("line 3 is no JSON object", text.slice(0, -200));
    await attempt("line 2 is no part of a hub", text.replace('"kind":"hub"', '"kind":"pub"'));
    await attempt("line 5 goes on after its end", `${text}{}\n`);
    await refused("cannot be read", "import", at("nothing.jsonl"), at("new.db"));
    writeFileSync(file, text);
    expect(await dacapo("import", file, at("new.db"))).toMatchObject({ code: 0 });
  });
});
