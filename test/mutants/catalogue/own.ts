/**
 * Group X: bugs of our own making, for promises that the list of real bugs does not touch.
 */
import type { Mutant } from "../mutant.ts";

export const own: readonly Mutant[] = [
  {
    id: "X4",
    title: "the count of attempts begins anew with each retry",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "    call.attempts += 1;\n",
        replace: "    call.attempts = 1;\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X5",
    title: "a suspended execution of an earlier life of the id is continued",
    source: "own",
    patches: [
      {
        file: "src/runtime/warm-cache.ts",
        find: "      entry.incarnation === incarnation &&\n      execution.setup.executionId === executionId &&\n",
        replace: '      (entry.incarnation === incarnation || executionId !== "") &&\n',
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "X8",
    title: "random numbers and ids that the code draws begin anew with each turn",
    source: "own",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    this.#inTurn = true;\n    this.time = time;\n",
        replace: "    this.#inTurn = true;\n    this.#chance = undefined;\n    this.time = time;\n",
      },
    ],
    workloads: ["time"],
  },
  {
    id: "X20",
    title: "each retry of a call has an idempotency key of its own",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "    const { name, input, attempts: attempt, idempotencyKey } = call;\n",
        replace:
          "    const { name, input, attempts: attempt } = call;\n" +
          "    const idempotencyKey = this.#keyPrefix + String(taskId);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X21",
    title: "all calls of an execution share one idempotency key",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "      call.idempotencyKey = this.#keyPrefix + String(taskId);\n",
        replace: "      call.idempotencyKey = this.#keyPrefix + call.name;\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X22",
    title: "events of one name are taken last in, first out",
    source: "own",
    patches: [
      {
        file: "src/core/external-events.ts",
        find: "    const index = this.#unprocessed.findIndex((event) => event.name.toLowerCase() === key);\n",
        replace: "    const index = this.#unprocessed.findLastIndex((event) => event.name.toLowerCase() === key);\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X23",
    title: "the names of events are told apart by case",
    source: "own",
    patches: [
      {
        file: "src/core/external-events.ts",
        find: "    const waiter = this.#waiters.get(event.name.toLowerCase())?.shift();\n",
        replace: "    const waiter = this.#waiters.get(event.name)?.shift();\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X24",
    title: "a replay feeds an async orchestrator all events of a turn before any of them has settled",
    source: "own",
    patches: [
      {
        file: "src/core/recall.ts",
        find: "    execution.feed(event);\n    await settled();\n  }\n  return undefined;\n}\n",
        replace: "    execution.feed(event);\n  }\n  await settled();\n  return undefined;\n}\n",
      },
    ],
    workloads: ["events", "activities"],
  },
  {
    id: "X25",
    title: "a turn that was not committed goes to the warm cache all the same",
    source: "own",
    remark: "The check of the last event id is gone with it: either one alone is harmless.",
    patches: [
      {
        file: "src/runtime/turn-processor.ts",
        find: "  complete({ commit }: Turn): Promise<void> {\n",
        replace:
          "  complete(turn: Turn): Promise<void> {\n    const { commit } = turn;\n" +
          '    if (!("entityTurn" in turn) && turn.execution !== undefined && turn.execution.end === undefined) {\n' +
          "      this.#setup.warm.put(turn.incarnation, turn.execution);\n    }\n",
      },
      {
        file: "src/runtime/warm-cache.ts",
        find: "      execution.lastEventId === item.lastEventId;\n",
        replace: "      execution.lastEventId >= item.lastEventId;\n",
      },
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "    if (execution.lastEventId === item.lastEventId) return this.#run(item, input, execution);\n",
        replace: "    if (execution.lastEventId >= item.lastEventId) return this.#run(item, input, execution);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X27",
    title: "a batch is consumed whole, also what the turn left for the next execution",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  const consumed = new Set(ids);\n",
        replace: "  const consumed = new Set(batch.map(({ message }) => message.messageId));\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X28",
    title: "ids that the code draws differ between a replay and the first run",
    source: "own",
    patches: [
      {
        file: "src/core/execution-context.ts",
        find: "    return this.#execution.chance.newGuid();\n",
        replace: '    return this.#execution.chance.newGuid() + (this.#execution.isReplaying ? "r" : "");\n',
      },
    ],
    workloads: ["time"],
  },
  {
    id: "X29",
    title: "an activity that gave up for its lost lease is answered as failed",
    source: "own",
    patches: [
      {
        file: "src/runtime/activity-processor.ts",
        find: "      if (lease.abortReason !== undefined) throw lease.abortReason;\n",
        replace: "",
      },
      {
        file: "src/runtime/activity-processor.ts",
        find: "      if (lease.abortReason instanceof LeaseLostError) throw lease.abortReason;\n",
        replace: "",
      },
      {
        file: "src/backends/memory/store-state.ts",
        find: '    return this.#owned(this.activities.get(lock.key), lock, "activity");\n',
        replace:
          "    const activity = this.activities.get(lock.key);\n" +
          '    return activity ?? this.#owned(activity, lock, "activity");\n',
      },
    ],
    remark: "The store takes a late answer, too.",
    workloads: ["time"],
  },
  {
    id: "X30",
    title: "whenAny is won by the last of the tasks that have settled",
    source: "own",
    patches: [
      {
        file: "src/core/durable-task.ts",
        find: "        if (!this.isCompleted) this.complete(child);\n",
        replace: "        if (!this.isCompleted) this.complete(children.at(-1) ?? child);\n",
      },
    ],
    workloads: ["events", "activities"],
  },
  {
    id: "X33",
    title: "a lease taken after a stall is dated back to the last round of renewals, and given up at once",
    source: "own: found by the simulator in this engine",
    patches: [
      {
        file: "src/runtime/lease-keeper.ts",
        find: "new Lease(item, this.#clock.monotonic())",
        replace: "new Lease(item, this.#roundAt)",
      },
    ],
    workloads: ["limits"],
  },
  {
    id: "X34",
    title: "an instance that has ended stays locked until the lease runs out",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  if (instance.lock?.token === commit.lock.token) {\n",
        replace: "  if (instance.lock?.token === commit.lock.token && !isTerminal(instance.record.runtimeStatus)) {\n",
      },
    ],
    workloads: ["activities", "time"],
  },
  {
    id: "X35",
    title: "the ids of messages that were seen are carried from execution to execution for ever",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "    .filter(([, seenAt]) => seenAt >= oldest)\n",
        replace: "    .filter(([, seenAt]) => seenAt >= 0 * oldest)\n",
      },
    ],
    workloads: ["reads"],
  },
  {
    id: "X36",
    title: "an instance reads as running while a worker holds its lock, also when it has ended",
    source: "own: a dirty read",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "    return this.#state.instances.get(instanceId)?.record;\n",
        replace:
          "    const instance = this.#state.instances.get(instanceId);\n" +
          "    if (instance === undefined || !this.#state.isHeld(instance)) return instance?.record;\n" +
          '    return { ...instance.record, runtimeStatus: "Running" };\n',
      },
    ],
    workloads: ["reads"],
  },
  {
    id: "X37",
    title: "a turn acknowledges all that was waiting when it began, not what it was handed",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "        instance.batch = batch;\n",
        replace: "        instance.batch = batch;\n        (instance as { waiting?: unknown }).waiting = visible;\n",
      },
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "function consume({ instance, consumed }: TurnPlan): void {\n  for (const entry of consumed) instance.queue.remove(entry);\n",
        replace:
          "function consume({ instance, consumed, commit }: TurnPlan): void {\n" +
          "  const { waiting = consumed } = instance as { waiting?: readonly QueueEntry[] };\n" +
          "  for (const entry of commit.next === undefined ? waiting : consumed) instance.queue.remove(entry);\n",
      },
    ],
    workloads: ["kitchen"],
  },
  {
    id: "X38",
    title: "a history is read without the event that was written last",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "    return this.#at(now).ownedInstance(lock).history.slice();\n",
        replace: "    return this.#at(now).ownedInstance(lock).history.slice(0, -1);\n",
      },
    ],
    workloads: ["kitchen"],
  },
  {
    id: "X39",
    title: "an activity that failed is to be tried again, and never is",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "    else open.goOn();\n",
        replace: "    else this.#execution.nextTaskId();\n",
      },
    ],
    workloads: ["kitchen"],
  },
  {
    id: "X40",
    title: "each retry has an idempotency key of its own",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "    const { name, input, attempts: attempt, idempotencyKey } = call;\n",
        replace:
          "    const { name, input, attempts: attempt } = call;\n" +
          '    const idempotencyKey = `${call.idempotencyKey}${attempt === 1 ? "" : `:${attempt}`}`;\n',
      },
    ],
    workloads: ["kitchen"],
  },
  {
    id: "X41",
    title: "an instance that is given up before its first turn has no start in its history",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  const start = instance.lastEventId === 0 ? [input.start.event] : [];\n",
        replace: "  const start: EventBody<IncomingEvent>[] = [];\n",
      },
    ],
    workloads: ["kitchen"],
  },
  {
    id: "X42",
    title: "a turn acknowledges as many messages as it took, the oldest ones",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  for (const entry of consumed) instance.queue.remove(entry);\n",
        replace:
          "  const taken = new Set(consumed.map(({ incarnation }) => incarnation)).size * consumed.length;\n" +
          "  const visible = instance.queue.entries().filter(({ message }) => message.dueTime === undefined);\n" +
          "  const timers = consumed.filter(({ message }) => message.dueTime !== undefined);\n" +
          "  for (const entry of [...timers, ...visible.slice(0, taken - timers.length)]) instance.queue.remove(entry);\n",
      },
    ],
    workloads: ["kitchen"],
  },
];
