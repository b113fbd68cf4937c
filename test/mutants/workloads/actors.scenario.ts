/**
 * Entities that are signalled by clients and signal one another: what a sender sends is numbered, and a chain of entities
 * passes the numbers on, so that whatever is lost, repeated or overtaken shows at its end.
 */
import { scenario } from "@dacapo/simulator";
import { entity } from "dacapo";

interface Passing {
  readonly count: number;
  readonly seen: readonly number[];
}

/** Numbers what reaches it, and passes the numbers on to the next; the last one keeps them. */
const link = entity<{ pass(n: number): void; refuse(n: number): void }, Passing>("link", (ctx) => {
  const { count, seen } = ctx.getState<Passing>({ count: 0, seen: [] });
  const place = Number(ctx.id.key.slice(1));
  const n = place === 0 ? count + 1 : ctx.getInput<number>();
  ctx.setState({ count: count + 1, seen: place === LAST ? [...seen, n] : seen });
  if (place < LAST) ctx.signalEntity(link, `c${place + 1}`, "pass", n);
  if (ctx.operationName === "refuse") throw new Error("refused on purpose");
});

const LAST = 2;

export default scenario("actors", {
  register: [link],
  workers: 2,
  clients: {
    first: async ({ client, choose, after }) => {
      for (let i = choose.integer(1, 4); i > 0; i--) {
        await client.signalEntity(link, "c0", choose.from(["pass", "pass", "refuse"]), 0);
        await after({ seconds: choose.from([0, 0, 3, 90]) });
      }
    },
    second: async ({ client, choose, after }) => {
      await after({ seconds: choose.from([0, 1, 30]) });
      for (let i = choose.integer(0, 3); i > 0; i--) await client.signalEntity(link, "c0", "pass", 0);
    },
  },
});
