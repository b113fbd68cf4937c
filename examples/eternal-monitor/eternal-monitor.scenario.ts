/**
 * A site goes down and comes back, the pager that is to tell of it rings without an answer for a while, workers crash, and
 * somebody may stop the monitor. Its history stays short, and each change is told once, in order.
 */
import { type HubView, scenario } from "@dacapo/simulator";
import { type Alert, monitor, readStatus, sendAlert, type Watch } from "./workflow.ts";

/** The longest round: two calls of three attempts each, the timers between them, and the pause. */
const HISTORY_MAX = 50;

const until = "2026-01-01T01:00:00Z";

export default scenario("eternal monitor", {
  register: [monitor, readStatus, sendAlert],
  workers: 2,
  outside: (world) => ({
    site: world.ledger<"up" | "down">("site"),
    pager: world.ledger<"works" | "hangs">("pager"),
    alerts: world.ledger<Alert>("alerts"),
  }),
  mocks: ({ site, pager, alerts }) => ({
    readStatus: () => site.entries().at(-1) ?? "up",
    sendAlert: async (ctx, alert) => {
      await alerts.appendOnce(`${ctx.instanceId}/${alert.number}`, alert);
      if (pager.entries().at(-1) === "hangs") throw new Error("It may have rung, but the pager does not answer.");
    },
  }),
  clients: {
    site: async ({ site, choose, after }) => {
      for (const status of ["down", "up"] as const) {
        await after({ minutes: choose.integer(1, 20) });
        await site.append(status);
      }
    },
    pager: async ({ pager, choose, after }) => {
      await after({ minutes: choose.integer(1, 20) });
      await pager.append("hangs");
      await after({ minutes: choose.integer(1, 10) });
      await pager.append("works");
    },
    admin: async ({ client, choose, after }) => {
      const watch = { site: "example.org", until, last: "up", alerts: 0 };
      await client.scheduleNewOrchestration(monitor, watch, "monitor");
      await after({ minutes: choose.integer(10, 90) });
      if (choose.boolean()) await client.raiseOrchestrationEvent("monitor", "Stop");
    },
  },
  always: {
    "the history stays short": ({ hub }) => hub.history("monitor").length <= HISTORY_MAX,
    "each change is told once, in order": ({ alerts }) =>
      alerts.entries().every(({ number, from, to }, i, told) => {
        const before = told[i - 1]?.to ?? "up";
        return number === i + 1 && from === before && to !== from;
      }),
    "it ends when somebody stops it, or on its last day": ({ hub }) =>
      hub.instance("monitor")?.isTerminal !== true ||
      isStopped(hub) ||
      hub.history("monitor").some(({ timestamp }) => timestamp >= Date.parse(until)),
    "no change is made up": ({ site, alerts }) => alerts.entries().length <= site.entries().length,
  },
  eventually: {
    "the monitor ends, and has told what it saw": ({ hub, alerts }) =>
      hub.instances().every(({ output, isTerminal }) => {
        const { last, alerts: told, unsent } = output as Pick<Watch, "last" | "alerts" | "unsent">;
        const sent = alerts.entries().slice(0, told);
        // An alert may have been received although its sender was told that it was not.
        const isReceived = alerts.entries().length > told;
        return (
          isTerminal &&
          sent.length === told &&
          (sent.at(-1)?.to ?? "up") === last &&
          (!isReceived || unsent !== undefined)
        );
      }),
  },
  sometimes: {
    "a change and the change back are told": ({ alerts }) => alerts.entries().length === 2,
    "a site is down only between two rounds": ({ hub, site, alerts }) =>
      site.entries().length === 2 && alerts.entries().length === 0 && hub.outputs().length > 0,
    "an alert has to wait for the next round": ({ hub }) =>
      hub.instances().some(({ input }) => (input as Watch).unsent !== undefined),
    "somebody stops it": ({ hub }) => isStopped(hub),
    "its last day comes": ({ hub }) => hub.outputs().length > 0 && !isStopped(hub),
  },
});

function isStopped(hub: HubView): boolean {
  return hub.history("monitor").some(({ type }) => type === "EventRaised");
}
