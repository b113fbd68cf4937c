/**
 * Trips to cities where something is sold out, and services that fail before and after they have booked. A service keeps
 * one line for each request that took effect; to cancel what it does not have forbids a booking that comes too late.
 */
import { scenario } from "@dacapo/simulator";
import { book, bookTrip, cancel, type Service, services } from "./workflow.ts";

interface Line {
  readonly trip: string;
  readonly service: Service;
  readonly what: "booked" | "cancelled";
}

const soldOut: Readonly<Record<string, Service | undefined>> = { Venice: "car", Davos: "flight", Cannes: "hotel" };
const cities = ["Rome", ...Object.keys(soldOut)];

/** The services that did this for a trip, in order. */
function servicesThat(what: Line["what"], lines: readonly Line[], trip: string): readonly Service[] {
  return lines.filter((line) => line.trip === trip && line.what === what).map(({ service }) => service);
}

/** What a trip has for good: a service that was told to cancel neither keeps nor takes a booking. */
function kept(lines: readonly Line[], trip: string): readonly Service[] {
  const cancelled = servicesThat("cancelled", lines, trip);
  return servicesThat("booked", lines, trip).filter((service) => !cancelled.includes(service));
}

export default scenario("travel saga", {
  register: [bookTrip, book, cancel],
  outside: (world) => ({ lines: world.ledger<Line>("lines") }),
  mocks: ({ lines }) => ({
    book: async (_ctx, { id: trip, city, service }) => {
      if (soldOut[city] === service) throw new RangeError(`There is no ${service} in ${city}.`);
      await lines.appendOnce(`book ${service} for ${trip}`, { trip, service, what: "booked" });
    },
    cancel: async (_ctx, { id: trip, service }) => {
      await lines.appendOnce(`cancel ${service} for ${trip}`, { trip, service, what: "cancelled" });
    },
  }),
  async clients({ client, choose }) {
    for (const id of ["trip-1", "trip-2"]) {
      await client.scheduleNewOrchestration(bookTrip, { id, city: choose.from(cities) }, id);
    }
  },
  // Often: the answer of a service is lost after it has booked.
  faults: { "activity-fails-after-effect": 0.2 },
  always: {
    "a service is booked after the one before it": ({ hub, lines }) =>
      hub.instances().every(({ instanceId: trip }) => {
        const booked = servicesThat("booked", lines.entries(), trip);
        return booked.every((service, index) => service === services[index]);
      }),
    "what was tried is cancelled in reverse order": ({ hub, lines }) =>
      hub.instances().every(({ instanceId: trip }) => {
        const places = servicesThat("cancelled", lines.entries(), trip).map((service) => services.indexOf(service));
        return places.every((place, index) => index === 0 || place + 1 === places[index - 1]);
      }),
    "a trip that is said to be booked is": ({ hub, lines }) =>
      hub
        .instances()
        .every(({ instanceId: trip, output }) => output !== "booked" || kept(lines.entries(), trip).length === 3),
  },
  eventually: {
    "every trip is booked or cancelled": ({ hub }) =>
      hub.instances().every(({ output }) => output === "booked" || output === "cancelled"),
    "of a trip all is booked, or nothing": ({ hub, lines }) =>
      hub.instances().every(({ instanceId: trip }) => [0, 3].includes(kept(lines.entries(), trip).length)),
  },
  sometimes: {
    "a trip is booked": ({ hub }) => hub.outputs().includes("booked"),
    "hotel and flight are given back for want of a car": ({ hub, lines }) =>
      hub.instances().some(({ instanceId: trip, output }) => {
        return output === "cancelled" && servicesThat("booked", lines.entries(), trip).length === 2;
      }),
    "a booking that seemed to fail had reached the service": ({ hub, lines }) =>
      hub.instances().some(({ instanceId: trip }) => {
        const [failed] = servicesThat("cancelled", lines.entries(), trip);
        return failed !== undefined && servicesThat("booked", lines.entries(), trip).includes(failed);
      }),
  },
});
