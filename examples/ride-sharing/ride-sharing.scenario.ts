/**
 * Three drivers, two riders. One rider is impatient and asks twice, the other may cancel at any moment; drivers accept,
 * decline, or look away until it is too late.
 */
import { type ClientFunction, type HubView, type Ledger, scenario } from "@dacapo/simulator";
import { driver, type DriverState } from "./driver.ts";
import { rider, type RiderState } from "./rider.ts";
import { askDriver, findRide, type Question, type RideRequest } from "./workflow.ts";

/** Drivers, the nearest first. */
const orders = [
  ["cem", "dora", "eli"],
  ["eli", "cem", "dora"],
] as const;

/** Looks at the phone now and then, and answers what is new. */
const driverCalled =
  (name: string): ClientFunction<{ readonly asked: Ledger<Question> }> =>
  async ({ client, choose, after, asked }) => {
    let seen = 0;
    for (let look = 1; look <= 6; look++) {
      await after({ seconds: choose.integer(10, 130) });
      const questions = asked.entries().filter((question) => question.driver === name);
      for (const { ride } of questions.slice(seen)) {
        await client.raiseOrchestrationEvent(ride, `Answer of ${name}`, choose.from([true, false]));
      }
      seen = questions.length;
    }
  };

export default scenario("ride sharing", {
  register: [findRide, askDriver, driver, rider],
  workers: 2,
  outside: (world) => ({ asked: world.ledger<Question>("asked") }),
  mocks: ({ asked }) => ({
    askDriver: async (ctx, question) => {
      await asked.appendOnce(ctx.idempotencyKey, question);
    },
  }),
  clients: {
    ann: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(findRide, { rider: "ann", drivers: choose.from(orders) }, "ride-ann-1");
      await after({ seconds: choose.integer(0, 120) });
      await client.scheduleNewOrchestration(findRide, { rider: "ann", drivers: choose.from(orders) }, "ride-ann-2");
    },
    bob: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(findRide, { rider: "bob", drivers: choose.from(orders) }, "ride-bob");
      await after({ seconds: choose.integer(0, 300) });
      if (choose.boolean()) await client.signalEntity(rider, "bob", "cancel");
    },
    cem: driverCalled("cem"),
    dora: driverCalled("dora"),
    eli: driverCalled("eli"),
  },
  always: {
    "a rider's driver has this rider": ({ hub }) =>
      riders(hub).every(({ key, status, driver: name }) => {
        return status !== "riding" || drivers(hub).some((state) => state.key === name && state.rider === key);
      }),
    // But for the moment in which the two are locked and told of each other.
    "a driver's rider has this driver": ({ hub }) =>
      drivers(hub).every(({ key: name, rider: passenger, isLocked }) => {
        return (
          passenger === null || isLocked || riders(hub).some(({ key, driver }) => key === passenger && driver === name)
        );
      }),
  },
  eventually: {
    "nobody is lost": ({ hub }) =>
      hub.instances().every(({ input, output }) => {
        const { rider: name } = input as RideRequest;
        const status = riders(hub).find(({ key }) => key === name)?.status ?? "waiting";
        switch (output) {
          case "arrived":
            return status === "arrived";
          case "not wanted any more":
            return status === "arrived" || status === "cancelled";
          default:
            return output === "no driver" && status !== "riding";
        }
      }),
    "all drivers are free, and have driven whom they brought": ({ hub }) => {
      const isFree = drivers(hub).every(({ ride, rider: passenger }) => ride === null && passenger === null);
      const driven = drivers(hub).reduce((sum, state) => sum + state.driven, 0);
      return isFree && driven === hub.outputs().filter((output) => output === "arrived").length;
    },
  },
  sometimes: {
    "both riders arrive": ({ hub }) => riders(hub).filter(({ status }) => status === "arrived").length === 2,
    "a driver comes for somebody who left": ({ hub }) => hub.outputs().includes("not wanted any more"),
    "there is no driver": ({ hub }) => hub.outputs().includes("no driver"),
    "a rider cancels": ({ hub }) => riders(hub).some(({ status }) => status === "cancelled"),
  },
});

function riders(hub: HubView): readonly (RiderState & { readonly key: string })[] {
  return hub.entities().flatMap(({ name, key, state }) => {
    return name === "rider" && state !== undefined ? [{ key, ...(state as RiderState) }] : [];
  });
}

function drivers(hub: HubView): readonly (DriverState & { readonly key: string; readonly isLocked: boolean })[] {
  return hub.entities().flatMap(({ name, key, state, lockedBy }) => {
    return name === "driver" && state !== undefined
      ? [{ key, isLocked: lockedBy !== undefined, ...(state as DriverState) }]
      : [];
  });
}
