/** Orchestrations that lock two or three accounts, move money, and come to an end inside in every way there is. */
import {
  InstanceAlreadyExistsError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
} from "dacapo";
import type { ClientTools } from "@dacapo/simulator";
import { scenario } from "@dacapo/simulator";
import type { Ending } from "./accounts.ts";
import { account, always, audit, eventually, passer, transfer, transferAsync } from "./accounts.ts";

const KEYS = ["a", "b", "c"] as const;

const ENDINGS: readonly Ending[] = [
  ...(["release", "return", "throw", "overdraw", "linger", "continue", "hurry"] as const),
];

/** Does what may come too late, or too early. */
async function attempt(deed: () => Promise<unknown>): Promise<void> {
  try {
    await deed();
  } catch (error) {
    const isRace =
      error instanceof InstanceAlreadyExistsError ||
      error instanceof InstanceNotFoundError ||
      error instanceof InstanceNotTerminalError ||
      error instanceof InstanceTerminalError;
    if (!isRace) throw error;
  }
}

/** Moves money, and perhaps ends the move from outside, and uses its id again. */
async function move({ client, choose, after }: ClientTools, id: string): Promise<void> {
  const from = choose.from(KEYS);
  const to = choose.from(KEYS.filter((key) => key !== from));
  const ending = choose.from(ENDINGS);
  const program = choose.boolean() ? transferAsync : transfer;
  const input = { mark: id, from, to, amount: choose.integer(1, 60), ending };
  await client.scheduleNewOrchestration(program, input, { instanceId: id });
  if (!choose.boolean()) return;
  await after({ milliseconds: choose.from([0, 1, 500, 2_500, 40_000]) });
  await attempt(() => client.terminateOrchestration(id, "enough"));
  if (!choose.boolean()) return;
  await attempt(() => client.purgeOrchestration(id));
  const again = { ...input, mark: `${id}'`, from: to, to: from, ending: "release" } as const;
  await attempt(() => client.scheduleNewOrchestration(program, again, { instanceId: id }));
}

export default scenario("sections", {
  register: [account, transfer, transferAsync, audit, passer],
  workers: 2,
  clients: {
    ada: (tools) => move(tools, "ada"),
    bob: (tools) => move(tools, "bob"),
    cid: async ({ client, choose, after }) => {
      await after({ milliseconds: choose.from([0, 1_000, 3_000]) });
      const keys = choose.boolean() ? [...KEYS].reverse() : KEYS;
      if (choose.boolean()) await client.scheduleNewOrchestration(passer, { mark: "passer", keys });
      await client.scheduleNewOrchestration(audit, { mark: "audit", keys });
    },
  },
  always,
  eventually,
  maxSteps: 6_000,
});
