/** Timers, leases that have to be renewed, and what chance and time give to an orchestrator. */
import { scenario } from "@dacapo/simulator";
import { startOne } from "./clients.ts";
import { always, eventually, mocks, outside } from "./expectations.ts";
import { ACTIVITIES, compensated, draws, patient, persistent, timers } from "./programs.ts";

const programs = [timers, draws, patient, persistent, compensated] as const;

export default scenario("time", {
  register: [...programs, ...ACTIVITIES],
  workers: 2,
  outside,
  mocks,
  clients: {
    first: async (tools) => {
      await startOne(tools, "a", programs);
    },
    second: async (tools) => {
      await tools.after({ seconds: tools.choose.from([0, 1, 20]) });
      if (tools.choose.boolean()) await startOne(tools, "b", programs);
    },
  },
  always,
  eventually,
  maxSteps: 5_000,
});
