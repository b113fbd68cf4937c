/**
 * Sub-orchestrations, events between orchestrations, suspension: bugs of our own making, some of which we made.
 */
import type { Mutant } from "../mutant.ts";

export const families: readonly Mutant[] = [
  {
    id: "X50",
    title: "a child that ends does not tell its parent",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "    messages: [...messages, ...toChildren, ...answerToParent(input.start.event.parent, end)],\n",
        replace: "    messages: [...messages, ...toChildren],\n",
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X51",
    title: "a child begins twice",
    source: "own",
    patches: [
      {
        file: "src/core/effects.ts",
        find: "        (starts ??= []).push(startOf(execution, decision));\n",
        replace:
          "        const child = startOf(execution, decision);\n" +
          "        const { event } = child.start;\n" +
          '        const twin = { ...event, instanceId: event.instanceId + "+", executionId: event.executionId + "+" };\n' +
          "        const start = { ...child.start, event: twin };\n" +
          '        (starts ??= []).push(child, { ...child, instanceId: twin.instanceId, incarnation: child.incarnation + "+", start });\n',
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X52",
    title: "a child that is tried again under its id finds it taken by the try before",
    source: "own",
    patches: [
      {
        file: "src/core/sub-orchestration-calls.ts",
        find: "      decision.replaces = childIncarnation(executionId, call.lastTaskId);\n",
        replace: "      decision.replaces = childIncarnation(executionId, taskId);\n",
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X53",
    title: "events of a sender are taken in the order in which they come",
    source: "own",
    patches: [
      {
        file: "src/core/arrivals.ts",
        find: '    else if (this.streams.judge(position) === "hold") {\n',
        replace: '    else if (this.streams.judge(position) === "hold" && position.number < 0) {\n',
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X54",
    title: "an event of another orchestration that comes again is taken again",
    source: "own",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: "  return [first, putBackId(first)];\n",
        replace: "  return [putBackId(first)];\n",
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X55",
    title: "events that came before others of their sender are lost at continue-as-new",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "    carriedEvents: [...(end.preserve ? left : []), ...early.map(bareEvent)],\n",
        replace: "    carriedEvents: [...(end.preserve ? left : []), ...early.slice(0, 0).map(bareEvent)],\n",
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X56",
    title: "a sender that continues as new begins to number anew, and its events overtake those before",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "      ...(sent.length === 0 ? {} : { sent }),\n",
        replace: "",
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X57",
    title: "a receiver that continues as new forgets how far its senders came, and waits for what it has had",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "      ...(received.length === 0 ? {} : { received }),\n",
        replace: "",
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X58",
    title: "what comes while an orchestration is suspended is gone when it is resumed",
    source: "own; compare https://github.com/Azure/durabletask/pull/798",
    patches: [
      {
        file: "src/core/arrivals.ts",
        find: "        this.isSuspended = false;\n",
        replace: "        this.isSuspended = false;\n        this.#ready = [];\n        this.#answered.clear();\n",
      },
    ],
    workloads: ["letters", "families"],
  },
  {
    id: "X59",
    title: "a replay does not suspend, so a suspended orchestration that leaves memory goes on",
    source: "own",
    patches: [
      {
        file: "src/core/recall.ts",
        find: "    if (!isExpected(execution, event)) return unexpectedEvent(execution, event);\n    execution.feed(event);\n    await settled();\n",
        replace:
          '    if (event.type === "ExecutionSuspended") continue;\n    if (!isExpected(execution, event)) return unexpectedEvent(execution, event);\n    execution.feed(event);\n    await settled();\n',
      },
      {
        file: "src/core/recall.ts",
        find: '    if (event.type === "ExecutionStarted" && isSuspendedAtStart(incoming)) execution.holdStart(event);\n',
        replace:
          '    if (event.type === "ExecutionSuspended") continue;\n    if (event.type === "ExecutionStarted" && isSuspendedAtStart(incoming)) execution.holdStart(event);\n',
      },
    ],
    workloads: ["letters", "families"],
  },
  {
    id: "X60",
    title: "a recursive termination ends the children, and not theirs",
    source: "own",
    patches: [
      {
        file: "src/core/effects.ts",
        find: '    body: { type: "ExecutionTerminated", isRecursive: true, incarnation: childIncarnation(executionId, taskId) },\n',
        replace: '    body: { type: "ExecutionTerminated", incarnation: childIncarnation(executionId, taskId) },\n',
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X61",
    title: "a recursive termination ends whoever has the id of a child that was refused",
    source: "own",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: '  return body.type === "ExecutionTerminated" && (body.incarnation ?? incarnation) === incarnation;\n',
        replace: '  return body.type === "ExecutionTerminated" && incarnation !== "";\n',
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X62",
    title: "a copy of the order to suspend, taken back before the first turn, holds the start for ever",
    source: "own: we made it, and the law of redelivered orders did not look before the first turn",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: '    return (body.type === "ExecutionSuspended" || body.type === "ExecutionResumed") && !seen.has(messageId);\n',
        replace:
          '    return (body.type === "ExecutionSuspended" || body.type === "ExecutionResumed") && messageId !== "" && seen.size >= 0;\n',
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X63",
    title: "a child that continues as new forgets its parent",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: '      ...present("parent", parent),\n',
        replace: "",
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X64",
    title: "a turn that terminates begins its children after all",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: '  const notBegun = end.kind === "terminated" ? { activities: [], starts: [] } : undefined;\n',
        replace: '  const notBegun = end.kind === "terminated" ? { activities: [] } : undefined;\n',
      },
    ],
    workloads: ["families"],
  },
  {
    id: "X65",
    title: "a new life of the receiver's id waits for what its predecessor got",
    source: "own",
    patches: [
      {
        file: "src/core/event-admission.ts",
        find: "  if (stream === incarnation || previousSentAt > createdAt) return",
        replace: "  if (stream === incarnation || previousSentAt >= 0) return",
      },
    ],
    workloads: ["letters"],
  },
  {
    id: "X66",
    title: "an answer that comes again while the orchestration is suspended is recorded again",
    source: "own",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: '  if ("taskId" in body && execution.holdsAnswer(body.taskId)) return "unknown-task";\n',
        replace: "",
      },
    ],
    workloads: ["pauses"],
  },
  {
    id: "B16b",
    title: "an order to resume finds the orchestration resumed, and lets go once more what the one before it let go",
    source: "https://github.com/mastra-ai/mastra/issues/20443",
    remark: "B16 once more, with two orders to resume, as in the real bug.",
    patches: [
      {
        file: "src/core/arrivals.ts",
        find: "        this.isSuspended = false;\n",
        replace:
          "        if (this.isSuspended) this.letGo = [...this.#ready];\n" +
          "        else this.#ready.push(...this.letGo);\n" +
          "        this.isSuspended = false;\n",
      },
      {
        file: "src/core/arrivals.ts",
        find: "  isSuspended = false;\n",
        replace: "  isSuspended = false;\n  letGo: Visible[] = [];\n",
      },
    ],
    workloads: ["pauses"],
  },
];
