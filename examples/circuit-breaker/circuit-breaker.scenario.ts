/**
 * A service is down for a while, and everybody calls it. Some of the callers are terminated, also during the one trial of
 * a half-open breaker: it must not stay half open for ever.
 */
import { type HubView, scenario } from "@dacapo/simulator";
import { breaker, type BreakerState } from "./breaker.ts";
import { callService, guardedCall } from "./workflow.ts";

interface Call {
  readonly generation: number;
  readonly isTrial: boolean;
  readonly isAnswered: boolean;
}

export default scenario("circuit breaker", {
  register: [breaker, guardedCall, callService],
  workers: 2,
  outside: (world) => ({
    service: world.ledger<"goes down" | "comes back">("service"),
    calls: world.ledger<Call>("calls"),
  }),
  mocks: ({ service, calls }) => ({
    callService: async (ctx, { pass }) => {
      const isAnswered = service.entries().at(-1) !== "goes down";
      await calls.appendOnce(ctx.idempotencyKey, { ...pass, isAnswered });
      if (!isAnswered) throw new Error("503 Service Unavailable");
      return "an answer";
    },
  }),
  clients: {
    service: async ({ service, after, choose }) => {
      await service.append("goes down");
      await after({ minutes: choose.integer(1, 10) });
      await service.append("comes back");
    },
    callers: async ({ client, choose, after }) => {
      for (let i = 1; i <= 5; i++) {
        await client.scheduleNewOrchestration(guardedCall, "bank", `call-${i}`);
        await after({ seconds: choose.integer(0, 200) });
      }
      await after({ hours: 12 });
      await client.scheduleNewOrchestration(guardedCall, "bank", "late-call");
    },
    operator: async ({ client, choose, after }) => {
      await after({ seconds: choose.integer(0, 900) });
      await client.terminateOrchestration(`call-${choose.integer(1, 5)}`);
    },
  },
  always: {
    "it opens after three failures, not before": ({ hub }) => {
      const { status, failures } = breakerIn(hub);
      return failures < 3 && (status === "closed" || failedCalls(hub) >= 3);
    },
    "a half-open breaker lets one call through": ({ calls }) => {
      const trials = calls.entries().flatMap(({ generation, isTrial }) => (isTrial ? [generation] : []));
      return new Set(trials).size === trials.length;
    },
    "only a trial that was answered closes it again": ({ hub, calls }) => {
      const { status, generation } = breakerIn(hub);
      if (status !== "closed" || generation === 1) return true;
      const before = calls.entries().filter((call) => call.generation === generation - 1);
      return before.some(({ isTrial, isAnswered }) => isTrial && isAnswered);
    },
  },
  eventually: {
    "it does not stay open or half open for ever": ({ hub }) => {
      const ownFailures = hub.history("late-call").filter(({ type }) => type === "TaskFailed").length;
      return hub.instance("late-call")?.customStatus !== "refused" || ownFailures > 0;
    },
    "every caller gets an answer, sooner or later": ({ hub }) =>
      hub
        .instances()
        .every(
          ({ runtimeStatus, output }) =>
            runtimeStatus === "Terminated" || output === "an answer" || output === "given up",
        ),
  },
  sometimes: {
    "the breaker refuses a call": ({ hub }) => hub.instances().some(({ customStatus }) => customStatus === "refused"),
    "a trial succeeds": ({ hub }) => breakerIn(hub).status === "closed" && breakerIn(hub).generation > 1,
    "a trial fails": ({ hub }) => breakerIn(hub).status === "open" && breakerIn(hub).generation > 2,
    "somebody gives up": ({ hub }) => hub.outputs().includes("given up"),
  },
});

function breakerIn(hub: HubView): BreakerState {
  const state = hub.entity("@breaker@bank")?.state as BreakerState | undefined;
  return state ?? { status: "closed", generation: 1, failures: 0, until: 0 };
}

/** How many failures the callers have seen. */
function failedCalls(hub: HubView): number {
  const events = hub.instances().flatMap(({ instanceId }) => hub.history(instanceId));
  return events.filter(({ type }) => type === "TaskFailed").length;
}
