/** Events between orchestrations, over continue-as-new of both ends, suspensions, and another life of the receiver's id. */
import { InstanceAlreadyExistsError, InstanceNotFoundError, InstanceTerminalError } from "dacapo";
import { scenario } from "@dacapo/simulator";
import { mocks, outside } from "./expectations.ts";
import { always, box, eventually, writer } from "./families.ts";
import { work } from "./programs.ts";

const LETTERS = 4;

/** Does what somebody else's doings may have made impossible. */
async function tried(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const races = [InstanceAlreadyExistsError, InstanceNotFoundError, InstanceTerminalError];
    if (!races.some((race) => error instanceof race)) throw error;
  }
}

export default scenario("letters", {
  register: [box, writer, work],
  workers: 2,
  outside,
  mocks,
  clients: {
    owner: async ({ client, choose, after, requests }) => {
      const startAt = choose.from([0, 0, 4]);
      const options = { instanceId: "box", ...(startAt === 0 ? {} : { startAt: { seconds: startAt } }) };
      await client.scheduleNewOrchestration(box, { run: "first", total: 2 * LETTERS, taken: [] }, options);
      for (const name of ["ann", "bob"]) {
        await client.scheduleNewOrchestration(writer, { to: "box", name, from: 1, last: LETTERS }, name);
      }
      if (choose.from([false, false, true])) {
        // Its id goes on with another life, which gets what is written from then on.
        await after({ seconds: choose.from([0, 1, 5]) });
        await requests.append({ kind: "purge", stage: "begun", id: "box", what: "ended" });
        await tried(() => client.terminateOrchestration("box"));
        await client.waitForOrchestrationCompletion("box");
        await client.purgeOrchestration("box");
        await client.scheduleNewOrchestration(box, { run: "second", total: 99, taken: [] }, "box");
      }
    },
    warden: async ({ client, choose, after }) => {
      const id = choose.from(["box", "ann"]);
      const times = choose.from([0, 1, 2]);
      for (let i = 0; i < times; i++) {
        await after({ seconds: choose.from([0, 1, 3]) });
        await tried(() => client.suspendOrchestration(id, "a pause"));
        await after({ seconds: choose.from([0, 2, 40]) });
        await tried(() => client.resumeOrchestration(id));
      }
    },
  },
  always,
  eventually,
  maxSteps: 8_000,
});
