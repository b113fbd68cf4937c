/**
 * Clients count visits on one counter in each syntax, all at once, while an orchestration asks both the same. Whatever
 * crashes and whatever the store repeats, each visit counts once, and the two counters behave the same.
 */
import { scenario } from "@dacapo/simulator";
import { classCounter } from "./class-counter.ts";
import { functionCounter } from "./function-counter.ts";
import { type Answers, sideBySide, type Step } from "./workflow.ts";

const steps: readonly Step[] = [2, 5, -3, "reset"];

export default scenario("counter", {
  register: [functionCounter, classCounter, sideBySide],
  workers: 2,
  outside: (world) => ({ visits: world.ledger<{ count: number; stage: "begun" | "counted" }>("visits") }),
  clients: {
    ann: async ({ client, choose, visits }) => {
      for (let visit = 1; visit <= 3; visit++) {
        const count = choose.integer(1, 4);
        await visits.append({ count, stage: "begun" });
        await client.signalEntity(functionCounter, "visits", "add", count);
        await client.signalEntity(classCounter, "visits", "add", count);
        await visits.append({ count, stage: "counted" });
      }
    },
    bob: async ({ client, visits }) => {
      await visits.append({ count: 10, stage: "begun" });
      await client.signalEntity(classCounter, "visits", "add", 10);
      await client.signalEntity(functionCounter, "visits", "add", 10);
      await visits.append({ count: 10, stage: "counted" });
    },
    eve: async ({ client, choose }) => {
      const chosen = [1, 2, 3, 4].map(() => choose.from(steps));
      await client.scheduleNewOrchestration(sideBySide, chosen, "side-by-side");
    },
  },
  always: {
    "no visit counts twice": ({ hub, visits }) => {
      const begun = visits.entries().reduce((sum, { count, stage }) => sum + (stage === "begun" ? count : 0), 0);
      return ["@functioncounter@visits", "@classcounter@visits"].every(
        (id) => numberIn(hub.entity(id)?.state) <= begun,
      );
    },
  },
  eventually: {
    "no visit is lost": ({ hub, visits }) => {
      const counted = visits.entries().reduce((sum, { count, stage }) => sum + (stage === "counted" ? count : 0), 0);
      return ["@functioncounter@visits", "@classcounter@visits"].every(
        (id) => numberIn(hub.entity(id)?.state) >= counted,
      );
    },
    "both syntaxes give the same answers, which are right": ({ hub }) =>
      hub.instances().every(({ input, output, isTerminal }) => {
        const expected = answersTo(input as readonly Step[]);
        const answers = output as readonly Answers[];
        return (
          isTerminal &&
          answers.every(({ ofFunction, ofClass }, i) => ofFunction === expected[i] && ofClass === expected[i])
        );
      }),
  },
  sometimes: {
    "an operation is refused": ({ hub }) => JSON.stringify(hub.outputs()).includes("below zero"),
    "one counter is ahead of the other": ({ hub }) => {
      const [one, other] = ["@functioncounter@visits", "@classcounter@visits"].map((id) =>
        numberIn(hub.entity(id)?.state),
      );
      return one !== other;
    },
  },
});

function numberIn(state: unknown): number {
  return typeof state === "number" ? state : 0;
}

/** What a counter says after each step. */
function answersTo(asked: readonly Step[]): readonly string[] {
  let value = 0;
  return asked.map((step) => {
    const next = step === "reset" ? 0 : value + step;
    if (next < 0) return "A counter does not go below zero.";
    value = next;
    return `it is ${value}`;
  });
}
