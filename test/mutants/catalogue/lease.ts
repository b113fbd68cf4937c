/**
 * Group B: leases that are lost, and workers that do not know it.
 */
import type { Mutant } from "../mutant.ts";

export const lease: readonly Mutant[] = [
  {
    id: "B2",
    title: "a worker that has lost its lease removes the messages that it could not commit",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/460",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  const instance = state.ownedInstance(commit.lock);\n",
        replace:
          "  try {\n    state.ownedInstance(commit.lock);\n  } catch (error) {\n" +
          "    for (const id of commit.consumed) state.instances.get(commit.lock.key)?.queue.cancel(id);\n" +
          "    throw error;\n  }\n  const instance = state.ownedInstance(commit.lock);\n",
      },
    ],
    workloads: ["events", "activities"],
  },
  {
    id: "B3",
    title: "the status row is updated outside the fenced transaction, so a refused turn still changes it",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/3375",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  const instance = state.ownedInstance(commit.lock);\n",
        replace:
          "  try {\n    state.ownedInstance(commit.lock);\n  } catch (error) {\n" +
          "    const seen = state.instances.get(commit.lock.key);\n" +
          "    if (seen !== undefined) seen.record = instanceRecord(seen.record, seen.record, commit.status, state.nextRevision());\n" +
          "    throw error;\n  }\n  const instance = state.ownedInstance(commit.lock);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "B4",
    title: "a worker that could not commit never releases its lock, and goes on renewing it",
    source: "https://github.com/Azure/durabletask/issues/860",
    patches: [
      {
        file: "src/runtime/work-loop.ts",
        find: "      await this.#giveUp(item, error);\n    } finally {\n      this.#leases.release(lease);\n      this.#tellEnd();\n    }\n",
        replace:
          "      if (error instanceof StorageError) return;\n      await this.#giveUp(item, error);\n    }\n    this.#leases.release(lease);\n    this.#tellEnd();\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "B5",
    title: "renewing a lock replaces the token that the result is to be recorded under",
    source: "https://github.com/Azure/durabletask/pull/1197",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "    activity.lock = renewed(activity, state.now + leaseMs);\n",
        replace: '    activity.lock = state.newLock(activity.lock?.workerId ?? "", leaseMs);\n',
      },
    ],
    workloads: ["time"],
  },
  {
    id: "B6",
    title: "a lease is never renewed",
    source: "https://github.com/microsoft/durabletask-go/issues/136",
    patches: [
      {
        file: "src/runtime/lease-keeper.ts",
        find: "      await this.#renew(lease.item.lock, this.#leaseMs);\n",
        replace: "      await Promise.resolve();\n",
      },
    ],
    workloads: ["time"],
  },
  {
    id: "B7",
    title: "an instance is handed out without a look at its lock",
    source: "https://github.com/microsoft/durabletask-go/issues/59",
    patches: [
      {
        file: "src/backends/memory/store-state.ts",
        find: "    const heldUntil = Math.max(instance.lock?.expiresAt ?? -Infinity, instance.notBefore);\n",
        replace: "    const heldUntil = instance.notBefore;\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "B8",
    title: "a commit does not look at its lock's token, so a worker that lost its lease still commits",
    source: "https://github.com/dbos-inc/dbos-transact-py/issues/742",
    patches: [
      {
        file: "src/backends/memory/store-state.ts",
        find: "    if (unit?.lock?.token === lock.token && this.isHeld(unit)) return unit;\n",
        replace: "    if (unit !== undefined) return unit;\n",
      },
    ],
    workloads: ["activities", "events"],
  },
  {
    id: "B10",
    title: "a worker whose commit was refused for its lost lease carries on as if it had succeeded",
    source: "https://github.com/dbos-inc/dbos-transact-py/issues/818",
    remark: "It keeps the execution in memory; that fits when the winner's turn had as many events, but others.",
    patches: [
      {
        file: "src/runtime/work-loop.ts",
        find: "          if (!(error instanceof StorageError) || attempt === COMPLETE_ATTEMPTS) throw error;\n",
        replace:
          "          if (error instanceof LeaseLostError) break;\n" +
          "          if (!(error instanceof StorageError) || attempt === COMPLETE_ATTEMPTS) throw error;\n",
      },
    ],
    workloads: ["time", "events"],
    needs: ["worker-paused"],
  },
  {
    id: "B14",
    title: "a suspended execution in memory is continued although another worker has gone on with the instance",
    source: "https://github.com/Azure/durabletask/issues/1019",
    patches: [
      {
        file: "src/runtime/warm-cache.ts",
        find: "      execution.setup.executionId === executionId &&\n      execution.lastEventId === item.lastEventId;\n",
        replace: "      execution.setup.executionId === executionId;\n",
      },
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "    if (execution.lastEventId === item.lastEventId) return this.#run(item, input, execution);\n",
        replace:
          "    if (execution.lastEventId > 0 || item.lastEventId === 0) return this.#run(item, input, execution);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "B15",
    title: "a worker that got no answer from the store steps down, and never asks again",
    source: "https://github.com/restatedev/restate/issues/2655",
    patches: [
      {
        file: "src/runtime/work-loop.ts",
        find: "        await clock.sleep(backoffMs(failures++), signal);\n",
        replace: "        await clock.sleep(failures++ > 0 ? 0 : Infinity, signal);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "B16",
    title: "two starts of one id both pass the check that it is free: the second replaces the first",
    source: "https://github.com/mastra-ai/mastra/issues/20443",
    patches: [
      {
        file: "src/backends/memory/life-plan.ts",
        find: 'if (kind === "entity" || !request.replaceStatuses.includes(runtimeStatus)) {\n',
        replace:
          'if (runtimeStatus !== "Pending" && (kind === "entity" || !request.replaceStatuses.includes(runtimeStatus))) {\n',
      },
    ],
    workloads: ["lifecycle"],
  },
  {
    id: "X31",
    title: "a lock never runs out: whoever dies with it takes its instance along",
    source: "own; compare https://github.com/Azure-Samples/Durable-Task-Scheduler/issues/388",
    patches: [
      {
        file: "src/backends/memory/store-state.ts",
        find: "    const readyAt = workAt === Infinity ? undefined : Math.max(workAt, heldUntil);\n",
        replace:
          "    const isLocked = instance.lock !== undefined;\n    const readyAt = workAt === Infinity || isLocked ? undefined : Math.max(workAt, heldUntil);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X32",
    title: "an activity's lock never runs out",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find: "      activity.lock = lock;\n",
        replace: "      activity.lock = { ...lock, expiresAt: Infinity };\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "B13",
    title: "an entity's data is written outside the fenced transaction, so that who comes last wins",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/2437",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "  const instance = state.ownedInstance(commit.lock);\n",
        replace:
          "  try {\n    state.ownedInstance(commit.lock);\n  } catch (error) {\n" +
          "    const seen = state.instances.get(commit.lock.key);\n" +
          "    if (seen?.entity !== undefined && commit.entity !== undefined) seen.entity = commit.entity;\n" +
          "    throw error;\n  }\n  const instance = state.ownedInstance(commit.lock);\n",
      },
    ],
    workloads: ["entities", "actors"],
  },
];
