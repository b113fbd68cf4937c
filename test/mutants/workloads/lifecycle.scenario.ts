/** One instance id and several clients: started, terminated, purged and started again while messages are on their way. */
import { scenario } from "@dacapo/simulator";
import { endOnce, liveOnce, untilThere } from "./clients.ts";
import { always, eventually, mocks, outside } from "./expectations.ts";
import { ACTIVITIES, brief, life } from "./programs.ts";

export default scenario("lifecycle", {
  register: [life, brief, ...ACTIVITIES],
  workers: 2,
  outside,
  mocks,
  clients: {
    first: async (tools) => {
      await liveOnce(tools, "one", "a1");
      await liveOnce(tools, "one", "a2");
    },
    second: async (tools) => {
      await tools.after({ seconds: tools.choose.from([0, 2, 30]) });
      for (const run of ["b1", "b2", "b3"]) await liveOnce(tools, "one", run);
    },
    undertaker: async (tools) => {
      await untilThere(tools, "one");
      while (tools.choose.boolean()) await endOnce(tools, "one");
    },
  },
  always,
  eventually,
  maxSteps: 5_000,
});
