/** All programs at once, three workers and three clients: for bugs that nobody has thought of. */
import { scenario } from "@dacapo/simulator";
import { collect, liveOnce, sendTicks, startOne, untilThere } from "./clients.ts";
import { always, eventually, mocks, outside } from "./expectations.ts";
import {
  ACTIVITIES,
  approval,
  branches,
  brief,
  chain,
  collector,
  combined,
  compensated,
  draws,
  fanOut,
  forgetful,
  hopeless,
  life,
  ordered,
  patient,
  persistent,
  plain,
  timers,
  torn,
} from "./programs.ts";

const programs = [
  ...[fanOut, chain, combined, branches, compensated, persistent, hopeless],
  ...[forgetful, plain, torn, draws, timers, patient],
] as const;

export default scenario("everything", {
  register: [...programs, approval, brief, collector, life, ordered, ...ACTIVITIES],
  workers: 3,
  outside,
  mocks,
  clients: {
    first: async (tools) => {
      await startOne(tools, "a1", programs);
      await startOne(tools, "a2", programs);
      if (tools.choose.boolean()) await liveOnce(tools, "one", "a3");
    },
    second: async (tools) => {
      await collect(tools, "c", 6);
      await liveOnce(tools, "one", "b1");
    },
    third: async (tools) => {
      const { client, choose } = tools;
      await untilThere(tools, "c");
      await sendTicks(tools, "c", "t", 3);
      if (choose.boolean()) await client.terminateOrchestration("c", "enough");
      const id = await client.scheduleNewOrchestration(approval, { run: "t", cancels: choose.boolean() });
      await client.raiseOrchestrationEvent(id, "ANSWER", 0);
    },
  },
  always,
  eventually,
  maxSteps: 8_000,
});
