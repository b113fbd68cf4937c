/**
 * The owner of a phone reads the code and types it in, sometimes late, sometimes wrongly, up to four times; a stranger
 * guesses. The world keeps what was sent and what was typed; who is let in must follow from it.
 */
import { scenario } from "@dacapo/simulator";
import { sendCode, verifyPhone } from "./workflow.ts";

const WRONG = "wrong";

export default scenario("multi-factor code", {
  register: [verifyPhone, sendCode],
  outside: (world) => ({
    messages: world.ledger<{ readonly code: string }>("messages"),
    answers: world.ledger<{ readonly answer: string }>("answers"),
  }),
  mocks: ({ messages }) => ({
    sendCode: async (ctx) => {
      const code = `code of ${ctx.idempotencyKey}`;
      await messages.append({ code });
      return code;
    },
  }),
  async clients({ client, choose, after, messages, answers }) {
    const id = await client.scheduleNewOrchestration(verifyPhone, "+49 30 1234567");
    const times = choose.integer(0, 4);
    for (let time = 0; time < times; time += 1) {
      await after({ seconds: choose.integer(1, 60) });
      const received = messages.entries().at(-1)?.code;
      const answer = received === undefined || choose.boolean() ? WRONG : received;
      await answers.append({ answer });
      await client.raiseOrchestrationEvent(id, "Answer", answer);
    }
  },
  always: {
    "a message that is sent again has the same code": ({ messages }) =>
      new Set(messages.entries().map(({ code }) => code)).size <= 1,
    "nobody is let in without the code": ({ hub, answers }) =>
      !hub.outputs().includes("verified") || answers.entries().some(({ answer }) => answer !== WRONG),
    "nobody is locked out before the third wrong answer": ({ hub, answers }) =>
      !hub.outputs().includes("too many attempts") ||
      answers.entries().filter(({ answer }) => answer === WRONG).length >= 3,
    "whoever is let in had the code right within three attempts": ({ hub }) =>
      hub.instances().every(({ instanceId, output }) => {
        const typed = hub.history(instanceId).flatMap((event) => (event.type === "EventRaised" ? [event.input] : []));
        return output !== "verified" || typed.slice(0, 3).some((answer) => answer !== JSON.stringify(WRONG));
      }),
  },
  eventually: {
    "every verification ends, with or without an answer": ({ hub }) =>
      hub.instances().every((instance) => instance.isTerminal),
  },
  sometimes: {
    "the owner is let in": ({ hub }) => hub.outputs().includes("verified"),
    "nobody answers in time": ({ hub }) => hub.outputs().includes("too late"),
    "three wrong answers lock the phone out": ({ hub }) => hub.outputs().includes("too many attempts"),
    "the code is sent twice": ({ messages }) => messages.entries().length > 1,
  },
});
