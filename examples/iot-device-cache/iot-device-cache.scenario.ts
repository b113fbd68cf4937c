/**
 * Two devices report, their readings out of order, while an orchestration compares the rooms. Whatever is repeated, held
 * back or lost on the way, the cache ends with the newest reading, and nobody who reads twice sees time go back.
 */
import { type ClientFunction, type HubView, scenario } from "@dacapo/simulator";
import type { Ledger } from "@dacapo/simulator";
import { device, type DeviceState, HISTORY_MAX, type Reading } from "./device.ts";
import { compareRooms, type Overview } from "./workflow.ts";

interface Report extends Reading {
  readonly room: string;
  readonly stage: "measured" | "stored";
}

/** Measures four times; its messages overtake one another, so its readings have any times. */
const deviceIn =
  (room: string): ClientFunction<{ readonly reports: Ledger<Report> }> =>
  async ({ client, choose, after, reports }) => {
    for (let i = 1; i <= 4; i++) {
      const at = choose.integer(1, 9);
      const reading = { at, celsius: 15 + at };
      await reports.append({ room, ...reading, stage: "measured" });
      await client.signalEntity(device, room, "report", reading);
      await reports.append({ room, ...reading, stage: "stored" });
      await after({ seconds: choose.integer(0, 60) });
    }
  };

export default scenario("IoT device cache", {
  register: [device, compareRooms],
  workers: 2,
  outside: (world) => ({ reports: world.ledger<Report>("reports") }),
  clients: {
    kitchen: deviceIn("kitchen"),
    cellar: deviceIn("cellar"),
    thermostat: async ({ client, choose, after }) => {
      await after({ seconds: choose.integer(0, 120) });
      await client.scheduleNewOrchestration(compareRooms, ["kitchen", "cellar", "attic"], "compare");
    },
  },
  always: {
    "a history is short and in order": ({ hub }) =>
      devices(hub).every(({ history }) => {
        const times = history.map(({ at }) => at);
        return times.length <= HISTORY_MAX && times.every((at, i) => i === 0 || at > (times[i - 1] ?? 0));
      }),
    "only what was measured is shown": ({ hub, reports }) =>
      devices(hub).every(({ room, history }) =>
        history.every((reading) => reports.entries().some((report) => isOf(report, room, reading))),
      ),
    "time does not go back for a reader": ({ hub }) =>
      hub.outputs().every((output) => {
        const { before, after } = output as { readonly before: Overview; readonly after: Overview };
        return after.every((reading, i) => (reading?.at ?? 0) >= (before[i]?.at ?? 0));
      }),
  },
  eventually: {
    "the latest reading is the newest one": ({ hub, reports }) =>
      reports.entries().every(({ room, at, stage }) => {
        const latest =
          devices(hub)
            .find((one) => one.room === room)
            ?.history.at(-1)?.at ?? 0;
        return stage === "measured" || latest >= at;
      }),
    "every reader gets an answer": ({ hub }) => hub.instances().every(({ output }) => output !== undefined),
  },
  sometimes: {
    "a reading comes too late": ({ hub }) => devices(hub).some(({ ignored }) => ignored > 0),
    "an old reading is dropped": ({ hub, reports }) =>
      devices(hub).some(({ room, history, ignored }) => {
        const stored = reports.entries().filter((report) => report.room === room && report.stage === "stored").length;
        return stored > history.length + ignored && history.length === HISTORY_MAX;
      }),
    "a reader sees a change": ({ hub }) =>
      hub.outputs().some((output) => {
        const { before, after } = output as { readonly before: Overview; readonly after: Overview };
        return after.some((reading, i) => reading?.at !== before[i]?.at);
      }),
  },
});

function devices(hub: HubView): readonly (DeviceState & { readonly room: string })[] {
  return hub
    .entities()
    .flatMap(({ key: room, state }) => (state === undefined ? [] : [{ room, ...(state as DeviceState) }]));
}

function isOf(report: Report, room: string, { at, celsius }: Reading): boolean {
  return report.room === room && report.at === at && report.celsius === celsius;
}
