/**
 * Group F: the replay engine; most of them are one line.
 */
import type { Mutant } from "../mutant.ts";

export const replay: readonly Mutant[] = [
  {
    id: "F1",
    title: "a task stays open after it was answered, so that it can be answered twice",
    source: "https://github.com/microsoft/duroxide/commit/4811be2",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: '    assert(open !== undefined, "only open tasks are answered");\n    this.#open.delete(taskId);\n',
        replace: '    assert(open !== undefined, "only open tasks are answered");\n',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F4",
    title: "an activity that the code does not wait for is not recorded",
    source: "https://github.com/microsoft/duroxide/commit/d73df6a3ab69efd58095edee319c62808a877e96",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  const events = numbered(execution.lastEventId, time, inbox.fed, decided.decisions);\n",
        replace:
          '  const noted = decided.decisions.filter(({ type }) => execution.end === undefined || type !== "TaskScheduled");\n' +
          "  const events = numbered(execution.lastEventId, time, inbox.fed, noted);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F5",
    title: "a replay runs with the latest time, not with the time of each turn",
    source: "https://github.com/microsoft/duroxide/commit/11b5e36971298484838eb2ed63a47f05f9666dfe",
    patches: [
      {
        file: "src/core/recall.ts",
        find: "    execution.beginTurn(turn.time, true);\n",
        replace: "    execution.beginTurn(history.at(-1)?.timestamp ?? turn.time, true);\n",
      },
    ],
    workloads: ["time"],
  },
  {
    id: "F6",
    title: "the decisions of a turn come in another order than on replay",
    source: "https://github.com/Azure/durabletask/pull/680",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    const decisions = this.#decisions;\n",
        replace: "    const decisions = this.isReplaying ? this.#decisions : this.#decisions.reverse();\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F7",
    title: "whenAll([]) never completes",
    source: "https://github.com/microsoft/durabletask-js/pull/118",
    patches: [
      {
        file: "src/core/durable-task.ts",
        find: "    if (this.#pending === 0) this.#finish();\n  }\n\n  #finish",
        replace: "    if (this.#pending === 0 && children.length > 0) this.#finish();\n  }\n\n  #finish",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F8",
    title: "whenAll does not count the children that had settled before it was made",
    source: "https://github.com/microsoft/durabletask-js/pull/143",
    patches: [
      {
        file: "src/core/durable-task.ts",
        find: "      if (child.isCompleted) continue;\n      this.#pending += 1;\n",
        replace: "      this.#pending += 1;\n      if (child.isCompleted) continue;\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F9",
    title: "a combination within another one does not tell it that it has completed",
    source: "https://github.com/microsoft/durabletask-js/pull/150",
    patches: [
      {
        file: "src/core/durable-task.ts",
        find: "    if (parents !== undefined) for (const parent of parents) parent(this);\n",
        replace:
          "    if (parents !== undefined && !(this instanceof WhenAllTask)) for (const parent of parents) parent(this);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F10",
    title: "a result that is falsy is lost",
    source: "https://github.com/microsoft/durabletask-js/pull/157",
    remark: "The real bug lost the task with the id 0; ours count from 1.",
    patches: [
      {
        file: "src/core/data-converter.ts",
        find: "    waiter.complete(value);\n",
        replace: "    waiter.complete(value || undefined);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F14",
    title: "a task that had failed before it was waited for counts as a success",
    source: "https://github.com/microsoft/durabletask-js/pull/329",
    patches: [
      {
        file: "src/core/coroutine.ts",
        find: "      if (isTask(value)) {\n",
        replace:
          "      if (isTask(value) && value.isFailed) {\n" +
          "        next = () => this.#generator.next(undefined);\n        continue;\n      }\n      if (isTask(value)) {\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F15",
    title: "an execution that continued as new and then failed ends twice",
    source: "https://github.com/microsoft/durabletask-js/pull/267",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    if (this.#end !== undefined) decisions.push(endDecision(this.#end, this));\n",
        replace:
          "    const end = this.#end === undefined ? undefined : endDecision(this.#end, this);\n" +
          "    if (end !== undefined) decisions.push(end);\n" +
          '    if (end?.type === "ExecutionCompleted" && this.#continuation !== undefined) decisions.push(end);\n',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "F17",
    title: "a duplicate is recognised only when it is one of the latest message",
    source: "https://github.com/Azure/azure-functions-durable-js/issues/38",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    return this.#seen?.has(messageId) ?? false;\n",
        replace: "    return [...(this.#seen?.keys() ?? [])].at(-1) === messageId;\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "F12",
    title: "a replay does not know again that an event was sent",
    source: "https://github.com/microsoft/durabletask-js/pull/264",
    patches: [
      {
        file: "src/core/recall.ts",
        find: "turn.decisions.slice(-1) : turn.decisions,\n",
        replace: 'turn.decisions.slice(-1) : turn.decisions.filter(({ type }) => type !== "EventSent"),\n',
      },
    ],
    workloads: ["letters", "families"],
  },
  {
    id: "F16",
    title: "the orders that end a critical section come in another order on replay",
    source: "https://github.com/temporalio/sdk-java/issues/2473",
    remark: "The real bug was in the order of cancellations, of which our histories have none.",
    patches: [
      {
        file: "src/core/entity-calls.ts",
        find: "    for (const unlock of unlocksOf(section, (receiver) => sent.next(receiver, time))) this.#execution.decide(unlock);\n",
        replace:
          "    const unlocks = [...unlocksOf(section, (receiver) => sent.next(receiver, time))];\n" +
          "    if ((this.#execution as { isReplaying?: boolean }).isReplaying === true) unlocks.reverse();\n" +
          "    for (const unlock of unlocks) this.#execution.decide(unlock);\n",
      },
    ],
    workloads: ["sections"],
  },
];
