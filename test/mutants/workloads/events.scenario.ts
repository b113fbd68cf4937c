/** External events: before, while and after somebody waits, over continue-as-new, against a deadline. */
import { scenario } from "@dacapo/simulator";
import { collect, sendTicks, untilThere } from "./clients.ts";
import { always, eventually, mocks, outside } from "./expectations.ts";
import { ACTIVITIES, approval, collector, ordered } from "./programs.ts";

const TOTAL = 4;

export default scenario("events", {
  register: [collector, ordered, approval, ...ACTIVITIES],
  workers: 2,
  outside,
  mocks,
  clients: {
    collecting: async (tools) => {
      await collect(tools, "c", TOTAL);
    },
    helping: async (tools) => {
      await untilThere(tools, "c");
      await sendTicks(tools, "c", "b", TOTAL - (TOTAL >> 1));
    },
    asking: async ({ client, choose, after }) => {
      const what = choose.from(["nothing", "ask", "terminate"]);
      if (what === "terminate") {
        await after({ seconds: choose.from([3, 8, 605]) });
        await client.terminateOrchestration("c", "enough");
      } else if (what === "ask") {
        const id = await client.scheduleNewOrchestration(approval, { run: "d", cancels: choose.boolean() });
        await after({ minutes: choose.from([0, 29, 30, 31]) });
        await client.raiseOrchestrationEvent(id, "answer", choose.integer(0, 2));
        await client.raiseOrchestrationEvent(id, "Answer", 7);
      }
    },
  },
  always,
  eventually,
  maxSteps: 5_000,
});
