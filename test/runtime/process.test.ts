/**
 * Laws of the process around a hub: an orchestrator's unobserved rejections never reach it, the app's own behave as
 * without Dacapo, and nothing of a stopped hub keeps it alive. Each case is a process of its own.
 */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const hooks = pathToFileURL(join(import.meta.dirname, "typescript-hooks.mjs")).href;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script as an app would, with the engine's sources behind "dacapo". */
function run(script: string, ...flags: string[]): Promise<Ended> {
  const args = [...flags, "--conditions=@dacapo/source", "--import", hooks, "--input-type=module", "--eval", script];
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (text: Buffer) => (output.stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output.stderr += text.toString()));
    child.on("close", (code) => {
      done({ code, ...output });
    });
  });
}

const OPEN = `
  import { TaskHub, orchestrator, activity } from "dacapo";
  import { memory } from "dacapo/memory";
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const fail = activity("fail", () => { throw new Error("the activity's"); });
  const echo = activity("echo", (_ctx, input) => input);
  const open = (...register) =>
    TaskHub.open({ backend: memory(), register: [fail, echo, ...register], system: { logger } });
  const perform = async (handler) => {
    const definition = orchestrator("play", handler);
    const hub = await open(definition);
    await hub.start();
    const id = await hub.client.scheduleNewOrchestration(definition);
    const { runtimeStatus, output } = await hub.client.waitForOrchestrationCompletion(id);
    await hub.stop();
    return { runtimeStatus, output };
  };
`;

const WATCH = `
  process.on("unhandledRejection", (reason) => console.log("UNHANDLED", reason));
  process.on("rejectionHandled", () => console.log("HANDLED"));
  process.on("uncaughtException", (error) => console.log("UNCAUGHT", error));
`;

describe("an orchestrator's unobserved rejection", () => {
  const programs: readonly (readonly [what: string, program: string])[] = [
    [
      "in an async function that looks at it in a later turn",
      `async (ctx) => {
        const failing = (async () => { await ctx.callActivity(fail); })();
        await ctx.createTimer({ milliseconds: 20 });
        await ctx.callActivity(echo, 1);
        try { await failing; } catch (error) { return error.name; }
      }`,
    ],
    [
      "in an async function that never looks",
      `async (ctx) => {
        void (async () => { await ctx.callActivity(fail); })();
        void Promise.all([ctx.callActivity(fail), ctx.callActivity(fail)]);
        void Promise.reject(new Error("its own"));
        await ctx.createTimer({ milliseconds: 20 });
        return "TaskFailedError";
      }`,
    ],
    [
      "in an async generator",
      `async function* (ctx) {
        const failing = (async () => { await ctx.callActivity(fail); })();
        yield ctx.createTimer({ milliseconds: 20 });
        try { await failing; } catch (error) { return error.name; }
      }`,
    ],
    [
      "of a promise that a generator yields by mistake",
      `function* (ctx) {
        try { yield Promise.reject(new Error("its own")); } catch {}
        yield* ctx.createTimer({ milliseconds: 20 });
        return "TaskFailedError";
      }`,
    ],
  ];

  const each = (body: string): string =>
    programs.map(([, program]) => body.replace("PROGRAM", () => program)).join("\n");

  it("does not end the process", async () => {
    const { code, stdout, stderr } = await run(`${OPEN} ${each("console.log((await perform(PROGRAM)).output);")}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toEqual(programs.map(() => "TaskFailedError"));
  });

  it("is not shown to the app's listeners either", async () => {
    const { code, stdout } = await run(`${OPEN} ${WATCH} ${each("await perform(PROGRAM);")} console.log("over");`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "over\n" });
  });

  it("is not shown to them when the hub stops in the moment in which it is looked at", async () => {
    const { code, stdout } = await run(`${OPEN} ${WATCH}
      let stopping;
      const hub = await open(orchestrator("play", async (ctx) => {
        const failing = (async () => { await ctx.callActivity(fail); })();
        await ctx.createTimer({ milliseconds: 20 });
        try { await failing; } catch { stopping ??= hub.stop(); }
      }));
      await hub.start();
      await hub.client.scheduleNewOrchestration("play");
      while (stopping === undefined) await new Promise(setImmediate);
      await stopping;
      await new Promise(setImmediate);
      console.log("over");
    `);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "over\n" });
  });
});

describe("the app's own unhandled rejection behaves as without Dacapo", () => {
  const busy = `${OPEN} const hub = await open(); await hub.start();`;
  const scripts: readonly (readonly [string, string, readonly string[]])[] = [
    ["an error", `Promise.reject(new RangeError("mine"));`, []],
    ["a text", `Promise.reject("mine");`, []],
    [
      "with a warning instead",
      `Promise.reject(new Error("mine")); setTimeout(() => process.exit(3), 50);`,
      ["--unhandled-rejections=warn"],
    ],
    [
      "with nothing instead",
      `Promise.reject(new Error("mine")); setTimeout(() => process.exit(4), 50);`,
      ["--unhandled-rejections=none"],
    ],
    ["with a listener", `${WATCH} Promise.reject("mine"); setTimeout(() => process.exit(5), 50);`, []],
  ];
  /** Without the lines that say where in which file. */
  const bare = ({ code, stdout, stderr }: Ended): unknown => [
    code,
    stdout,
    stderr
      .split("\n")
      .filter((line) => !/^\s+at |^file:|^node:|\[eval|^\(node:|\(Use `node|^\s*\^|^$/.test(line))
      .map((line) => line.replace(/\(node:\d+\) /, "")),
  ];

  it.each(scripts)("%s", async (_what, script, flags) => {
    const [without, beside] = await Promise.all([run(script, ...flags), run(`${busy}\n${script}`, ...flags)]);
    expect(bare(beside)).toEqual(bare(without));
  });
});

describe("a process", () => {
  it("ends by itself once its hub has stopped", async () => {
    const { code, stdout } = await run(`${OPEN}
      const hub = await open(orchestrator("play", function* (ctx) { yield* ctx.createTimer({ hours: 1 }); }));
      await hub.start();
      await hub.client.waitForOrchestrationStart(await hub.client.scheduleNewOrchestration("play"));
      await hub.stop();
      console.log("stopped");
    `);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "stopped\n" });
  });

  it("ends by itself after runUntilIdle, without stopping its hub", async () => {
    const { code, stdout } = await run(`${OPEN}
      const hub = await open(orchestrator("play", function* (ctx) {
        yield* ctx.callActivity(echo, 1);
        yield* ctx.createTimer({ hours: 1 });
      }));
      await hub.client.scheduleNewOrchestration("play");
      console.log((await hub.runUntilIdle()).pending);
    `);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
  });

  it("is ended by an engine bug", async () => {
    const { code, stderr } = await run(`${OPEN}
      import { InvariantError } from "dacapo";
      await perform(function* () { throw new InvariantError("one is one"); });
    `);
    expect(code).toBe(1);
    expect(stderr).toContain("one is one");
  });

  it("is not frozen by a client that waits while the hub stops", async () => {
    const { code, stdout } = await run(`${OPEN}
      const hub = await open(orchestrator("play", function* (ctx) { yield* ctx.waitForExternalEvent("x"); }));
      await hub.start();
      const id = await hub.client.scheduleNewOrchestration("play");
      const waiting = hub.client.waitForOrchestrationCompletion(id).catch((error) => error.code);
      await hub.stop();
      console.log(await waiting);
    `);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "HUB_CLOSED\n" });
  });
});

describe("a process whose globals nobody has looked at yet", () => {
  it("finds them as they were once the determinism guard has let go", async () => {
    const program = `
      import { attachDeterminismGuard } from "dacapo/backend";
      const look = () => Object.entries(Object.getOwnPropertyDescriptors(globalThis));
      const differ = (a, b) => !Object.is(a.value, b.value) || a.get !== b.get || a.set !== b.set;
      const before = look();
      const changed = () => look().filter(([, descriptor], i) => differ(before[i][1], descriptor)).map(([name]) => name);
      const detach = attachDeterminismGuard();
      console.log(changed().includes("Date"), changed().includes("AbortSignal"));
      detach();
      console.log(changed().join() || "as they were");`;
    const { stdout, stderr } = await run(program);
    expect({ stdout, stderr }).toEqual({ stdout: "true true\nas they were\n", stderr: "" });
  });
});
