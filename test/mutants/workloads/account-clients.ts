/**
 * What clients do with accounts: they move money, end the moves of money from outside, and add all accounts up.
 *
 * Invariant: each start has marks of its own. Used by the workloads that lock accounts.
 */
import {
  InstanceAlreadyExistsError,
  InstanceNotFoundError,
  InstanceNotTerminalError,
  InstanceTerminalError,
} from "dacapo";
import type { ClientTools } from "@dacapo/simulator";
import type { Ending } from "./accounts.ts";
import { audit, passer, transfer, transferAsync } from "./accounts.ts";

const KEYS = ["a", "b", "c"] as const;

export const ENDINGS: readonly Ending[] = [
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
async function move({ client, choose, after }: ClientTools, id: string, endings: readonly Ending[]): Promise<void> {
  const from = choose.from(KEYS);
  const to = choose.from(KEYS.filter((key) => key !== from));
  const ending = choose.from(endings);
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

/** Two who move money, and one who looks. */
export const moving = (
  endings: readonly Ending[],
): Readonly<Record<string, (tools: ClientTools) => Promise<void>>> => ({
  ada: (tools) => move(tools, "ada", endings),
  bob: (tools) => move(tools, "bob", endings),
  cid: async ({ client, choose, after }) => {
    await after({ milliseconds: choose.from([0, 1_000, 3_000]) });
    const keys = choose.boolean() ? [...KEYS].reverse() : KEYS;
    if (choose.boolean()) await client.scheduleNewOrchestration(passer, { mark: "passer", keys });
    await client.scheduleNewOrchestration(audit, { mark: "audit", keys });
  },
});
