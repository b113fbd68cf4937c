/**
 * Payloads that are kept beside the hub: whose they are, when they are put, and when they go.
 */
import type { Mutant } from "../mutant.ts";

export const payloads: readonly Mutant[] = [
  {
    id: "B12",
    title: "both owners of an instance put the payloads of a turn under the same names",
    source: "https://github.com/Azure/durabletask/pull/891",
    patches: [
      {
        file: "src/codec/with-offloading.ts",
        find: "    const nonce = this.#ids.newId();\n",
        replace:
          "    const turn = value as { next?: unknown; consumed?: string[]; events?: { executionId?: string }[] };\n" +
          "    const of = turn.consumed?.[0] ?? turn.events?.find(({ executionId }) => executionId !== undefined)?.executionId;\n" +
          "    const nonce = lock === undefined || of === undefined || turn.next !== undefined ? this.#ids.newId() : `${lock.key}/${of}`;\n",
      },
    ],
    workloads: ["payloads"],
    remark:
      "The names come from the instance and from what the turn was fed with; a turn that continues as new is spared",
  },
  {
    id: "X181",
    title: "the call that refers to a payload does not wait until it was put",
    source: "own",
    patches: [
      {
        file: "src/codec/with-offloading.ts",
        find: "    await Promise.all(puts);\n",
        replace: "    void Promise.all(puts).catch(() => undefined);\n",
      },
    ],
    workloads: ["payloads"],
  },
  {
    id: "X182",
    title: "a sweep removes what nothing refers to at once, although the call that will may be under way",
    source: "own",
    patches: [
      {
        file: "src/codec/payload-sweep.ts",
        find: "      if (since !== undefined && began - since >= graceMs) dead.push(key);\n",
        replace: "      if (since === undefined || began - since >= 0) dead.push(key);\n",
      },
    ],
    workloads: ["payloads"],
  },
  {
    id: "X183",
    title: "a sweep removes what is old enough at the first look, although its last message may come again",
    source: "own",
    patches: [
      {
        file: "src/codec/payload-sweep.ts",
        find: "      if (since !== undefined && began - since >= graceMs) dead.push(key);\n",
        replace: "      if (ageMs - tookMs() >= graceMs) dead.push(key);\n",
      },
    ],
    workloads: ["payloads"],
    remark: "This was the first design",
  },
  {
    id: "X184",
    title: "what a look has found is not remembered, so nothing is ever removed",
    source: "own",
    patches: [
      {
        file: "src/codec/payload-sweep.ts",
        find: "    const last = stateIn((await store.get([STATE_KEY])).get(STATE_KEY));\n",
        replace: "    const last = NO_STATE;\n",
      },
    ],
    workloads: ["payloads"],
  },
  {
    id: "X185",
    title: "a sweep does not look into what waits for an instance",
    source: "own",
    patches: [
      {
        file: "src/codec/payload-places.ts",
        find: "    messages: inMessages(messages, map),\n    activities: activities.map((work) => ownTexts(work, map)),\n  };\n",
        replace: "    activities: activities.map((work) => ownTexts(work, map)),\n  };\n",
      },
    ],
    workloads: ["payloads"],
  },
  {
    id: "X204",
    title: "what a data converter has read is kept, and given to whoever reads the same text again",
    source: "own",
    patches: [
      {
        file: "src/core/data-converter.ts",
        find: "  readonly #converter: DataConverter | undefined;\n\n  /** @param",
        replace:
          "  readonly #converter: DataConverter | undefined;\n" +
          "  readonly #kept = new Map<string, unknown>();\n\n  /** @param",
      },
      {
        file: "src/core/data-converter.ts",
        find: "      return this.#converter === undefined ? deserialize(text) : this.#converter.parse(text);\n",
        replace:
          "      if (this.#converter === undefined) return deserialize(text);\n" +
          "      if (!this.#kept.has(text)) this.#kept.set(text, this.#converter.parse(text));\n" +
          "      return this.#kept.get(text);\n",
      },
    ],
    workloads: ["converted"],
  },
];
