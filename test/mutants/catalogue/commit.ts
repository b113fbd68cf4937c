/**
 * Group A: a crash or a lost answer in the wrong moment of a commit.
 */
import type { Mutant } from "../mutant.ts";

export const commit: readonly Mutant[] = [
  {
    id: "A1",
    title: "an activity is removed from its queue in a transaction before the one that delivers its result",
    source: "https://github.com/microsoft/duroxide/commit/b05336a2738ad02335a04f229c27bfbb10ff4d18",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: '        name: "messages",\n        apply: () => {\n          this.#state.deliver(commit.message);\n        },\n      },\n      {\n        name: "activities",\n        apply: () => {\n          this.#state.removeActivity(activity);\n        },\n',
        replace:
          '        name: "activities",\n        transaction: 0,\n        apply: () => {\n          this.#state.removeActivity(activity);\n        },\n      },\n      {\n        name: "messages",\n        transaction: 1,\n        apply: () => {\n          this.#state.deliver(commit.message);\n        },\n',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "A2",
    title: "a timer's message is acknowledged as it is handed out, before TimerFired is durable",
    source: "https://github.com/microsoft/duroxide/commit/b177bd6896f2510cb42c83451ab5d909f840dd65",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "        instance.batch = batch;\n",
        replace:
          "        instance.batch = batch;\n" +
          '        for (const entry of batch) if (entry.message.body.type === "TimerFired") instance.queue.remove(entry);\n',
      },
    ],
    workloads: ["time"],
  },
  {
    id: "A4",
    title: "the status row is written in a second transaction, and nothing repairs it",
    source: "https://github.com/Azure/durabletask/issues/1252",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "    name: part.name,\n    apply",
        replace:
          '    name: part.name,\n    transaction: part.name === "status" || part.name === "lock" ? 1 : 0,\n    apply',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "A5",
    title: "activities become visible in a transaction before the history that asked for them",
    source: "https://github.com/Azure/durabletask/pull/331",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "    name: part.name,\n    apply",
        replace: '    name: part.name,\n    transaction: part.name === "activities" ? 0 : 1,\n    apply',
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  return PARTS.filter((part) => part.isNeeded(plan))",
        replace:
          '  return [...PARTS].sort((a, b) => Number(b.name === "activities") - Number(a.name === "activities")).filter((part) => part.isNeeded(plan))',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "A6",
    title: "a turn with more than eight events loses the rest of them",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/231",
    remark: "The real limit was 98 actions in a batch.",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  for (const event of commit.events) instance.history.push(event);\n",
        replace: "  for (const event of commit.events.slice(0, 8)) instance.history.push(event);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "A8",
    title:
      "timers are set in a transaction after the one that records the turn: a crash between them loses the wake-up",
    source: "https://github.com/dapr/dapr/pull/9843",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "    name: part.name,\n    apply",
        replace: '    name: part.name,\n    transaction: part.name === "timers" ? 1 : 0,\n    apply',
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  return PARTS.filter((part) => part.isNeeded(plan))",
        replace:
          '  return [...PARTS].sort((a, b) => Number(a.name === "timers") - Number(b.name === "timers")).filter((part) => part.isNeeded(plan))',
      },
    ],
    workloads: ["time"],
  },
  {
    id: "A10",
    title: "a turn whose commit got no answer is appended once more, with fresh event ids",
    source: "https://github.com/cadence-workflow/cadence/issues/4316",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find:
          "  if (state.instances.get(commit.lock.key)?.lastCommitRequestId === commit.requestId) return undefined;\n" +
          "  const instance = state.ownedInstance(commit.lock);\n" +
          "  checkTurn(instance, commit);\n",
        replace:
          "  const known = state.instances.get(commit.lock.key);\n" +
          "  const isRepeated = known?.lastCommitRequestId === commit.requestId;\n" +
          "  const instance = isRepeated ? known : state.ownedInstance(commit.lock);\n" +
          "  if (!isRepeated) checkTurn(instance, commit);\n",
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  for (const event of commit.events) instance.history.push(event);\n",
        replace:
          "  for (const event of commit.events) instance.history.push({ ...event, eventId: instance.history.length + 1 });\n",
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: '  assert(entries.length === consumed.size, "a turn consumes only messages of its work item");\n',
        replace: "",
      },
    ],
    workloads: ["activities", "time"],
    needs: ["ambiguous-commit"],
  },
  {
    id: "A12",
    title: "messages leave the queue in a transaction before the turn that consumes them",
    source: "https://github.com/dbos-inc/dbos-transact-py/pull/232",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "    name: part.name,\n    apply",
        replace: '    name: part.name,\n    transaction: part.name === "inbox" ? 0 : 1,\n    apply',
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  return PARTS.filter((part) => part.isNeeded(plan))",
        replace:
          '  return [...PARTS].sort((a, b) => Number(b.name === "inbox") - Number(a.name === "inbox")).filter((part) => part.isNeeded(plan))',
      },
    ],
    workloads: ["events", "activities"],
  },
  {
    id: "A15",
    title: "an activity's answer settles the call that has waited longest, whichever it answers",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/559",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: '    const open = this.#take(event.taskId);\n    assert(open.kind === "activity"',
        replace:
          '    const [oldest = event.taskId] = [...this.#open].find(([, { kind }]) => kind === "activity") ?? [];\n' +
          '    const open = this.#take(oldest);\n    assert(open.kind === "activity"',
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "A9",
    title:
      "a purge is noted in a transaction before the one that removes the instance, so that asked again it does nothing",
    source: "https://github.com/cadence-workflow/cadence/issues/1478",
    remark: "The real purge removed the state first, and left the history for good.",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: "  return { answer, steps: [removal, note] };\n",
        replace: "  return { answer, steps: [{ ...note, transaction: 0 }, { ...removal, transaction: 1 }] };\n",
      },
    ],
    workloads: ["lifecycle", "management"],
  },
  {
    id: "A13",
    title: "of two starts of an id, the execution of the second runs under the status row of the first",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/1886",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: "    throw new InstanceAlreadyExistsError(request.instanceId, runtimeStatus);\n",
        replace:
          '    if (runtimeStatus === "Pending") existing.start = request.start;\n' +
          "    throw new InstanceAlreadyExistsError(request.instanceId, runtimeStatus);\n",
      },
    ],
    workloads: ["lifecycle"],
  },
];
