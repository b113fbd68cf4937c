/**
 * Entities: signals of clients and of each other, now and later, operations that fail, orchestrations that they start, and
 * an orchestration that asks them.
 */
import { entity, orchestrator, TaskEntity } from "dacapo";
import type { EntityModel } from "@dacapo/simulator";
import { scenario } from "@dacapo/simulator";

/** What a receiver got, in order. */
interface Received {
  readonly from: string;
  readonly n: number;
}

/** Keeps everything that it is sent. */
class Box extends TaskEntity<Received[]> {
  protected override initializeState(): Received[] {
    return [];
  }

  put(received: Received): void {
    this.state.push(received);
  }

  count(): number {
    return this.state.length;
  }
}

const box = entity("box", Box);

/** Counts what it is asked for, and passes it on. */
class Sender extends TaskEntity<{ sent: number; asked: number[]; due: number[] }> {
  protected override initializeState(): { sent: number; asked: number[]; due: number[] } {
    return { sent: 0, asked: [], due: [] };
  }

  pass(ask: number): void {
    this.state.asked.push(ask);
    this.#send("shared");
    this.#send("shared");
  }

  async passLater(ask: number): Promise<void> {
    this.state.asked.push(ask);
    await Promise.resolve();
    this.#send("shared");
    this.context.signalEntity(sender, this.context.id.key, "due", ask, { signalTime: { minutes: 5 } });
  }

  due(ask: number): void {
    this.state.due.push(ask);
  }

  count(): number {
    return this.state.sent;
  }

  fails(ask: number): never {
    this.state.asked.push(ask);
    this.#send("shared");
    this.context.scheduleNewOrchestration(reports, "failed");
    throw new Error("planned: an operation that fails on purpose");
  }

  start(ask: number): void {
    this.state.asked.push(ask);
    this.context.scheduleNewOrchestration(reports, `${this.context.id.key}/${ask}`);
  }

  #send(key: string): void {
    this.state.sent += 1;
    this.context.signalEntity(box, key, "put", { from: this.context.id.key, n: this.state.sent });
  }
}

const sender = entity("sender", Sender);

const reports = orchestrator("reports", (_ctx, what: string) => what);

/** Asks how many there are, again and again, of senders and of the box, and has one of the senders fail in between. */
const auditor = orchestrator("auditor", function* (ctx, to: string) {
  const { entities } = ctx;
  const counted: number[] = [];
  for (let i = 0; i < 2; i++) {
    counted.push(yield* entities.callEntity(sender, to, "count"));
    const [failed, received] = [
      entities.callEntity(sender, to, "fails", 99),
      entities.callEntity(box, "shared", "count"),
    ];
    counted.push(yield* received);
    try {
      yield* failed;
      return "went through";
    } catch {
      yield* ctx.createTimer({ seconds: 40 });
    }
  }
  return counted;
});

/** Both kinds of entities as plain objects: how many each of them sent, or received. */
const sent: EntityModel<number> = {
  init: 0,
  apply(count, operation) {
    if (operation === "fails") throw new Error("it fails on purpose");
    if (operation === "count") return { state: count, result: count };
    return { state: count + (operation === "pass" ? 2 : operation === "passLater" ? 1 : 0) };
  },
};
const received: EntityModel<number> = {
  init: 0,
  apply: (count, operation) => (operation === "count" ? { state: count, result: count } : { state: count + 1 }),
};

const OPERATIONS = ["pass", "passLater", "fails", "start"] as const;

interface Asked {
  readonly to: string;
  readonly operation: (typeof OPERATIONS)[number];
  readonly ask: number;
  readonly stage: "begun" | "done";
}

export default scenario("entities", {
  register: [box, sender, reports, auditor],
  models: { sender: sent, box: received },
  workers: 2,
  outside: (world) => ({ asked: world.ledger<Asked>("asked") }),
  clients: {
    ann: async ({ client, choose, asked }) => {
      for (let ask = 1; ask <= 3; ask++) {
        const [to, operation] = [choose.from(["a", "b"]), choose.from(OPERATIONS)];
        await asked.append({ to, operation, ask, stage: "begun" });
        await client.signalEntity(sender, to, operation, ask);
        await asked.append({ to, operation, ask, stage: "done" });
      }
    },
    bob: async ({ client, choose, after, asked }) => {
      for (let ask = 11; ask <= 12; ask++) {
        const operation = choose.from(OPERATIONS);
        await asked.append({ to: "a", operation, ask, stage: "begun" });
        await client.signalEntity(sender, "a", operation, ask);
        await asked.append({ to: "a", operation, ask, stage: "done" });
        if (choose.boolean()) await after({ minutes: choose.from([1, 6, 40]) });
      }
    },
    eve: async ({ client, choose, after }) => {
      await after({ seconds: choose.from([0, 1, 30]) });
      await client.scheduleNewOrchestration(auditor, choose.from(["a", "b"]), "auditor");
    },
  },
  always: {
    "what is sent arrives in order, and once": ({ hub }) => {
      const last = new Map<string, number>();
      return ((hub.entity("@box@shared")?.state as Received[] | undefined) ?? []).every(({ from, n }) => {
        const isNext = n === (last.get(from) ?? 0) + 1;
        last.set(from, n);
        return isNext;
      });
    },
    "an operation has its effect once, and a failed one none": ({ hub, asked }) =>
      hub.entities().every(({ name, key, state }) => {
        if (name !== "sender" || state === undefined) return true;
        const { asked: done, due } = state as { asked: number[]; due: number[] };
        const begun = asked.entries().filter(({ to, stage }) => to === key && stage === "begun");
        const mayHave = new Set(begun.flatMap(({ operation, ask }) => (operation === "fails" ? [] : [ask])));
        return [done, due].every((asks) => new Set(asks).size === asks.length && asks.every((ask) => mayHave.has(ask)));
      }),
    "an orchestration is started once": ({ hub }) => {
      const inputs = hub.instances().flatMap(({ name, input }) => (name === "auditor" ? [] : [input]));
      return new Set(inputs).size === inputs.length && !inputs.includes("failed");
    },
  },
  eventually: {
    "who asks is answered": ({ hub }) =>
      hub.instances().every(({ name, output }) => name !== "auditor" || Array.isArray(output)),
    "what a client was told is done has its effect": ({ hub, asked }) =>
      asked.entries().every(({ to, operation, ask, stage }) => {
        if (stage !== "done" || operation === "fails") return true;
        const state = hub.entity(`@sender@${to}`)?.state as { asked: number[]; due: number[] } | undefined;
        if (operation === "passLater" && state?.due.includes(ask) !== true) return false;
        const isStarted = operation !== "start" || hub.instances().some(({ input }) => input === `${to}/${ask}`);
        return isStarted && state?.asked.includes(ask) === true;
      }),
    "what entities sent has arrived": ({ hub }) => {
      const got = (hub.entity("@box@shared")?.state ?? []) as Received[];
      return hub.entities().every(({ name, key, state }) => {
        if (name !== "sender" || state === undefined) return true;
        return got.filter(({ from }) => from === key).length === (state as { sent: number }).sent;
      });
    },
  },
  maxSteps: 5_000,
});
