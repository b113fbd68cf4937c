/**
 * A hub that keeps itself small: what retention removes, and what a history that gets too long brings about.
 */
import type { Mutant } from "../mutant.ts";

const PURGE = "src/client/purge.ts";
const LIMITS = "src/runtime/history-limits.ts";

export const keeping: readonly Mutant[] = [
  {
    id: "X192",
    title: "retention goes by when an orchestration began, not by when it ended",
    source: "own",
    patches: [
      {
        file: PURGE,
        find: "this.#list({ runtimeStatus: statuses, endedTo, ...",
        replace: "this.#list({ runtimeStatus: statuses, createdTo: endedTo, ...",
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X193",
    title: "retention removes a sub-orchestration that has ended while the one that started it runs",
    source: "own",
    patches: [
      {
        file: PURGE,
        find: "      if ((await hasParent(record)) || (await",
        replace: "      if ((await hasParent(record)) === null || (await",
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X194",
    title: "retention removes what has not changed for long, also where it has not ended",
    source: "own",
    patches: [
      {
        file: PURGE,
        find: "    for await (const record of this.#list({ runtimeStatus: statuses, endedTo, ...",
        replace: "    for await (const record of this.#list({ ...",
      },
      {
        file: PURGE,
        find: "      if (left === 0 || signal.aborted) return",
        replace:
          "      if (isTerminal(record.runtimeStatus) && !statuses.includes(record.runtimeStatus)) continue;\n" +
          "      if (record.lastUpdatedAt > endedTo) continue;\n" +
          "      if (left === 0 || signal.aborted) return",
      },
      {
        file: PURGE,
        find: "(await this.#runningBelow(record, new Set())) !== undefined) continue;\n      await this.#removeTree(record",
        replace: "maxInstances === 0) continue;\n      await this.#removeTree(record",
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X195",
    title: "the sub-orchestrations of an earlier life of an id go with the orchestration that has the id now",
    source: "own",
    patches: [
      {
        file: PURGE,
        find: "  return parent.createdAt <= child.createdAt;\n",
        replace: "  return parent.createdAt <= child.createdAt || true;\n",
      },
    ],
    workloads: ["keeping"],
    remark: "This was a bug of ours, found by this search",
  },
  {
    id: "X196",
    title: "what is to go by its age goes, although it has another end by now than when that was seen",
    source: "own",
    patches: [
      {
        file: PURGE,
        find: "        ...(this.#isByAge ? { ifRevision: revision } : {}),\n",
        replace: "",
      },
    ],
    workloads: ["keeping"],
    remark: "This was a bug of ours",
  },
  {
    id: "X197",
    title: "retention removes the sub-orchestrations of the life that has an id by now",
    source: "own",
    patches: [
      {
        file: PURGE,
        find: "    if (this.#isByAge && children.length > 0 && !(await",
        replace: "    if (this.#isByAge && children.length < 0 && !(await",
      },
    ],
    workloads: ["keeping"],
    remark: "This was a bug of ours",
  },
  {
    id: "X198",
    title: "retention goes by the clock of the worker",
    source: "own",
    patches: [
      {
        file: "src/runtime/retention.ts",
        find: "    const now = (await backend.now?.()) ?? clock.now();\n",
        replace: "    const now = backend === undefined ? 0 : clock.now();\n",
      },
    ],
    workloads: ["keeping"],
    needs: ["clock-jump"],
  },
  {
    id: "X199",
    title: "a rule of retention is not looked at again where it found nothing to remove once",
    source: "own",
    patches: [
      {
        file: "src/runtime/retention.ts",
        find: "      if (signal.aborted) break;\n",
        replace:
          "      const seen = (rules as unknown as { seen?: Set<number> }).seen ??= new Set<number>();\n" +
          "      if (signal.aborted || seen.has(afterMs)) break;\n" +
          "      seen.add(afterMs);\n",
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X200",
    title: "a history that is just as long as it may be counts as too long",
    source: "own",
    patches: [
      {
        file: LIMITS,
        find: "lastEventId <= this.#options.maxEvents) return undefined;",
        replace: "lastEventId < this.#options.maxEvents) return undefined;",
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X201",
    title: "an orchestration is failed for its history in the turn in which it begins anew",
    source: "own",
    patches: [
      {
        file: LIMITS,
        find: "  refusal({ end, lastEventId, setup }: Execution): HistoryTooLongError | undefined {\n    if (end !== undefined ||",
        replace:
          '  refusal({ end, lastEventId, setup }: Execution): HistoryTooLongError | undefined {\n    if ((end !== undefined && end.kind !== "continued") ||',
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X202",
    title: "the limit of histories is held against the events that the turn found, not against those that it leaves",
    source: "own",
    patches: [
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "    const refusal = this.#limits.refusal(execution);\n    if (refusal !== undefined) return this.#failed",
        replace:
          "    const { end, setup } = execution;\n" +
          "    const refusal = this.#limits.refusal({ end, setup, lastEventId: item.lastEventId } as Execution);\n" +
          "    if (refusal !== undefined) return this.#failed",
      },
    ],
    workloads: ["keeping"],
  },
  {
    id: "X203",
    title: "the turn that goes on after a rewind is not held to the limit of histories",
    source: "own",
    patches: [
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "(this.#limits.refusal(execution) ?? ran);",
        replace: "ran;",
      },
    ],
    workloads: ["keeping"],
    remark: "This was a bug of ours, found by this search",
  },
];
