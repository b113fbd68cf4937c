/** Orchestrations that lock two or three accounts, move money, and come to an end inside in every way there is. */
import { scenario } from "@dacapo/simulator";
import { ENDINGS, moving } from "./account-clients.ts";
import { account, accountModel, always, audit, eventually, passer, transfer, transferAsync } from "./accounts.ts";

export default scenario("sections", {
  register: [account, transfer, transferAsync, audit, passer],
  models: { account: accountModel },
  workers: 2,
  clients: moving(ENDINGS),
  always,
  eventually,
  maxSteps: 6_000,
});
