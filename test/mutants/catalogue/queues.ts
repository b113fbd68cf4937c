/**
 * The rest of group G: queues that starve, forget or repeat, and work that waits for itself.
 */
import type { Mutant } from "../mutant.ts";

export const queues: readonly Mutant[] = [
  {
    id: "G4",
    title: "an entity is not handed out again when the worker that had it is gone",
    source: "https://github.com/Azure-Samples/Durable-Task-Scheduler/issues/388",
    patches: [
      {
        file: "src/backends/memory/store-state.ts",
        find: "    const readyAt = workAt === Infinity ? undefined : Math.max(workAt, heldUntil);\n",
        replace:
          '    const isStuck = instance.record.kind === "entity" && instance.lock !== undefined;\n' +
          "    const readyAt = workAt === Infinity || isStuck ? undefined : Math.max(workAt, heldUntil);\n",
      },
    ],
    workloads: ["entities"],
  },
  {
    id: "G5",
    title: "the order to resume is not seen behind the messages that a suspended orchestration leaves in its queue",
    source: "https://github.com/Azure/azure-functions-durable-extension/pull/2390",
    remark: "The real queue was long; ours is looked at two messages deep.",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: "    } else if (!starts) this.#queue = others;\n",
        replace:
          "    } else if (!starts && execution.isSuspended) {\n" +
          '      this.#queue = others.slice(0, 2).filter(({ body }) => body.type.startsWith("Execution"));\n' +
          "    } else if (!starts) this.#queue = others;\n",
      },
    ],
    workloads: ["letters", "families"],
  },
  {
    id: "G8",
    title: "a repeat of a message that is held until those before it have come takes the place of the next",
    source: "https://github.com/microsoft/durabletask-netherite/issues/105",
    remark: "The real messages were cut into fragments; what is put together here is the stream of a sender.",
    patches: [
      {
        file: "src/core/entity-inbox.ts",
        find: "    if (held.has(number)) return false;\n    held.set(number, message);\n",
        replace:
          "    if (held.has(number)) {\n" +
          "      const next = { ...message.position, number: number + 1 };\n" +
          "      held.set(number + 1, { ...message, position: next });\n" +
          "      return true;\n    }\n    held.set(number, message);\n",
      },
    ],
    workloads: ["actors", "entities"],
  },
  {
    id: "X190",
    title: "what is held until those before it have come is looked for once a turn, at its beginning",
    source: "own",
    patches: [
      {
        file: "src/core/entity-inbox.ts",
        find: '    if (verdict === "take" && this.#held.size > 0) this.#toCheck.push(position.stream);\n',
        replace: "",
      },
    ],
    workloads: ["actors", "entities"],
  },
  {
    id: "X191",
    title: "an entity that is handed out again runs one operation a turn, however many wait",
    source: "own",
    patches: [
      {
        file: "src/runtime/entity-processor.ts",
        find: "    return deliveryCount >= this.#setup.maxDeliveryCount ? 1 : Math.max(1, OPERATIONS_MAX >> (deliveryCount - 1));\n",
        replace: "    return 1;\n",
      },
    ],
    workloads: ["actors", "entities"],
  },
  {
    id: "G9",
    title: "the answer of an activity whose orchestration has ended meanwhile is never confirmed, and its work is kept",
    source: "https://github.com/microsoft/durabletask-netherite/pull/123",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: '        name: "activities",\n        apply: () => {\n          this.#state.removeActivity(activity);\n',
        replace:
          '        name: "activities",\n        apply: () => {\n' +
          "          const { owner, lock } = activity;\n" +
          "          if (isTerminal(owner.record.runtimeStatus) && lock !== undefined) {\n" +
          "            activity.lock = { ...lock, expiresAt: Infinity };\n" +
          "            this.#state.refreshActivity(activity);\n" +
          "          } else this.#state.removeActivity(activity);\n",
      },
    ],
    workloads: ["activities", "events"],
  },
  {
    id: "G10",
    title: "a timer's message is deleted although the worker gave it back",
    source: "https://github.com/dapr/dapr/issues/8194",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "    instance.batch = [];\n    if (request.isUncounted === true) instance.deliveryCount -= 1;\n",
        replace:
          '    for (const entry of instance.batch) if (entry.message.body.type === "TimerFired") instance.queue.remove(entry);\n' +
          "    instance.batch = [];\n    if (request.isUncounted === true) instance.deliveryCount -= 1;\n",
      },
    ],
    workloads: ["time"],
  },
  {
    id: "G11",
    title: "a turn ends while the code waits only for what the turn itself is about to bring",
    source: "https://github.com/restatedev/restate/issues/5196",
    patches: [
      {
        file: "src/core/turn.ts",
        find: '    if (execution.end?.kind !== "terminated") {\n      await settle();\n',
        replace: '    if (execution.end?.kind !== "terminated") {\n      await Promise.resolve();\n',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "G12",
    title: "an orchestration that comes to rest gives its activities to others while they run",
    source: "https://github.com/restatedev/sdk-typescript/issues/122",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "function endLock({ instance, commit }: TurnPlan): void {\n",
        replace:
          "function endLock({ state, instance, commit }: TurnPlan): void {\n" +
          "  for (const activity of instance.activities ?? []) {\n" +
          "    activity.lock = undefined;\n    state.refreshActivity(activity);\n  }\n",
      },
    ],
    workloads: ["activities"],
  },
];
