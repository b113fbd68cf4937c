/**
 * Workers of several versions in one hub: a row of the list, and bugs of our own.
 */
import type { Mutant } from "../mutant.ts";

const GATE = "src/runtime/version-gate.ts";
const PROCESSOR = "src/runtime/orchestration-processor.ts";

export const versions: readonly Mutant[] = [
  {
    id: "F2",
    title: "an orchestration that goes on is run by any worker, whichever version it was started with",
    source: "https://github.com/microsoft/duroxide/commit/36e195bc385775894ff5c8cb9db54a7f20ae6987",
    patches: [
      {
        file: PROCESSOR,
        find: "    const mismatch = this.#versions.mismatch(item.instance);\n",
        replace: "    const mismatch = item.lastEventId > 0 ? undefined : this.#versions.mismatch(item.instance);\n",
      },
    ],
    workloads: ["versions"],
  },
  {
    id: "X160",
    title: "versions are compared as texts, so that 10.0 comes before 2.0",
    source: "own: mixed code versions",
    patches: [
      {
        file: "src/core/versions.ts",
        find: "  if (numbersOfA === undefined || numbersOfB === undefined) return",
        replace: "  if (numbersOfA?.length !== 0 || numbersOfB === undefined) return",
      },
    ],
    workloads: ["versions"],
  },
  {
    id: "X161",
    title: "what a worker leaves to others counts as a delivery, until it is taken for poison",
    source: "own: mixed code versions",
    patches: [
      {
        file: PROCESSOR,
        find: "delayMs: leftMs, isUncounted: true });",
        replace: "delayMs: leftMs });",
      },
    ],
    workloads: ["versions"],
  },
  {
    id: "X162",
    title: "what a worker leaves to others it can have again at once, before they can",
    source: "own: mixed code versions",
    patches: [
      {
        file: GATE,
        find: "    return Math.min(LEFT_FIRST_MS * 2 ** before, LEFT_LONGEST_MS);\n",
        replace: "    return Math.min(0 * LEFT_FIRST_MS * 2 ** before, LEFT_LONGEST_MS);\n",
      },
    ],
    workloads: ["versions"],
  },
  {
    id: "X163",
    title: "a worker that is to leave an orchestration to others ends it for its version",
    source: "own: mixed code versions",
    patches: [
      {
        file: GATE,
        find: '    return this.#options.failureStrategy === "fail";\n',
        replace: '    return this.#options.failureStrategy !== "none";\n',
      },
    ],
    workloads: ["versions"],
  },
  {
    id: "X164",
    title: "a worker that runs one version alone takes those without a version as well",
    source: "own: mixed code versions",
    patches: [
      {
        file: GATE,
        find: "        return compareVersions(version, own) === 0;\n",
        replace: '        return version === "" || compareVersions(version, own) === 0;\n',
      },
    ],
    workloads: ["versions"],
  },
  {
    id: "X165",
    title: "an orchestration that continues as new goes on without its version, on whichever worker",
    source: "own: mixed code versions",
    patches: [
      {
        file: "src/core/turn.ts",
        find: '      ...present("version", version),\n',
        replace: "",
      },
    ],
    workloads: ["versions"],
  },
];
