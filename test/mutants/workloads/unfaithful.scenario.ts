/**
 * The same, with orchestrators that decide something else when they are replayed, which they always are here: the engine
 * fails them while they ask for locks and while they hold them.
 */
import { scenario } from "@dacapo/simulator";
import { ENDINGS, moving } from "./account-clients.ts";
import { account, always, audit, eventually, passer, transfer, transferAsync } from "./accounts.ts";

export default scenario("unfaithful", {
  register: [account, transfer, transferAsync, audit, passer],
  workers: 2,
  clients: moving([...ENDINGS, "unfaithful inside", "unfaithful before"]),
  always,
  eventually,
  hub: { worker: { maxWarmOrchestrations: 0 } },
  // That they do not repeat their histories is what they are here for.
  oracles: { O6: false },
  maxSteps: 6_000,
});
