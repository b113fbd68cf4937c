/**
 * Group D: starts, terminations, events and purges that race.
 */
import type { Mutant } from "../mutant.ts";

export const races: readonly Mutant[] = [
  {
    id: "D2",
    title: "a new start of a purged id is taken for a duplicate of the old one",
    source: "https://github.com/Azure/durabletask/pull/531",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: '  return state.requests.answerTo(requestKey("create", instanceId, requestId)) !== undefined;\n',
        replace:
          '  return requestId !== "" && state.requests.answerTo(requestKey("create", instanceId, "")) !== undefined;\n',
      },
      {
        file: "src/backends/memory/store-state.ts",
        find: '    this.requests.remember(requestKey("create", instanceId, instance.createRequestId), true, this.now);',
        replace: '    this.requests.remember(requestKey("create", instanceId, ""), true, this.now);',
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "D3",
    title: "an event that comes before the instance's first turn is lost",
    source: "https://github.com/microsoft/duroxide/commit/b6af645acdec81a201b6e4fedb2e1894500c722d",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "    state.enqueue(instance, message);\n    state.requests.remember(key, true, state.now);\n",
        replace:
          "    if (instance.history.length > 0) state.enqueue(instance, message);\n    state.requests.remember(key, true, state.now);\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "D6",
    title: "continuing as new is two transactions: the new history, and the rest",
    source: "https://github.com/temporalio/sdk-java/issues/1538",
    remark: "The real bug was in a test server: in a simulation, too, the store is part of what is judged.",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "    name: part.name,\n    apply",
        replace:
          '    name: part.name,\n    transaction: plan.endedExecutionId !== undefined && part.name === "history" ? 0 : 1,\n    apply',
      },
    ],
    workloads: ["events"],
  },
  {
    id: "D7",
    title: "an activity's result for an ended instance is refused instead of dropped, and the activity runs for ever",
    source: "https://github.com/microsoft/durabletask-mssql/issues/81",
    patches: [
      {
        file: "src/backends/memory/store-state.ts",
        find: '    else if (isTerminal(instance.record.runtimeStatus)) this.discard("instance-terminal", 1);\n',
        replace:
          "    else if (isTerminal(instance.record.runtimeStatus)) {\n" +
          '      throw new LeaseLostError("The instance has ended.", { hint: "None." });\n    }\n',
      },
    ],
    workloads: ["activities", "events"],
  },
  {
    id: "X1",
    title: "a client that hears nothing asks again under another request id",
    source: "own",
    patches: [
      {
        file: "src/client/task-hub-client.ts",
        find: "    const message = { messageId: this.#setup.ids.newId(), instanceId, body };\n    await this.#persistently(() => this.#setup.backend.sendMessage(message));\n",
        replace:
          "    await this.#persistently(() =>\n" +
          "      this.#setup.backend.sendMessage({ messageId: this.#setup.ids.newId(), instanceId, body }),\n    );\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X3",
    title: "a start whose answer was lost is refused when it is made again",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: "  if (existing?.createRequestId === request.requestId || wasCreated(state, request)) return [];\n",
        replace: "  if (wasCreated(state, request)) return [];\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X11",
    title: "a start whose answer was lost is made twice when the instance has been purged in between",
    source: "own; compare https://github.com/dapr/dapr/issues/8194",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: '  return state.requests.answerTo(requestKey("create", instanceId, requestId)) !== undefined;\n',
        replace: "  return instanceId === requestId;\n",
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "X12",
    title: "a purge whose answer was lost is made again, and takes the next life of the id along",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: "  if (known !== undefined) return { answer: known, steps: [] };\n",
        replace: "",
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "X13",
    title: "an event whose answer was lost is delivered again after the instance has consumed it, as another one",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "    if (state.requests.answerTo(key) !== undefined) return false;\n",
        replace: "",
      },
      {
        file: "src/core/inbox.ts",
        find: '      return wasSeen(execution, message) ? "duplicate" : undefined;\n',
        replace: "      return undefined;\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X14",
    title: "a termination before the scheduled start is forgotten",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  return (start.startAt ?? 0) > now && !messages.some((message) => isTermination(message, incarnation));\n",
        replace: "  return (start.startAt ?? 0) > now && messages.length >= 0;\n",
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "X15",
    title: "events that come before the scheduled start are forgotten",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: '      carriedEvents.push({ ...body, ...present("position", position), messageId });\n',
        replace: "",
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "X16",
    title: "an instance begins before its scheduled start when a message comes for it",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  if (execution.lastEventId === 0 && isTooEarly(input)) return carry(execution, input);\n",
        replace:
          "  if (execution.lastEventId === 0 && isTooEarly(input) && input.messages.length === 0) return carry(execution, input);\n",
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "D9",
    title: "a sub-orchestration whose id is taken makes the whole commit of its parent fail",
    source: "https://github.com/microsoft/durabletask-go/pull/140",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  checkTurn(instance, commit);\n",
        replace:
          "  checkTurn(instance, commit);\n" +
          "  for (const { instanceId, replaces } of commit.starts) {\n" +
          "    const taken = state.instances.get(instanceId);\n" +
          "    if (taken === undefined || taken.record.incarnation === replaces) continue;\n" +
          '    throw new StorageError("The id is taken.");\n  }\n',
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: 'import { assert } from "../../core/assert.ts";\n',
        replace:
          'import { assert } from "../../core/assert.ts";\nimport { StorageError } from "../../core/errors.ts";\n',
      },
    ],
    workloads: ["families"],
  },
];
