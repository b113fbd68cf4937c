/** The clock and host-timer cases of orchestratorvet (`wallclock`, `fixbindings`). */
import { dacapoAsync, dacapoGenerator, durableTask, functionsV3, functionsV4 } from "../frames.ts";
import { ported, type PortedCase } from "../ported-case.ts";

export const clockCases: readonly PortedCase[] = [
  ported(
    "orchestratorvet wallclock: each read of the clock is a report",
    dacapoGenerator(`
      const start = Date.now(); // want no-wall-clock
      const since = Date.now() - start; // want no-wall-clock
      const until = start - new Date().getTime(); // want no-wall-clock
      return since + until;
    `),
  ),
  ported(
    "orchestratorvet wallclock: two reads on one line are two reports",
    functionsV4(`return Date.now() - performance.now(); // want no-wall-clock no-wall-clock`),
  ),
  ported(
    "orchestratorvet wallclock: a monotonic clock is a clock",
    durableTask(
      `
      const ticks = process.hrtime.bigint(); // want no-wall-clock
      const up = process.uptime(); // want no-wall-clock
      return Number(ticks) + up;
    `,
    ),
  ),
  ported(
    "orchestratorvet wallclock: each host timer is a report",
    dacapoGenerator(`
      const once = setTimeout(() => undefined, 1000); // want no-native-timers
      const often = setInterval(() => undefined, 1000); // want no-native-timers
      const soon = setImmediate(() => undefined); // want no-native-timers
      clearTimeout(once);
      clearInterval(often);
      clearImmediate(soon);
    `),
  ),
  ported(
    "orchestratorvet wallclock: a timer made by a module is a host timer",
    durableTask(
      `
      const pending = wait(1000); // want no-native-timers
      return String(pending);
    `,
      { before: `import { setTimeout as wait } from "node:timers/promises";` },
    ),
  ),
  ported(
    "orchestratorvet wallclock: the orchestration's clock and durable timers are silent (dacapo)",
    dacapoGenerator(`
      const now = ctx.currentUtcDateTime;
      const deadline = new Date(now.getTime() + 24 * 60 * 60 * 1000);
      if (deadline > now) yield* ctx.createTimer({ minutes: 1 });
      const epoch = new Date(Date.UTC(2024, 0, 1));
      return deadline.toISOString() + epoch.toISOString();
    `),
  ),
  ported(
    "orchestratorvet wallclock: the orchestration's clock and durable timers are silent (v3)",
    functionsV3(`
      const now = context.df.currentUtcDateTime;
      const deadline = new Date(now);
      deadline.setUTCDate(deadline.getUTCDate() + 1);
      yield context.df.createTimer(deadline);
      return deadline.toISOString();
    `),
  ),
  ported(
    "orchestratorvet wallclock: a clock that no orchestrator reaches is silent",
    dacapoGenerator(`return ctx.instanceId;`, {
      after: `export function startedAt() { return Date.now() + performance.now(); }`,
    }),
  ),
  ported(
    "orchestratorvet fixbindings: a clock is reported where the context's name is shadowed",
    dacapoGenerator(`
      {
        const ctx = 1;
        return Date.now() + ctx; // want no-wall-clock
      }
    `),
  ),
  ported(
    "orchestratorvet fixbindings: a clock is reported where the context has been reassigned",
    functionsV4(`
      context = null;
      return Date.now(); // want no-wall-clock
    `),
  ),
  ported(
    "orchestratorvet fixbindings: a clock is reported where a local has the library's name",
    dacapoAsync(`
      const orchestrator = 1;
      return Date.now() + orchestrator; // want no-wall-clock
    `),
  ),
  ported(
    "orchestratorvet fixes: a clock is reported in a statement that drops its value",
    functionsV3(`
      Date.now(); // want no-wall-clock
      return "done";
    `),
  ),
  ported(
    "orchestratorvet fixes: a clock inside a call, an object and a template is reported",
    dacapoGenerator(
      "const parts = [String(Date.now())]; // want no-wall-clock\n" +
        "const record = { at: Date.now() }; // want no-wall-clock\n" +
        "return `${Date.now()} ${parts.length} ${record.at}`; // want no-wall-clock",
    ),
  ),
];
