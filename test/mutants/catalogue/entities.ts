/**
 * Group X70 to X79: what an entity makes of its messages, and sends.
 */
import type { Mutant } from "../mutant.ts";

const STREAMS = "src/core/streams.ts";
const TURN = "src/core/entity-turn.ts";
const OPERATION = "src/core/entity-operation.ts";

const FAILED = '    return { kind: "failed", failure: toFailureDetails(error) };\n';
const SETTLE_FAILED = '    if (outcome.kind === "failed") {\n';

export const entities: readonly Mutant[] = [
  {
    id: "X70",
    title: "a signal that comes twice is applied twice",
    source: "own",
    patches: [
      {
        file: STREAMS,
        find: 'progress?.ahead?.has(number) === true) return "duplicate";\n',
        replace:
          'progress?.ahead?.has(number) === true) return position.isUnordered === true ? "take" : "duplicate";\n',
      },
    ],
    workloads: ["entities"],
    needs: ["message-duplicated", "message-redelivered"],
  },
  {
    id: "X71",
    title: "an entity takes signals of another as they come, not in the order in which they were sent",
    source: "own",
    patches: [
      {
        file: STREAMS,
        find: '    if (!isLate && !mayTake(progress, position)) return "hold";\n',
        replace: "",
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "X72",
    title: "what an operation changed in place before it failed is kept",
    source: "own",
    patches: [
      {
        file: OPERATION,
        find: FAILED,
        replace: '    return { kind: "failed", failure: toFailureDetails(error), state: this.#stateText() };\n',
      },
      {
        file: TURN,
        find: SETTLE_FAILED,
        replace: `${SETTLE_FAILED}      this.#state = outcome.state;\n`,
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "X73",
    title: "what an operation sent before it failed is sent",
    source: "own",
    patches: [
      {
        file: OPERATION,
        find: FAILED,
        replace:
          '    return { kind: "failed", failure: toFailureDetails(error), signals: this.#signals ?? NOTHING };\n',
      },
      {
        file: TURN,
        find: SETTLE_FAILED,
        replace: `${SETTLE_FAILED}      for (const signal of outcome.signals) this.#signal(signal);\n`,
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "X74",
    title: "a message that came too early is forgotten with the end of the turn",
    source: "own",
    patches: [{ file: TURN, find: "      held: this.#inbox.held,\n", replace: "      held: [],\n" }],
    workloads: ["entities"],
  },
  {
    id: "X75",
    title: "a turn in which an entity sends nothing loses how far its numbers came",
    source: "own",
    patches: [{ file: TURN, find: "?? recent(before?.sent, oldestSent),\n", replace: "?? [],\n" }],
    workloads: ["entities"],
  },
  {
    id: "X76",
    title: "an orchestration that an operation starts is started again by the next operation of the turn",
    source: "own",
    patches: [
      {
        file: TURN,
        find: "    for (const start of starts) this.#starts.push(start);\n",
        replace:
          "    for (const { start } of this.#starts.slice(0, 1)) {\n" +
          "      const instanceId = `${start.event.instanceId}:${messageId}`;\n" +
          "      const event = { ...start.event, instanceId, executionId: instanceId };\n" +
          "      this.#starts.push({ instanceId, incarnation: instanceId, start: { ...start, event } });\n" +
          "    }\n" +
          "    for (const start of starts) this.#starts.push(start);\n",
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "X77",
    title: "a client that asks again, because the store gave no answer, sends another signal",
    source: "own",
    patches: [
      {
        file: "src/client/task-hub-client.ts",
        find: "      await this.#persistently(() => this.#setup.backend.sendMessage(message));\n    } catch (error) {\n      this.#signals",
        replace:
          "      await this.#persistently(() => this.#setup.backend.sendMessage(this.#signals.message(id, body, dueTime)));\n" +
          "    } catch (error) {\n      this.#signals",
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "X78",
    title: "all orchestrations that an entity starts have one name, so that only the first begins",
    source: "own",
    patches: [
      {
        file: OPERATION,
        find: "`${this.id.toString()}:${this.#call.messageId}:${this.#starts.length}`",
        replace: "`${this.id.toString()}:${this.#starts.length}`",
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "G1",
    title: "an entity takes what it is sent as it comes, without sorting it or looking for repeats",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/762",
    patches: [
      {
        file: "src/core/entity-inbox.ts",
        find: '    if (isStrange) this.#drop(messageId, body.type, "not-understood");\n    else if (verdict === "take") return',
        replace:
          '    if (isStrange) this.#drop(messageId, body.type, "not-understood");\n    else if (verdict !== undefined) return',
      },
    ],
    workloads: ["actors"],
  },
];
