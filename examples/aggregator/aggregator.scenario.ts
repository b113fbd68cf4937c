/**
 * Three clients signal one inbox at the same time. The ledgers know which notifications were handed in and which of them the
 * hub has taken, and what was mailed: every 10 make one mail, and the rest waits in the inbox.
 */
import { type ClientFunction, type HubView, type Ledger, scenario } from "@dacapo/simulator";
import { BATCH, inbox, type Notification, sendDigest, sendMail } from "./workflow.ts";

interface Outside {
  readonly handedIn: Ledger<Notification>;
  readonly taken: Ledger<Notification>;
}

/** What waits in the inbox. */
function waiting(hub: HubView): readonly Notification[] {
  return (hub.entity("@inbox@ada")?.state ?? []) as readonly Notification[];
}

/** What digests were started with. */
function digests(hub: HubView): readonly (readonly Notification[])[] {
  return hub.instances().map(({ input }) => input as readonly Notification[]);
}

const idsOf = (notifications: readonly Notification[]): readonly string[] => notifications.map(({ id }) => id);

/** Hands in a few notifications, one after the other. */
function sender(name: string): ClientFunction<Outside> {
  return async ({ client, choose, handedIn, taken }) => {
    const count = choose.integer(5, 8);
    for (let n = 1; n <= count; n += 1) {
      const notification = { id: `${name} ${n}` };
      await handedIn.append(notification);
      await client.signalEntity(inbox, "ada", "add", notification);
      await taken.append(notification);
    }
  };
}

export default scenario("aggregator", {
  register: [inbox, sendDigest, sendMail],
  outside: (world) => ({
    handedIn: world.ledger<Notification>("handed in"),
    taken: world.ledger<Notification>("taken"),
    mails: world.ledger<{ readonly notifications: readonly Notification[] }>("mails"),
  }),
  mocks: ({ mails }) => ({
    sendMail: (ctx, notifications) => mails.appendOnce(ctx.idempotencyKey, { notifications }),
  }),
  clients: { shop: sender("shop"), bank: sender("bank"), blog: sender("blog") },
  always: {
    "a workflow has 10 notifications": ({ hub }) => digests(hub).every((batch) => batch.length === BATCH),
    "fewer than 10 wait": ({ hub }) => waiting(hub).length < BATCH,
    "no notification is counted twice": ({ hub }) => {
      const seen = idsOf([...digests(hub).flat(), ...waiting(hub)]);
      return new Set(seen).size === seen.length;
    },
    "none is made up": ({ hub, handedIn }) => {
      const known = new Set(idsOf(handedIn.entries()));
      return idsOf([...digests(hub).flat(), ...waiting(hub)]).every((id) => known.has(id));
    },
    "a batch is mailed at most once": ({ mails }) => mails.countBy("notifications").every((count) => count === 1),
  },
  eventually: {
    "no notification is lost": ({ hub, taken }) => {
      const seen = new Set(idsOf([...digests(hub).flat(), ...waiting(hub)]));
      return idsOf(taken.entries()).every((id) => seen.has(id));
    },
    "every batch is mailed": ({ hub, mails }) => mails.entries().length === digests(hub).length,
  },
  sometimes: {
    "two batches are mailed": ({ mails }) => mails.entries().length === 2,
    "a batch has notifications of all three": ({ mails }) =>
      mails.entries().some(({ notifications }) => new Set(idsOf(notifications).map((id) => id.slice(0, 4))).size === 3),
    "the rest waits for more": ({ hub }) => digests(hub).length > 0 && waiting(hub).length > 0,
  },
});
