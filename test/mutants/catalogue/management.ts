/**
 * Bugs in how orchestrations are managed: rewinds, restarts, purges, replacements and versions.
 */
import type { Mutant } from "../mutant.ts";

export const management: readonly Mutant[] = [
  {
    id: "X110",
    title: "a rewind takes back a result that there was",
    source: "own",
    patches: [
      {
        file: "src/core/rewind.ts",
        find: "    const left = incoming.filter((one) => !removed.has(one));\n    if (left.length === 0 && decisions",
        replace:
          '    const left = incoming.filter((one) => !removed.has(one) && (one.type !== "TaskCompleted" || turns.length < 3));\n' +
          "    if (left.length === 0 && decisions",
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X111",
    title: "a rewind forgets what came in the turn that failed",
    source: "own",
    patches: [
      {
        file: "src/core/rewind.ts",
        find: "      refed: [...suspended, ...refed, ...start.carriedEvents],\n",
        replace:
          '      refed: [...suspended, ...refed.filter(({ type }) => type === "TaskFailed"), ...start.carriedEvents],\n',
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X112",
    title: "a rewound execution keeps its id, so that the old failure's answer counts again",
    source: "own",
    patches: [
      {
        file: "src/core/rewind.ts",
        find: "      executionId: uuidV5(`${event.executionId}:rewound:${order.requestId}`),\n",
        replace: '      executionId: order.requestId === "" ? uuidV5("never") : event.executionId,\n',
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X113",
    title: "a recursive purge removes the parent and leaves its sub-orchestrations",
    source: "own",
    patches: [
      {
        file: "src/client/purge.ts",
        find: "    for (const child of children) if (!seen.has(child.instanceId)) await this.#removeTree(child, seen);\n",
        replace: "    for (const child of children) if (!seen.has(instanceId)) await this.#removeTree(child, seen);\n",
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X114",
    title: "a recursive purge removes the parent first, and loses the way to the rest when it is broken off",
    source: "own",
    patches: [
      {
        file: "src/client/purge.ts",
        find: "    seen.add(instanceId);\n    const children: InstanceRecord[] = [];\n",
        replace:
          "    seen.add(instanceId);\n    const { clock, backend, ids } = this.#setup;\n" +
          "    if (this.#isRecursive) await persistently(clock, () => backend.purgeInstance({ requestId: ids.newId(), instanceId })).catch(() => undefined);\n" +
          "    const children: InstanceRecord[] = [];\n",
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X115",
    title: "a restart loses the tags",
    source: "own",
    patches: [
      {
        file: "src/client/restart.ts",
        find: '    ...present("tags", tags),\n',
        replace: '    ...present("tags", instanceId === "" ? tags : undefined),\n',
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X116",
    title: "a restart loses the version",
    source: "own",
    patches: [
      {
        file: "src/client/restart.ts",
        find: '    ...present("version", version),\n',
        replace: '    ...present("version", instanceId === "" ? version : undefined),\n',
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X117",
    title: "guids and idempotency keys begin anew after a rewind",
    source: "own",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    return this.setup.seed ?? this.setup.executionId;\n",
        replace: "    return this.setup.executionId;\n",
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X118",
    title: "a child that failed is told nothing when its parent is rewound",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/reopening.ts",
        find: '    case "Failed":\n      reopen(state, child, order);\n',
        replace: '    case "Failed":\n      if (order.requestId === "") reopen(state, child, order);\n',
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X119",
    title: "a repeated request to rewind reopens what has failed again",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/reopening.ts",
        find: "    state.requests.remember(key, true, state.now);\n",
        replace: "",
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X135",
    title: "a recursive termination passes by the children of an orchestration that was rewound",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  return terminationOfChildren(execution.executionId, children);\n",
        replace: "  return terminationOfChildren(execution.setup.executionId, children);\n",
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X136",
    title: "replay takes a rewound first turn that is terminated for one in which the code never ran",
    source: "own: the engine had it",
    patches: [
      {
        file: "src/core/recall.ts",
        find: 'function isTerminatedAtStart([first, second]: readonly EventBody<IncomingEvent>[]): boolean {\n  return first?.type === "ExecutionStarted" && second?.type === "ExecutionTerminated";\n',
        replace:
          'function isTerminatedAtStart([first, ...rest]: readonly EventBody<IncomingEvent>[]): boolean {\n  return first?.type === "ExecutionStarted" && rest.some(({ type }) => type === "ExecutionTerminated");\n',
      },
    ],
    workloads: ["revivals"],
  },
  {
    id: "X137",
    title: "a rewound orchestration asks again for what was answered while it was suspended",
    source: "own: the engine had it",
    patches: [
      {
        file: "src/core/rewound-effects.ts",
        find: '  if ("taskId" in decision && execution.holdsAnswer(decision.taskId)) return [];\n',
        replace: "",
      },
    ],
    workloads: ["revivals"],
  },
  {
    id: "X138",
    title: "the code of an orchestration that was suspended before its start begins with a rewind",
    source: "own: the engine had it",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: "    this.startsSuspended = suspension !== undefined || isHeld;\n",
        replace: "    this.startsSuspended = suspension !== undefined;\n",
      },
    ],
    workloads: ["revivals"],
    remark: "The history says that it was suspended: the engine's own mistake was to forget that too.",
  },
  {
    id: "X139",
    title: "events that come in the turn in which the engine fails an instance are lost to a rewind",
    source: "own: the engine had it",
    patches: [
      {
        file: "src/core/unseen-events.ts",
        find: '    case "EventRaised":\n    case "ExecutionSuspended":\n    case "ExecutionResumed":\n      return [toEvent',
        replace: '    case "ExecutionSuspended":\n    case "ExecutionResumed":\n      return [toEvent',
      },
    ],
    workloads: ["revivals"],
  },
  {
    id: "X166",
    title:
      "an order to suspend or to resume that comes in the turn in which the engine fails an instance is lost to a rewind",
    source: "own: the engine had it",
    patches: [
      {
        file: "src/core/unseen-events.ts",
        find: '    case "ExecutionSuspended":\n    case "ExecutionResumed":\n      return [toEvent',
        replace: "      return [toEvent",
      },
    ],
    workloads: ["revivals"],
  },
  {
    id: "X167",
    title: "an instance is failed for its version before its time, and begins at once when it is rewound",
    source: "own: the engine had it",
    patches: [
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "    if (!hasBegun && needsNoCode(input)) return",
        replace: "    if (!hasBegun && !needsNoCode(input) && needsNoCode(input)) return",
      },
    ],
    workloads: ["revivals"],
  },
  {
    id: "D4",
    title: "what a rewound execution had seen is forgotten, so that a repeated message counts again",
    source: "https://github.com/temporalio/temporal/issues/4028",
    patches: [
      {
        file: "src/core/execution.ts",
        find: '      case "ExecutionRewound":\n        this.#noteSeen(event.messageId, this.time);\n',
        replace: '      case "ExecutionRewound":\n        this.#seen = undefined;\n',
      },
    ],
    workloads: ["management"],
  },
];
