/**
 * Orchestrations that one worker fails before their code has begun, and another would run: clients rewind them, and order
 * other things of them at once. Some are suspended before their start.
 */
import { scenario } from "@dacapo/simulator";
import { InstanceNotFailedError, InstanceTerminalError, orchestrator, whenAny } from "dacapo";
import { mocks, outside } from "./expectations.ts";
import { work } from "./programs.ts";

const retry = { maxNumberOfAttempts: 9, firstRetryInterval: { seconds: 1 } };

/** Waits for an event, an hour at most, between two calls. */
const visit = orchestrator("visit", function* (ctx, run: string) {
  const first = ctx.callActivity(work, { label: `${run}/${ctx.newGuid()}/first` }, { retry });
  const bell = ctx.waitForExternalEvent("Bell");
  const late = ctx.createTimer({ hours: 1 });
  yield* whenAny([bell, late]);
  late.cancel();
  yield* first;
  yield* ctx.callActivity(work, { label: `${run}/${ctx.newGuid()}/last` }, { retry });
  return ctx.version;
});

const ORDERS = ["none", "terminate", "suspend", "ring", "rewind"] as const;

export default scenario("revivals", {
  register: [visit, work],
  workers: 2,
  versioning: [
    { version: "1.0", matchStrategy: "currentOrOlder", failureStrategy: "fail" },
    { version: "2.0", matchStrategy: "currentOrOlder" },
  ],
  outside,
  mocks,
  clients: async ({ client, choose, after }) => {
    const isLater = choose.from([false, false, true]);
    const startAt = isLater ? { startAt: { seconds: 30 } } : {};
    await client.scheduleNewOrchestration(visit, "one", { instanceId: "one", version: "2.0", ...startAt });
    if (isLater) await client.suspendOrchestration("one").catch(ended);
    if (choose.boolean()) await client.raiseOrchestrationEvent("one", "Bell").catch(ended);
    for (let times = 0; times < 3; times++) {
      await after({ seconds: choose.from([1, 60]) });
      const status = (await client.getOrchestrationState("one"))?.runtimeStatus;
      if (status !== "Failed") continue;
      await client.rewindInstance("one").catch(ended);
      switch (choose.from(ORDERS)) {
        case "none":
          break;
        case "terminate":
          await client.terminateOrchestration("one", "enough").catch(ended);
          break;
        case "suspend":
          await client.suspendOrchestration("one").catch(ended);
          await after({ seconds: 5 });
          // By now it may hold an answer; whoever fails it with this finds it suspended after the next rewind.
          await client.raiseOrchestrationEvent("one", "Bell").catch(ended);
          await after({ seconds: choose.from([0, 90]) });
          await client.resumeOrchestration("one").catch(ended);
          break;
        case "ring":
          await client.raiseOrchestrationEvent("one", "Bell").catch(ended);
          break;
        case "rewind":
          await client.rewindInstance("one").catch(ended);
      }
    }
    // The order to suspend it may come late.
    await after({ hours: 3 });
    await client.resumeOrchestration("one").catch(ended);
  },
  always: {
    "a call has its effect once": ({ effects }) => effects.countBy("label").every((count) => count === 1),
    "an orchestration fails for its version alone": ({ hub }) =>
      hub.instances().every(({ runtimeStatus, failure }) => {
        if (runtimeStatus !== "Failed") return true;
        return failure?.code === "VERSION_MISMATCH" || /\(simulated\)/.test(failure?.errorMessage ?? "");
      }),
    "what is completed has the version that it was given": ({ hub }) =>
      hub.instances().every(({ runtimeStatus, output }) => runtimeStatus !== "Completed" || output === "2.0"),
  },
  eventually: {
    "everybody comes to an end": ({ hub }) => hub.instances().every(({ isTerminal }) => isTerminal),
  },
  maxSteps: 5_000,
});

/** It has ended meanwhile, or goes on already: that is what racing clients have to live with. */
function ended(error: unknown): void {
  if (error instanceof InstanceTerminalError || error instanceof InstanceNotFailedError) return;
  throw error;
}
