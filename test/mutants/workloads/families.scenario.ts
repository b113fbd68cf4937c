/** Sub-orchestrations: side by side, nested, tried again, refused, held and ended with all their family. */
import { InstanceAlreadyExistsError, InstanceNotFoundError, InstanceTerminalError } from "dacapo";
import { scenario } from "@dacapo/simulator";
import { untilThere } from "./clients.ts";
import { mocks, outside } from "./expectations.ts";
import { always, clan, descend, eventually, roundabout, shaky, turnstile, waiter } from "./families.ts";
import { work } from "./programs.ts";

/** False where somebody else was faster. */
async function isDone(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const races = [InstanceAlreadyExistsError, InstanceNotFoundError, InstanceTerminalError];
    if (races.some((race) => error instanceof race)) return false;
    throw error;
  }
}

export default scenario("families", {
  register: [clan, descend, roundabout, shaky, waiter, turnstile, work],
  workers: 2,
  outside,
  mocks: (handles) => ({
    ...mocks(handles),
    turnstile: async (ctx, label) => {
      const { tries } = handles;
      await tries.append({ label, task: ctx.executionId });
      return new Set(tries.entries().flatMap((entry) => (entry.label === label ? [entry.task] : []))).size;
    },
  }),
  clients: {
    founder: async ({ client }) => {
      await client.scheduleNewOrchestration(clan, "clan", "clan");
    },
    neighbour: async (tools) => {
      const { client, choose, after, requests } = tools;
      const what = choose.from([
        ...["nothing", "hold", "end", "end the kid", "take the id", "hold and end"],
        ...["go and end", "take the id, go and end", "take the id, go and end"],
      ]);
      if (what.startsWith("take the id")) {
        await requests.append({ kind: "start", stage: "begun", id: "kid", what: "taken" });
        await isDone(() => client.scheduleNewOrchestration(waiter, undefined, "kid"));
      }
      if (what === "nothing") return;
      await untilThere(tools, "clan");
      await after({ seconds: choose.from([0, 1, 3, 6, 12, 16, 20, 60]) });
      if (what.includes("go")) {
        await isDone(() => client.raiseOrchestrationEvent("clan", "Go"));
        await after({ milliseconds: choose.from([0, 1]) });
      }
      if (what === "end the kid") await isDone(() => client.terminateOrchestration("kid"));
      if (what.includes("hold")) {
        await isDone(() => client.suspendOrchestration("clan", "a pause"));
        await after({ seconds: choose.from([0, 2, 30]) });
      }
      if (what === "hold") await isDone(() => client.resumeOrchestration("clan"));
      if (!what.endsWith("end")) return;
      if (await isDone(() => client.terminateOrchestration("clan", "over", { recursive: true }))) {
        await requests.append({ kind: "purge", stage: "done", id: "clan", what: "family" });
      }
    },
  },
  always,
  eventually,
  maxSteps: 8_000,
});
