/**
 * Bugs of our own after which two things that must agree do not: a status row and its history, a turn and what
 * happened in it, a generator and the async function that means the same.
 */
import type { Mutant } from "../mutant.ts";

export const agreement: readonly Mutant[] = [
  {
    id: "X130",
    title: "in an async function whenAll fails at the first failure, in a generator once all have settled",
    source: "own: the two front ends disagree, each of them always in the same way",
    patches: [
      {
        file: "src/core/durable-task.ts",
        find: "  /** Calls `parent` when this task settles",
        replace:
          "  get isAwaited(): boolean {\n    return this.#native !== undefined;\n  }\n\n" +
          "  /** Calls `parent` when this task settles",
      },
      {
        file: "src/core/durable-task.ts",
        find: "        if (this.#pending === 0) this.#finish();\n      });\n",
        replace:
          "        const isLate = this.isAwaited && child.isFailed;\n" +
          "        if ((this.#pending === 0 || isLate) && !this.isCompleted) this.#finish();\n      });\n",
      },
    ],
    workloads: ["twins"],
  },
  {
    id: "X131",
    title: "after continue-as-new the status row goes on showing the first execution's input",
    source: "own: a column that is not written again",
    patches: [
      {
        file: "src/backends/memory/turn-plan.ts",
        find: "instanceRecord(beginningOf(commit) ?? record, record, commit.status",
        replace:
          "instanceRecord({ ...(beginningOf(commit) ?? record), ...('input' in record ? { input: record.input } : {}) }, " +
          "record, commit.status",
      },
    ],
    workloads: ["events"],
  },
  {
    id: "X132",
    title: "a turn whose messages were all dropped is recorded, with nothing in it",
    source: "own: histories that grow by duplicates",
    patches: [
      {
        file: "src/core/turn.ts",
        find: "  if (event === undefined) {\n    return { ...unchanged(input)",
        replace: "  if (event === undefined && inbox.consumed.length === 0) {\n    return { ...unchanged(input)",
      },
    ],
    workloads: ["activities", "events"],
  },
  {
    id: "X133",
    title: "an entity does not remember what it has sent, so that each of its turns begins new streams",
    source: "own: order is lost between two turns, and no receiver can tell",
    patches: [
      {
        file: "src/core/entity-turn.ts",
        find: "      sent: this.#sent?.since(oldestSent) ?? recent(before?.sent, oldestSent),\n",
        replace: "      sent: recent(before?.sent, oldestSent),\n",
      },
      {
        file: "src/core/entity-turn.ts",
        find: "new OutboundStreams(`${incarnation}@${this.#time}`, data?.sent)",
        replace: 'new OutboundStreams(`${incarnation}@${this.#time}@${this.#inbox.consumed.join("+")}`, data?.sent)',
      },
    ],
    workloads: ["actors"],
  },
  {
    id: "X134",
    title: "an operation that failed has sent its signals all the same",
    source: "own: half a rollback",
    patches: [
      {
        file: "src/core/entity-operation.ts",
        find: '    return { kind: "failed", failure: toFailureDetails(error) };\n',
        replace:
          '    return { kind: "failed", failure: toFailureDetails(error), signals: this.#signals ?? NOTHING } as never;\n',
      },
      {
        file: "src/core/entity-turn.ts",
        find: "      const { failure } = outcome;\n",
        replace:
          "      const { failure } = outcome;\n" +
          "      for (const signal of (outcome as { signals?: readonly OutgoingSignal[] }).signals ?? []) this.#signal(signal);\n",
      },
    ],
    workloads: ["actors"],
  },
];
