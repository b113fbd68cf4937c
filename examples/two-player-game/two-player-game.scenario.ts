/**
 * Matches race for a few players, on three workers that crash, stand still and lose their leases. A game has two players
 * all the same, and no player is ever in two games.
 */
import { type HubView, scenario } from "@dacapo/simulator";
import { player, type PlayerState } from "./player.ts";
import { type Match, match } from "./workflow.ts";

const pairs = [
  ["ann", "bob"],
  ["bob", "cleo"],
  ["cleo", "ann"],
] as const;

export default scenario("two-player game", {
  register: [match, player],
  workers: 3,
  clients: {
    organisers: async ({ client, choose, after }) => {
      for (const id of ["game-1", "game-2", "game-3"]) {
        await client.scheduleNewOrchestration(match, { players: choose.from(pairs), minutes: 10 }, id);
        if (choose.boolean()) await after({ minutes: choose.integer(1, 15) });
      }
    },
    ann: async ({ client }) => {
      await client.scheduleNewOrchestration(match, { players: ["ann", "bob"], minutes: 5 }, "game-4");
    },
    bob: async ({ client }) => {
      await client.scheduleNewOrchestration(match, { players: ["bob", "ann"], minutes: 5 }, "game-5");
    },
  },
  always: {
    "no player is in two games": ({ hub }) => {
      const playing = games(hub, "playing").flatMap(({ players }) => players);
      return new Set(playing).size === playing.length;
    },
    "a game has two players": ({ hub }) =>
      games(hub, "playing").every(({ id, players }) => players.every((name) => playerOf(hub, name)?.game === id)),
  },
  eventually: {
    "every match is played or finds somebody busy": ({ hub }) =>
      hub.instances().every(({ output }) => output === "played" || output === "busy"),
    "whoever played is free again": ({ hub }) =>
      hub.entities().every(({ key, state, lockedBy }) => {
        const played = games(hub, "over").filter(({ players }) => players.includes(key)).length;
        const known = state as PlayerState | undefined;
        return lockedBy === undefined && (known?.game ?? null) === null && (known?.played ?? 0) === played;
      }),
  },
  sometimes: {
    "a player is busy": ({ hub }) => hub.outputs().includes("busy"),
    "somebody plays again": ({ hub }) =>
      hub.entities().some(({ state }) => (state as PlayerState | undefined)?.played === 2),
    "a match waits for a lock": ({ hub }) => hub.entities().some(({ backlog }) => backlog > 0),
  },
});

/** The games that publish this of themselves. */
function games(hub: HubView, customStatus: "playing" | "over"): readonly (Match & { readonly id: string })[] {
  return hub
    .instances()
    .filter((instance) => instance.customStatus === customStatus)
    .map(({ instanceId: id, input }) => ({ id, ...(input as Match) }));
}

function playerOf(hub: HubView, name: string): PlayerState | undefined {
  return hub.entity(`@player@${name}`)?.state as PlayerState | undefined;
}
