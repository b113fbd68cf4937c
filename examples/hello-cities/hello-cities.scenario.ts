/**
 * Both styles greet the same cities at the same time, and somebody in the world hears every greeting. A greeting may be
 * heard twice (an activity runs at least once), but never before the city ahead of it was greeted.
 */
import { scenario } from "@dacapo/simulator";
import { helloAsync, helloGenerator, sayHello } from "./workflow.ts";

interface Greeting {
  readonly by: string;
  readonly city: string;
}

const cities = ["Tokyo", "London", "Seattle"];
const greetings = cities.map((city) => `Hello ${city}!`);

/** The cities that an instance greeted, each where it was heard first. */
function itinerary(heard: readonly Greeting[], instanceId: string): readonly string[] {
  return [...new Set(heard.filter(({ by }) => by === instanceId).map(({ city }) => city))];
}

export default scenario("hello cities", {
  register: [helloGenerator, helloAsync, sayHello],
  outside: (world) => ({ heard: world.ledger<Greeting>("heard") }),
  mocks: ({ heard }) => ({
    sayHello: async (ctx, city) => {
      await heard.append({ by: ctx.instanceId, city });
      return `Hello ${city}!`;
    },
  }),
  clients: {
    async generator({ client }) {
      await client.scheduleNewOrchestration(helloGenerator, cities);
    },
    async async({ client }) {
      await client.scheduleNewOrchestration(helloAsync, cities);
    },
  },
  always: {
    "no city is greeted before the one ahead of it": ({ hub, heard }) =>
      hub.instances().every(({ instanceId }) => {
        const visited = itinerary(heard.entries(), instanceId);
        return visited.every((city, index) => city === cities[index]);
      }),
    "both styles return all greetings, in order": ({ hub }) =>
      hub.outputs().every((output) => JSON.stringify(output) === JSON.stringify(greetings)),
  },
  eventually: {
    "every chain has come to its end": ({ hub }) => hub.instances().every((instance) => instance.isTerminal),
    "a chain that has come to a good end greeted every city": ({ hub, heard }) =>
      hub
        .instances()
        .filter(({ runtimeStatus }) => runtimeStatus === "Completed")
        .every(({ instanceId }) => itinerary(heard.entries(), instanceId).length === cities.length),
  },
  sometimes: {
    "both styles return": ({ hub }) => hub.outputs().length === 2,
    "a city is greeted twice": ({ heard }) => heard.countBy((greeting) => greeting).some((count) => count > 1),
  },
});
