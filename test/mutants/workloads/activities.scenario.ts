/** Activities: one after another, side by side, in combinations, with retries and with compensation. */
import { scenario } from "@dacapo/simulator";
import { startOne } from "./clients.ts";
import { always, eventually, mocks, outside } from "./expectations.ts";
import {
  ACTIVITIES,
  branches,
  chain,
  combined,
  compensated,
  fanOut,
  forgetful,
  hopeless,
  persistent,
  plain,
  torn,
} from "./programs.ts";

const programs = [
  fanOut,
  chain,
  combined,
  branches,
  compensated,
  persistent,
  hopeless,
  forgetful,
  plain,
  torn,
] as const;

export default scenario("activities", {
  register: [...programs, ...ACTIVITIES],
  workers: 2,
  outside,
  mocks,
  clients: {
    first: async (tools) => {
      const id = await startOne(tools, "a", programs);
      await tools.client.waitForOrchestrationCompletion(id);
    },
    second: async (tools) => {
      if (tools.choose.boolean()) await startOne(tools, "b", programs);
    },
  },
  always,
  eventually,
  maxSteps: 5_000,
});
