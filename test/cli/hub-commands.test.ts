/** The laws of `dacapo worker` and `dacapo doctor`, in process and from outside. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as hop } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqlite } from "../../src/backends/sqlite/index.ts";
import { openDatabase } from "../../src/backends/sqlite/load-driver.ts";
import { diagnosisReport } from "../../src/cli/doctor-report.ts";
import { loadDefinitions } from "../../src/cli/load-definitions.ts";
import { run } from "../../src/cli/run.ts";
import { styleFor } from "../../src/cli/style.ts";
import { TaskHub } from "../../src/index.ts";
import { systemClock } from "../../src/runtime/system.ts";
import { Stage } from "../../src/testing/stage.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { dumpOf } from "../backends/failing-database.ts";
import { root } from "../tooling/repository.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const fixture = (name: string): string => join(root, "test/cli/fixtures", name);

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dacapo-cli-"));
  file = join(folder, "app.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function dacapo(argv: readonly string[], terminal = new FakeTerminal()) {
  const code = await run(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

/** Makes a hub's file by the acts of a test, on a clock that shows the time given. */
async function hubOf(act: (stage: Stage) => Promise<unknown>, age = 0): Promise<void> {
  const clock = new ManualClock(systemClock.now() - age);
  const backend = sqlite(file, { clock })({ clock });
  await backend.open();
  await act(
    new Stage({
      backend,
      connect: () => Promise.reject(new Error("one handle is enough")),
      advance: async (durationMs) => {
        clock.advance(durationMs);
      },
      close: () => backend.close(),
    }),
  );
  await backend.close();
}

const HOUR_MS = 3_600_000;

describe("dacapo worker", () => {
  it("works on the hub until it is told to stop, and says so", async () => {
    const terminal = new FakeTerminal();
    const running = dacapo(["worker", fixture("workflows.js"), "--backend", file, "--concurrency", "2"], terminal);
    while (!terminal.output.includes("Working")) await hop();
    expect(terminal.output).toBe(
      `Working on ${file} with 1 orchestrator, 1 activity and 0 entities. Ctrl-C stops it.\n`,
    );
    const hub = await TaskHub.open({ backend: sqlite(file) });
    const id = await hub.client.scheduleNewOrchestration("helloCities", ["Tokyo", "Rome"]);
    const state = await hub.client.waitForOrchestrationCompletion(id, { timeout: { minutes: 1 } });
    expect(state.output).toEqual(["Hello Tokyo!", "Hello Rome!"]);
    terminal.interrupt();
    expect(await running).toMatchObject({ code: 0, errors: "" });
    expect(terminal.output).toContain("Stopping: what runs comes to its end.\nStopped.\n");
    expect(terminal.interruptListeners).toBe(0);
    await hub.stop();
  });

  it("loads TypeScript, and the definitions of a default export", async () => {
    const definitions = await loadDefinitions(fixture("workflows.ts"));
    expect(definitions.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...["orchestrator helloCities", "activity sayHello"],
    ]);
  });

  it.each([
    [["worker"], "Missing required argument 'file'."],
    [["worker", "none.js"], "There is no file none.js. Give the path of a file that exports definitions"],
    [["worker", fixture("wrong-workflows.js")], "The entry 0 of the default export of"],
    [["worker", fixture("double-charge.scenario.ts")], "is no definition."],
    [["worker", "x.js", "--concurrency", "0"], '"0" is not a number of things to do at a time.'],
    [["worker", "x.js", "--offload-above", "1kB"], '"1kB" is not a length of payloads.'],
    [["worker", "x.js", "--backend", ""], "The name of the SQLite file is empty."],
    [
      ["worker", "x.js", "--backend", "mysql://somewhere"],
      'An address that begins with "mysql://" is neither a SQLite file nor PostgreSQL.',
    ],
    [["worker", fixture("workflows.js"), "--backend", "/none/of/this/app.db"], "SQLite gave up"],
  ])("refuses %j in a sentence or two, and exits with 2", async (argv, sentence) => {
    const { code, output, errors } = await dacapo(argv);
    expect(code).toBe(2);
    expect(output).toBe("");
    expect(errors).toContain("dacapo: ");
    expect(errors).toContain(sentence);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
  });

  it("stops gracefully at SIGTERM, as the build made it", async () => {
    const { NODE_OPTIONS: _options, ...env } = process.env;
    const args = ["dist/cli/main.js", "worker", fixture("workflows.js"), "--backend", file];
    const child = spawn(process.execPath, args, { cwd: root, env });
    let output = "";
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (!output.includes("Working") && (output + text).includes("Working")) child.kill("SIGTERM");
      output += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).toMatch(/Stopped\.\n$/);
  });
});

describe("dacapo doctor", () => {
  it("says of a hub where all is well what there is, and exits with 0", async () => {
    await hubOf(async (stage) => {
      await stage.createEnded("a");
      await stage.create("b");
      await stage.create("c");
      await stage.take("c", HOUR_MS);
    });
    const { code, output, errors } = await dacapo(["doctor", file]);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).toContain(`${file}: tables of version 2`);
    expect(output).toContain("Orchestrations: 2 Pending, 1 Completed\nEntities: none\nReady: 1 instance");
    expect(output).toMatch(
      /Leases: 1 held\n {2}worker (worker-\d+): 1 held\n {2}orchestration c: worker \1, until 2\d{3}-/,
    );
    expect(output).toContain("Nothing is stuck.");
  });

  it("names what is stuck, and why, and exits with 1", async () => {
    await hubOf(async (stage) => {
      await stage.create("abandoned");
      await stage.take("abandoned");
      await stage.create("poisoned");
      for (let i = 0; i < 3; i++) {
        const { lock } = await stage.take("poisoned");
        await stage.backend.abandonOrchestration({ lock, delayMs: i === 2 ? 2 * HOUR_MS : 0 });
      }
      await stage.create("waiting");
    }, HOUR_MS);
    const { code, output } = await dacapo(["doctor", file]);
    expect(code).toBe(1);
    expect(output).toContain("Stuck: 3\n");
    expect(output).toMatch(/abandoned: its lease ended \d.* ago, and no worker took over/);
    expect(output).toMatch(/waiting: ready for \d.*, and no worker took it/);
    expect(output).toContain("orchestration poisoned: handed out 3 times without a result");
  });

  it("prints the same as one JSON object", async () => {
    await hubOf(async (stage) => {
      await stage.create("a");
      await stage.take("a");
    }, HOUR_MS);
    const { code, output } = await dacapo(["doctor", file, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      store: file,
      schema: { version: 2, current: 2 },
      instances: [{ kind: "orchestration", status: "Pending", count: 1 }],
      leaseCount: 1,
      expiredCount: 1,
      workers: [{ held: 0, expired: 1 }],
      leases: [{ kind: "orchestration", instanceId: "a", isExpired: true }],
      queues: { orchestrations: { ready: 1 }, activities: { ready: 0 }, messages: 0, scheduled: 0 },
      stuckCount: 1,
      stuck: [{ kind: "orchestration", instanceId: "a", reason: "lease-expired", deliveryCount: 1 }],
    });
  });

  it("says of older tables that the next process brings them to this version", () => {
    const queue = { ready: 0 };
    const report = diagnosisReport(
      "app.db",
      {
        ...{ schema: { version: 1, current: 2 }, now: 0, instances: [], leaseCount: 0, expiredCount: 0, workers: [] },
        ...{ leases: [], stuckCount: 0, stuck: [] },
        queues: { orchestrations: queue, activities: queue, messages: 0, scheduled: 0 },
      },
      styleFor(false),
    );
    expect(report).toContain(
      "app.db: tables of version 1; the next process of this version that opens the hub brings them to 2\n",
    );
  });

  it("changes nothing", async () => {
    await hubOf((stage) => stage.create("a"), HOUR_MS);
    const database = await openDatabase(file);
    const before = dumpOf(database);
    await dacapo(["doctor", file]);
    expect(dumpOf(database)).toBe(before);
    database.close();
  });

  it("exits with 2 where there is no hub to look at", async () => {
    expect(await dacapo(["doctor", join(folder, "none.db")])).toMatchObject({
      code: 2,
      output: "",
      errors: expect.stringContaining("There is no file") as string,
    });
    writeFileSync(file, "");
    expect(await dacapo(["doctor", file])).toMatchObject({
      code: 2,
      errors: expect.stringContaining("holds no hub") as string,
    });
    writeFileSync(file, "This is a letter. ".repeat(100));
    expect(await dacapo(["doctor", file, "--json"])).toMatchObject({ code: 2, output: "" });
  });

  it("exits with 2 for the tables of another version", async () => {
    await hubOf(() => Promise.resolve());
    const database = await openDatabase(file);
    database.exec("INSERT INTO migrations VALUES (999, 'from the future', 'x', 0)");
    database.close();
    const { code, errors } = await dacapo(["doctor", file]);
    expect({ code, errors }).toMatchObject({ code: 2, errors: expect.stringContaining("from the future") as string });
  });
});
