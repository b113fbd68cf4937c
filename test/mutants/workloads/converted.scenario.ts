/**
 * A hub whose payloads are written by a data converter: maps, sets, dates and big integers go everywhere that values go.
 */
import { scenario } from "@dacapo/simulator";
import { activity, entity, orchestrator } from "dacapo";
import { RichConverter } from "../../runtime/rich-converter.ts";

const weigh = activity("weigh", (_ctx, stone: ReadonlyMap<string, bigint>) => stone.get("weight") ?? 0n);

/** Changes what it is given in place, also where it then fails: that must leave nothing behind. */
const bag = entity<{ add(word: string): number; spoil(word: string): number }, Set<string>>("bag", (ctx) => {
  const words = ctx.getState<Set<string>>(new Set());
  words.add(ctx.getInput<string>() ?? "");
  if (ctx.operationName === "spoil") throw new Error("spoilt on purpose");
  ctx.setState(words);
  return words.size;
});

interface Seen {
  readonly days: readonly Date[];
  readonly total: bigint;
}

const inner = orchestrator("inner", function* (ctx, days: ReadonlySet<number>) {
  yield* ctx.createTimer({ minutes: 1 });
  return new Map([...days].map((day) => [new Date(day), BigInt(day)]));
});

/** Takes a day after the other, weighs it, and begins anew with what it has. */
const diary = orchestrator("diary", function* (ctx, { days, total }: Seen) {
  const day = yield* ctx.waitForExternalEvent<Date>("Day");
  const weight = yield* ctx.callActivity(weigh, new Map([["weight", BigInt(day.getTime())]]));
  yield* ctx.entities.callEntity(bag, "one", "add", `day ${weight}`);
  const seen: Seen = { days: [...days, day], total: total + weight };
  if (seen.days.length < DAYS) {
    ctx.continueAsNew(seen);
    return undefined;
  }
  const given = yield* ctx.callSubOrchestrator(inner, new Set(seen.days.map((one) => one.getTime())));
  return new Map([...given, [new Date(0), seen.total]]);
});

const DAYS = 2;

export default scenario("converted", {
  register: [diary, inner, bag, weigh],
  workers: 2,
  hub: { dataConverter: new RichConverter() },
  clients: {
    writer: async ({ client, choose, after }) => {
      await client.scheduleNewOrchestration(diary, { days: [], total: 0n }, "diary");
      for (let i = 1; i <= DAYS; i++) {
        await after({ seconds: choose.from([0, 2, 40]) });
        await client.raiseOrchestrationEvent("diary", "Day", new Date(i));
      }
    },
    packer: async ({ client, choose, after }) => {
      for (let i = choose.integer(1, 4); i > 0; i--) {
        await client.signalEntity(bag, "one", choose.from(["add", "add", "spoil"]), `word ${i}`);
        await after({ seconds: choose.from([0, 0, 5]) });
      }
    },
  },
  faults: { "activity-throws": false, "activity-fails-after-effect": false },
  eventually: {
    "the diary is a map": ({ hub }) => {
      const output = hub.instance("diary")?.output;
      return output instanceof Map && output.size === DAYS + 1;
    },
  },
});
