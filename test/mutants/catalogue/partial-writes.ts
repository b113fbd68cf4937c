/**
 * Bugs of our own after which half of a write lasts.
 */
import type { Mutant, Patch } from "../mutant.ts";

const PLAN = "src/backends/memory/turn-plan.ts";
const STEP = "    name: part.name,\n    apply";
const ORDER = "  return PARTS.filter((part) => part.isNeeded(plan))";

/** The part of this name in a transaction of its own, before or after all the others. */
function apart(name: string, when: "first" | "last"): readonly Patch[] {
  const [own, others, sign] = when === "first" ? [0, 1, "-"] : [1, 0, ""];
  return [
    {
      file: PLAN,
      find: STEP,
      replace: `    name: part.name,\n    transaction: part.name === "${name}" ? ${own} : ${others},\n    apply`,
    },
    {
      file: PLAN,
      find: ORDER,
      replace:
        `  const rank = (part: TurnPart): number => ${sign}Number(part.name === "${name}");\n` +
        "  return [...PARTS].sort((a, b) => rank(a) - rank(b)).filter((part) => part.isNeeded(plan))",
    },
  ];
}

export const partialWrites: readonly Mutant[] = [
  {
    id: "X140",
    title: "an entity's data is written in a transaction before the one that sends its messages",
    source: "own: a partial write",
    patches: apart("entity", "first"),
    workloads: ["entities", "actors"],
  },
  {
    id: "X141",
    title: "a turn's events are written in two transactions",
    source: "own: a partial write",
    patches: [
      {
        file: PLAN,
        find: STEP,
        replace: "    name: part.name,\n    transaction: part === PARTS[0] ? 0 : 1,\n    apply",
      },
      {
        file: PLAN,
        find: '  { name: "activities", isNeeded:',
        replace:
          '  {\n    name: "history",\n    isNeeded: ({ commit }) => commit.events.length > 1 && commit.next === undefined,\n' +
          "    apply: ({ instance, commit }) => void instance.history.push(...commit.events.slice(-1)),\n  },\n" +
          '  { name: "activities", isNeeded:',
      },
      {
        file: PLAN,
        find: "  for (const event of commit.events) instance.history.push(event);\n",
        replace:
          "  const isWhole = commit.events.length <= 1 || commit.next !== undefined;\n" +
          "  for (const event of isWhole ? commit.events : commit.events.slice(0, -1)) instance.history.push(event);\n",
      },
    ],
    workloads: ["activities"],
  },
  {
    id: "X142",
    title: "sub-orchestrations begin in a transaction after the one that records that they were started",
    source: "own: a partial write",
    patches: apart("starts", "last"),
    workloads: ["families"],
  },
  {
    id: "X143",
    title: "a rewind writes the history that stands in a transaction before the turn that goes on",
    source: "own: a partial write",
    patches: [
      {
        file: PLAN,
        find: STEP,
        replace:
          "    name: part.name,\n" +
          '    transaction: commit.rewritten !== undefined && part.name === "history" ? 0 : 1,\n    apply',
      },
    ],
    workloads: ["management"],
  },
  {
    id: "X144",
    title: "an activity's answer becomes visible before its payload is written, and is taken without",
    source: "own: a torn payload is accepted",
    patches: [
      {
        file: "src/backends/memory/memory-store.ts",
        find:
          '        name: "messages",\n        apply: () => {\n          this.#state.deliver(commit.message);\n        },\n      },\n' +
          '      {\n        name: "activities",\n        apply: () => {\n          this.#state.removeActivity(activity);\n',
        replace:
          '        name: "messages",\n        transaction: 0,\n        apply: () => {\n' +
          "          const { result: _late, ...body } = commit.message.body as { readonly result?: string };\n" +
          "          this.#state.deliver({ ...commit.message, body: body as InstanceMessage['body'] });\n        },\n      },\n" +
          '      {\n        name: "activities",\n        transaction: 1,\n        apply: () => {\n' +
          "          activity.owner.queue.cancel(commit.message.messageId);\n" +
          "          this.#state.deliver(commit.message);\n          this.#state.removeActivity(activity);\n",
      },
    ],
    workloads: ["activities"],
  },
];
