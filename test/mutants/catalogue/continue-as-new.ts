/**
 * Group C: continue-as-new, and what belongs to which execution.
 */
import type { Mutant } from "../mutant.ts";

export const continueAsNew: readonly Mutant[] = [
  {
    id: "C1",
    title: "an event that comes in the turn that continues as new is dropped",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/67",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: '    if (end?.kind === "continued" && message.executionId === undefined) return undefined;\n',
        replace: "",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "C2",
    title: "events that nobody has waited for yet do not reach the next execution",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/676",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "    carriedEvents: [...(end.preserve ? left : []), ...early.map(bareEvent)],\n",
        replace: "    carriedEvents: [...left.slice(0, 0), ...early.map(bareEvent)],\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "C5",
    title: "a timer of a later execution carries the id of the first one",
    source: "https://github.com/Azure/durabletask/issues/285",
    patches: [
      {
        file: "src/core/effects.ts",
        find:
          '        const body = { type: "TimerFired", taskId, fireAt } as const;\n' +
          "        timers.push({\n" +
          "          messageId: answerMessageId(executionId, taskId),\n" +
          "          instanceId,\n" +
          "          executionId,\n",
        replace:
          '        const body = { type: "TimerFired", taskId, fireAt } as const;\n' +
          "        const cached = FIRST_EXECUTIONS.get(instanceId) ?? executionId;\n" +
          "        FIRST_EXECUTIONS.set(instanceId, cached);\n" +
          "        timers.push({\n" +
          "          messageId: answerMessageId(cached, taskId),\n" +
          "          instanceId,\n" +
          "          executionId: cached,\n",
      },
      {
        file: "src/core/effects.ts",
        find: "const NOTHING: readonly never[] = [];\n",
        replace: "const NOTHING: readonly never[] = [];\nconst FIRST_EXECUTIONS = new Map<string, string>();\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "C8",
    title: "carried events are fed before the execution has started",
    source: "https://github.com/microsoft/durabletask-js/pull/269",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: "    else if (suspension === undefined) this.#queue = [start.event, ...start.carriedEvents, ...others];\n",
        replace:
          "    else if (suspension === undefined) this.#queue = [...start.carriedEvents, start.event, ...others];\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "C9",
    title: "a termination in the turn that continues as new is applied as well",
    source: "https://github.com/Azure/azure-functions-durable-extension/issues/2264",
    patches: [
      {
        file: "src/core/inbox.ts",
        find:
          '    if (end?.kind === "continued" && message.executionId === undefined) return undefined;\n' +
          "    this.consumed.push(message.messageId);\n",
        replace:
          '    const isTermination = message.body.type === "ExecutionTerminated";\n' +
          '    if (end?.kind === "continued" && message.executionId === undefined && !isTermination) return undefined;\n' +
          "    this.consumed.push(message.messageId);\n" +
          '    if (end?.kind === "continued" && isTermination) return toEvent(message.body, message.messageId, undefined);\n',
      },
    ],
    workloads: ["events"],
  },
  {
    id: "C11",
    title: "an answer is taken for the current execution's, whichever execution asked",
    source: "https://github.com/Azure/durabletask/pull/1303",
    patches: [
      {
        file: "src/core/inbox.ts",
        find: "  if (message.executionId !== undefined && message.executionId !== execution.setup.executionId) {\n",
        replace: "  if (message.executionId !== undefined && execution.end !== undefined) {\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X2",
    title: "the ids of consumed messages do not survive continue-as-new, so a duplicate is taken for new",
    source: "own; compare https://github.com/temporalio/temporal/issues/4028",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "      ...(seenMessages.length === 0 ? {} : { seenMessages }),\n",
        replace: "",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X9",
    title: "the custom status is lost at continue-as-new",
    source: "own",
    patches: [
      {
        file: "src/core/turn.ts",
        find: '      ...present("customStatus", execution.customStatus),\n',
        replace: "",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X10",
    title: "idempotency keys repeat after continue-as-new",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "    this.#keyPrefix = `${execution.executionId}:`;\n",
        replace:
          "    const { setup } = execution as unknown as { readonly setup: { readonly instanceId: string } };\n" +
          "    this.#keyPrefix = `${setup.instanceId}:`;\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "C7",
    title: "what an execution sends in the turn in which it continues as new is not sent",
    source: "https://github.com/microsoft/durabletask-js/pull/136",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "    messages: [...messages, ...toChildren, ...answerToParent(input.start.event.parent, end)],\n",
        replace:
          '    messages: end.kind === "continued" ? [] : [...messages, ...toChildren, ...answerToParent(input.start.event.parent, end)],\n',
      },
    ],
    workloads: ["letters"],
  },
];
