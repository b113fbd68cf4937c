/**
 * Group G: critical sections. A lock that is left, or that does not keep others out.
 */
import type { Mutant } from "../mutant.ts";

const SECTIONS = ["sections"] as const;

export const locks: readonly Mutant[] = [
  {
    id: "G3",
    title: "an orchestration counts as inside a critical section while it still asks for the locks",
    source: "https://github.com/Azure/durabletask/pull/1248",
    patches: [
      {
        file: "src/core/critical-sections.ts",
        find: "    return this.#section?.isGranted === true ? this.#section : undefined;\n",
        replace: "    return this.#section;\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X90",
    title: "an orchestration that throws inside a critical section keeps its locks",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/1325",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    if (this.#end !== undefined) this.#entities?.end();\n",
        replace: '    if (this.#end !== undefined && this.#end.kind !== "failed") this.#entities?.end();\n',
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X91",
    title: "an orchestration that is terminated inside a critical section keeps its locks",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/2743",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    if (this.#end !== undefined) this.#entities?.end();\n",
        replace: '    if (this.#end !== undefined && this.#end.kind !== "terminated") this.#entities?.end();\n',
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X92",
    title: "an orchestration that the engine fails inside a critical section keeps its locks",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  const unlocks = unlocksAfter(history, time);\n",
        replace: "  const unlocks = unlocksAfter(history, time).slice(0, 0);\n",
      },
    ],
    workloads: ["unfaithful"],
  },
  {
    id: "X93",
    title: "what unlocks a section that was not granted is sent to each entity, and overtakes the request",
    source: "own; compare https://github.com/Azure/azure-functions-durable-extension/issues/2228",
    patches: [
      {
        file: "src/core/section-unlocks.ts",
        find: "  if (isGranted) {\n",
        replace: "  if (isGranted || lockSet.length > 0) {\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X94",
    title: "locks are taken in the order in which the orchestration names the entities",
    source: "own",
    patches: [
      {
        file: "src/core/entity-calls.ts",
        find: "  return [...new Set(ids)].sort();\n",
        replace: "  return [...new Set(ids)];\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X95",
    title: "a request for a lock that comes twice is granted twice",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/2228",
    patches: [
      {
        file: "src/core/entity-inbox.ts",
        find: '    else if (verdict === "take") return { messageId, body };\n',
        replace:
          '    else if (verdict === "take" || (verdict === "duplicate" && body.type === "EntityLockRequested")) {\n' +
          "      return { messageId, body };\n    }\n",
      },
      {
        file: "src/core/entity-inbox.ts",
        find: '    else if (verdict === "duplicate" || !this.#hold({ messageId, body, position })) {\n',
        replace: '    if (!isStrange && (verdict === "duplicate" || !this.#hold({ messageId, body, position }))) {\n',
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X96",
    title: "locks that were granted to an earlier execution count for the current one",
    source: "own; compare https://github.com/Azure/durabletask/pull/1303",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: "  if (message.executionId !== undefined && message.executionId !== execution.setup.executionId) {\n",
        replace:
          '  const isGrant = message.body.type === "EntityLockGranted";\n' +
          "  if (message.executionId !== undefined && !isGrant && message.executionId !== execution.setup.executionId) {\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X97",
    title: "an order to unlock ends whatever section holds the entity",
    source: "own",
    patches: [
      {
        file: "src/core/entity-turn.ts",
        find: "    if (this.#lock?.criticalSectionId !== criticalSectionId) {\n",
        replace: "    if (this.#lock === undefined) {\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X98",
    title: "a locked entity runs what others call",
    source: "own",
    patches: [
      {
        file: "src/core/entity-turn.ts",
        find: "        if (isFree || this.#lock?.criticalSectionId === body.criticalSectionId) {\n",
        replace: '        if (isFree || body.caller.executionId !== "") {\n',
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X99",
    title: "the request of an orchestration that has ended goes on waiting for the lock, and gets it",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/1977",
    patches: [
      {
        file: "src/core/entity-inbox.ts",
        find: "    this.#waiting.splice(index, 1);\n    return true;\n",
        replace: "    return true;\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X100",
    title: "the order to unlock does not follow the request beyond the first entity",
    source: "own",
    patches: [
      {
        file: "src/core/entity-turn.ts",
        find: "    const next = lockSet === undefined ? undefined : this.#nextOf(lockSet);\n",
        replace: "    const next = lockSet === undefined ? undefined : this.#nextOf(lockSet.slice(0, 0));\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X101",
    title: "a locked entity runs signals",
    source: "own",
    patches: [
      {
        file: "src/core/entity-turn.ts",
        find: "        if (isFree) return this.#toCall(messageId, body);\n",
        replace: "        return this.#toCall(messageId, body);\n",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X102",
    title: "a release gives back the lock of the first entity alone",
    source: "https://github.com/Azure/azure-functions-durable-js/pull/712",
    patches: [
      {
        file: "src/core/section-unlocks.ts",
        find: "    return lockSet.map((entityId) => (",
        replace: "    return lockSet.slice(0, 1).map((entityId) => (",
      },
    ],
    workloads: SECTIONS,
  },
  {
    id: "X103",
    title: "a call waits for the one before it, which its entity took and forgot long ago",
    source: "own; the simulator found it while critical sections were built",
    patches: [
      {
        file: "src/core/entity-inbox.ts",
        find: "    const verdict = this.#streams.judge(position, this.#time, isStrange || this.#isForgotten(position));\n",
        replace: "    const verdict = this.#streams.judge(position, this.#time, isStrange);\n",
      },
    ],
    workloads: ["pauses"],
  },
  {
    id: "X104",
    title: "sections of two orchestrations have the same id",
    source: "own",
    patches: [
      {
        file: "src/core/entity-calls.ts",
        find: "    const section = sections.request(`${executionId}:${taskId}`, lockSet);\n",
        replace: "    const section = sections.request(`${executionId.slice(0, 0)}:${taskId}`, lockSet);\n",
      },
    ],
    workloads: SECTIONS,
  },
];
