/**
 * Group E: timers and time.
 */
import type { Mutant } from "../mutant.ts";

export const timers: readonly Mutant[] = [
  {
    id: "E2",
    title: "a timer's due time counts from the timer that fired before it",
    source: "https://github.com/microsoft/duroxide/commit/863eef86cb57811458b3e7dc32ee50de64f5b2d2",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "        this.calls.fire(event.taskId);\n",
        replace: "        this.lastFired = event.fireAt;\n        this.calls.fire(event.taskId);\n",
      },
      {
        file: "src/core/execution.ts",
        find: "  isReplaying = false;\n  started",
        replace: "  isReplaying = false;\n  lastFired: number | undefined = undefined;\n  started",
      },
      {
        file: "src/core/execution-context.ts",
        find: 'this.#execution.calls.createTimer(dueTimeMs(when, this.#execution.time, "timer"))',
        replace:
          'this.#execution.calls.createTimer(dueTimeMs(when, (this.#execution as { lastFired?: number }).lastFired ?? this.#execution.time, "timer"))',
      },
    ],
    workloads: ["time"],
  },
  {
    id: "E4",
    title: "a timer's due time counts from the machine's clock",
    source: "https://github.com/microsoft/durabletask-js/pull/146",
    patches: [
      {
        file: "src/core/execution-context.ts",
        find: 'this.#execution.calls.createTimer(dueTimeMs(when, this.#execution.time, "timer"))',
        replace:
          'this.#execution.calls.createTimer(dueTimeMs(when, this.#execution.time + (this.#execution.isReplaying ? 1 : 0), "timer"))',
      },
    ],
    remark:
      "The machine's clock is a millisecond later when the code is replayed, and otherwise the hub's, so that the failure repeats.",
    workloads: ["time"],
  },
  {
    id: "E5",
    title: "an orchestration does not end while a timer that lost is still open",
    source: "https://github.com/Azure/durabletask/issues/155",
    patches: [
      {
        file: "src/core/execution.ts",
        find: "    if (this.#end !== undefined) return;\n    if (this.#continuation !== undefined) {\n",
        replace:
          "    if (this.#end !== undefined || this.calls.openTimers.length > 0) return;\n    if (this.#continuation !== undefined) {\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X6",
    title: "a cancelled timer still fires",
    source: "own; compare https://github.com/temporalio/sdk-java/issues/2473",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "      this.#open.delete(taskId);\n      this.#cancelled.push(taskId);\n",
        replace: "",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X7",
    title: "a turn's time is the worker's own clock",
    source: "own",
    patches: [
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "      now: item.now,\n",
        replace: "      now: (this.#setup as unknown as { clock: { now(): number } }).clock.now(),\n",
      },
    ],
    workloads: ["time"],
    needs: ["clock-jump"],
  },
  {
    id: "X17",
    title: "the wait before a retry does not grow",
    source: "own",
    patches: [
      {
        file: "src/core/retry.ts",
        find: "firstRetryIntervalMs * policy.backoffCoefficient ** (tried.attempts - 1);\n",
        replace: "firstRetryIntervalMs;\n",
      },
    ],
    workloads: ["time"],
  },
  {
    id: "X18",
    title: "a message is delivered before its due time when another one makes the instance ready",
    source: "own",
    patches: [
      {
        file: "src/backends/memory/control-queue.ts",
        find: "    this.#surface(now);\n    const batch: Entry[] = [];\n",
        replace:
          "    this.#surface((this.#visible?.size ?? 0) > 0 ? now + 86_400_000 : now);\n    const batch: Entry[] = [];\n",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X19",
    title: "times that a retry is measured by are those of the replay, not those of the history",
    source: "own",
    patches: [
      {
        file: "src/core/activity-calls.ts",
        find: "        this.waitUntil(at, () => {\n",
        replace: "        this.waitUntil(at - this.#execution.time + call.firstAttemptAt, () => {\n",
      },
    ],
    workloads: ["time"],
  },
];
