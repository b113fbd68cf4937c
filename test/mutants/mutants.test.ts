/**
 * The planted bugs: each patch still fits the sources, each recorded failure still shows its bug, and none of them shows
 * anything in the engine as it is. `npm run mutants` searches for them anew; this only replays what it found.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FaultClass, OracleId } from "@dacapo/simulator";
import { FAULT_NAMES, ORACLE_IDS } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";
import { filesIn, root, textOf } from "../tooling/repository.ts";
import { catalogue } from "./catalogue.ts";
import { patched, transpiled } from "./patch.ts";
import type { Tokens } from "./record.ts";
import { pageOf } from "./record.ts";

const tokens = JSON.parse(textOf("test/mutants/tokens.json")) as Tokens;
const searched = catalogue.filter(({ awaits }) => awaits === undefined);

/** Does a job in a process of its own, on the built packages. */
async function work<T>(job: object): Promise<T> {
  const script = join(root, "test/mutants/hunt.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(job)], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as T;
}

describe("the catalogue of planted bugs", () => {
  it("holds at least 25 that are searched for", () => expect(searched.length).toBeGreaterThanOrEqual(25));

  it("gives each an id of its own", () => {
    const ids = catalogue.map(({ id }) => id);
    expect([...new Set(ids)]).toEqual(ids);
  });

  const sources = new Map<string, { readonly text: string; readonly built: string }>();
  const sourceOf = (file: string) => {
    const known = sources.get(file);
    if (known !== undefined) return known;
    const text = textOf(file);
    const source = { text, built: transpiled(text, { isBuilt: true }) };
    sources.set(file, source);
    return source;
  };

  it.each(catalogue)("fits the sources: $id", ({ patches }) => {
    for (const file of new Set(patches.map((patch) => patch.file))) {
      const { text, built } = sourceOf(file);
      expect(transpiled(patched(file, text, patches), { isBuilt: true })).not.toBe(built);
    }
  });

  it("says of a patch that does not fit any more what to do", () => {
    const patch = { file: "src/index.ts", find: "no such text", replace: "" };
    expect(() => patched(patch.file, textOf(patch.file), [patch])).toThrow(/stale.*0 times, not once.*write/);
  });

  it("is nowhere in what is published", () => {
    const sources = [...filesIn("src"), ...filesIn("simulator/src")];
    expect(sources.filter((path) => /\bmutants?\b/i.test(textOf(path)))).toEqual([]);
    expect(JSON.parse(textOf("package.json"))).toMatchObject({ files: ["dist", "src", "docs/errors.md"] });
  });
});

describe("the record of the hunt", () => {
  it("has a failure of every planted bug", () => {
    expect(searched.map(({ id }) => id).filter((id) => !(id in tokens))).toEqual([]);
  });

  it("is what docs/planted-bugs.md shows", async () => {
    const page = textOf("docs/planted-bugs.md");
    expect(await pageOf(catalogue, tokens, page)).toBe(page);
  });

  it("finds each within 2,000 runs, and half of them within 40", () => {
    const runs = Object.values(tokens).map((token) => token.runs);
    expect(Math.max(...runs)).toBeLessThanOrEqual(2_000);
    expect(runs.filter((count) => count <= 40).length * 2).toBeGreaterThanOrEqual(runs.length);
  });
});

describe("the recorded failures", () => {
  const entries = Object.entries(tokens).map(([id, { workload, token }]) => ({ id, workload, token }));
  interface Verdict {
    readonly id: string;
    readonly planted: string;
    readonly clean: string;
  }
  // Two processes, for two cores.
  const halves = [0, 1].map((half) => entries.filter((_, index) => index % 2 === half));
  const replayed = Promise.all(halves.map((half) => work<readonly Verdict[]>({ task: "replay", tokens: half })));

  it("are the same again with their bugs planted", { timeout: 300_000 }, async () => {
    const verdicts = (await replayed).flat();
    expect(verdicts).toHaveLength(entries.length);
    expect(verdicts.filter(({ planted }) => planted !== "same")).toEqual([]);
  });

  it("are none in the engine as it is", { timeout: 300_000 }, async () => {
    const verdicts = (await replayed).flat();
    expect(verdicts.filter(({ clean }) => clean !== "passed" && clean !== "stale")).toEqual([]);
  });
});

/** For each oracle a bug that it alone sees: not the others, and not what a workload checks itself. */
const SEEN_BY_ONE: Readonly<Record<OracleId, string>> = {
  ...{ O1: "X134", O2: "X10", O3: "C1", O4: "X36", O5: "X18", O6: "E4" },
  ...{ O7: "X3", O8: "X133", O9: "C2", O10: "X71", O11: "B4", O12: "X34", O13: "X131", O14: "X132", O15: "X130" },
};

/** For each class of fault a bug that it brings to light alone, and that stays hidden where nothing goes wrong. */
const SHOWN_BY_ONE: Readonly<Record<FaultClass, string>> = {
  ...{ "crash-before-commit": "A2", "crash-within-commit": "A1", "crash-after-commit": "X31" },
  ...{ "crash-before-effect": "X32", "crash-after-effect": "X32", "fleet-crash": "A4", "worker-paused": "B2" },
  ...{ "ambiguous-commit": "A10", "store-error": "B4", "message-dropped": "A2", "message-duplicated": "F1" },
  ...{ "message-delayed": "E2", "message-reordered": "X42", "message-redelivered": "X2", "batch-split": "X37" },
  ...{ "batch-merged": "E2", "lease-stolen": "B2", "renewal-failed": "X29", "activity-throws": "X39" },
  ...{ "activity-hangs": "E2", "activity-slow": "E2", "activity-fails-after-effect": "X39", "cache-evicted": "X38" },
  ...{ "clock-jump": "X7", "client-crash": "X3", "work-poisoned": "X41" },
};

const workloadsOf = (id: string): readonly string[] => catalogue.find((mutant) => mutant.id === id)?.workloads ?? [];

describe("an oracle", () => {
  const jobsOf = (oracle: OracleId): readonly object[] => {
    const id = SEEN_BY_ONE[oracle];
    const job = { id, workloads: workloadsOf(id), seed: "1" };
    return [
      { ...job, runs: 400, blind: ["properties"] },
      { ...job, runs: 120, blind: [oracle, "properties"] },
    ];
  };
  // Two processes, for two cores.
  const lanes = [0, 1].map((lane) => ORACLE_IDS.filter((_, index) => index % 2 === lane));
  const searchIn = async (lane: readonly OracleId[]) => {
    const found = await work<readonly object[]>({ task: "hunts", jobs: lane.flatMap(jobsOf) });
    return lane.map((oracle, index) => [oracle, found.slice(2 * index, 2 * index + 2)] as const);
  };
  let searches: ReturnType<typeof searchIn>[] | undefined;

  it.each(ORACLE_IDS)("%s is the only one to see some planted bug", { timeout: 300_000 }, async (oracle) => {
    searches ??= lanes.map(searchIn);
    const [seen, unseen] = new Map((await Promise.all(searches)).flat()).get(oracle) ?? [];
    expect(seen).toMatchObject({ killed: true, oracle });
    expect(unseen).toMatchObject({ killed: false });
  });
});

describe("a class of fault", () => {
  it("brings some planted bug to light alone, which stays hidden where nothing goes wrong", async () => {
    const shown = Object.fromEntries(FAULT_NAMES.map((fault) => [fault, [SHOWN_BY_ONE[fault]]]));
    const hidden = { none: [...new Set(Object.values(SHOWN_BY_ONE))] };
    // Two processes, for two cores.
    const lanes = [shown, hidden].map((bugs) => work({ task: "matrix", runs: 60, seed: "m", bugs }));
    expect(await Promise.all(lanes)).toEqual([shown, { none: [] }]);
  }, 300_000);
});

describe("a short search", () => {
  it("finds a planted bug", async () => {
    const found = await work({ task: "hunt", id: "B8", workloads: ["activities"], runs: 200, seed: "1" });
    expect(found).toMatchObject({ id: "B8", killed: true });
  });
});
