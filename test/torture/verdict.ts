/**
 * What must be true once the faults are over and all workflows have had the time to end.
 *
 * Invariant: it reads what is outside of the engine (the client's and the ledger's files) and what any reader of the hub
 * sees, and knows nothing of how the engine works. An empty list of findings is a run that was right.
 */
import { existsSync, readFileSync } from "node:fs";
import type { ExportedHistory, OrchestrationState, TaskHub } from "../../src/index.ts";
import type { ClientLine } from "./client-process.ts";
import type { LedgerLine } from "./ledger.ts";
import { counter, OPENING, WORKFLOWS, type Run } from "./program.ts";

export interface Verdict {
  readonly findings: readonly string[];
  readonly instances: number;
  readonly byWorkflow: Readonly<Record<string, number>>;
  readonly effects: number;
  /** Runs of activities whose effect was there already. */
  readonly repeatedEffects: number;
  readonly signals: number;
}

/** Findings of one kind are listed up to this many. */
const LISTED = 20;

export async function judge(hub: TaskHub, clientFile: string, ledgerFile: string): Promise<Verdict> {
  const judgement = new Judgement(linesOf<ClientLine>(clientFile), linesOf<LedgerLine>(ledgerFile));
  return judgement.of(hub);
}

/** The lines of a file; the last one may be broken off. */
function linesOf<T>(path: string): readonly T[] {
  if (!existsSync(path)) return [];
  const texts = readFileSync(path, "utf8").split("\n");
  return texts.slice(0, -1).map((text) => JSON.parse(text) as T);
}

class Judgement {
  readonly #client: readonly ClientLine[];
  readonly #ledger: readonly LedgerLine[];
  readonly #findings = new Map<string, string[]>();
  readonly #states = new Map<string, OrchestrationState>();
  readonly #histories: ExportedHistory[] = [];
  readonly #asked: { workflow: string; input: Run }[] = [];

  constructor(client: readonly ClientLine[], ledger: readonly LedgerLine[]) {
    this.#client = client;
    this.#ledger = ledger;
  }

  async of(hub: TaskHub): Promise<Verdict> {
    for await (const state of hub.client.getAllInstances()) this.#states.set(state.instanceId, state);
    for await (const line of hub.client.exportHistory({ earlierExecutions: true })) {
      this.#histories.push(JSON.parse(line) as ExportedHistory);
    }
    const acked = new Set(this.#client.flatMap((line) => (line.type === "acked" ? [line.run] : [])));
    for (const line of this.#client) {
      // What was asked for and never answered may be there or not.
      if (line.type === "asked" && (acked.has(line.input.run) || this.#states.has(line.input.run))) {
        this.#asked.push(line);
      }
    }
    this.#ends();
    this.#acknowledgedEnds();
    this.#labels();
    this.#nonces();
    this.#children();
    await this.#entities(hub);
    const firsts = this.#ledger.filter(({ isFirst }) => isFirst).length;
    return {
      findings: [...this.#findings.values()].flat(),
      instances: this.#states.size,
      byWorkflow: this.#byWorkflow(),
      effects: firsts,
      repeatedEffects: this.#ledger.length - firsts,
      signals: this.#client.filter(({ type }) => type === "signalled").length,
    };
  }

  #find(law: string, what: string): void {
    const found = this.#findings.get(law) ?? [];
    this.#findings.set(law, found);
    if (found.length < LISTED) found.push(`${law}: ${what}`);
  }

  /** Each workflow that was started is there, and has come to what it must. */
  #ends(): void {
    for (const { workflow, input } of this.#asked) {
      const state = this.#states.get(input.run);
      const expected: string = JSON.stringify(WORKFLOWS[workflow]?.expect(input).output);
      if (state === undefined) this.#find("lost", `${input.run} was acknowledged and is not there`);
      else if (state.runtimeStatus !== "Completed") {
        const why = state.failureDetails === undefined ? "" : ` (${JSON.stringify(state.failureDetails)})`;
        this.#find("stuck or failed", `${input.run} is ${state.runtimeStatus}${why}`);
      } else if (state.serializedOutput !== expected) {
        this.#find("wrong end", `${input.run} gave ${String(state.serializedOutput)}, not ${expected}`);
      }
    }
  }

  /** An end that a client was told of stays. */
  #acknowledgedEnds(): void {
    for (const line of this.#client) {
      if (line.type !== "ended") continue;
      const state = this.#states.get(line.run);
      const same = state?.runtimeStatus === line.status && state.serializedOutput === JSON.stringify(line.output);
      if (!same) this.#find("changed end", `${line.run} was said to be ${line.status} with ${String(line.output)}`);
    }
  }

  /** Each effect of a workflow took place once, and no other did. */
  #labels(): void {
    const keys = new Map<string, Set<string>>();
    const firsts = new Map<string, number>();
    for (const { key, label, isFirst } of this.#ledger) {
      keys.set(label, (keys.get(label) ?? new Set()).add(key));
      if (isFirst) firsts.set(key, (firsts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of firsts)
      if (count > 1) this.#find("effect twice", `the ledger wrote ${key} ${count} times`);
    for (const [label, of] of keys) {
      if (of.size > 1) this.#find("effect twice", `${label} was asked for under the keys ${[...of].join(", ")}`);
    }
    for (const { workflow, input } of this.#asked) {
      for (const label of WORKFLOWS[workflow]?.expect(input).labels ?? []) {
        if (!keys.delete(label)) this.#find("effect lost", `${label} is not in the ledger`);
      }
    }
    for (const label of keys.keys()) this.#find("effect of nobody", `${label} belongs to no workflow that was started`);
  }

  /** What an activity was asked is what the history says that it was asked: no turn that never was has an effect. */
  #nonces(): void {
    const asked = new Map<string, string>();
    for (const { instanceId, executionId, history } of this.#histories) {
      for (const event of history) {
        if (event.type !== "TaskScheduled") continue;
        asked.set(`${instanceId} ${executionId} ${event.taskId}`, nonceOf(event.input));
      }
    }
    for (const { instanceId, executionId, taskId, nonce, label } of this.#ledger) {
      const recorded = asked.get(`${instanceId} ${executionId} ${taskId}`);
      if (recorded === nonce) continue;
      this.#find("effect of a turn that never was", `${label} has ${nonce}, the history ${String(recorded)}`);
    }
  }

  /** A child was started by the turn that its parent's history tells of, and there is no child besides. */
  #children(): void {
    const children = new Map<string, string>();
    for (const { history } of this.#histories) {
      for (const event of history) {
        if (event.type === "SubOrchestrationInstanceCreated") children.set(event.instanceId, nonceOf(event.input));
      }
    }
    const started = new Set(this.#asked.map(({ input }) => input.run));
    for (const [id, { serializedInput }] of this.#states) {
      if (started.has(id)) continue;
      const recorded = children.get(id);
      if (recorded === undefined) this.#find("instance of nobody", `${id} was started by no turn`);
      else if (recorded !== nonceOf(serializedInput)) {
        this.#find(
          "child of a turn that never was",
          `${id} has ${nonceOf(serializedInput)}, its parent says ${recorded}`,
        );
      }
    }
  }

  /** Counters count what was counted, and no money comes or goes. */
  async #entities({ client }: TaskHub): Promise<void> {
    const least = new Map<string, number>();
    const most = new Map<string, number>();
    const add = (to: Map<string, number>, key: string, n: number): void => {
      to.set(key, (to.get(key) ?? 0) + n);
    };
    for (const { workflow, input } of this.#asked) {
      if (workflow !== "count") continue;
      for (const bound of [least, most]) add(bound, input.keys[0], input.size + 1);
    }
    for (const line of this.#client) {
      if (line.type !== "signalled") continue;
      add(most, line.key, 1);
      if (line.isAcked) add(least, line.key, 1);
    }
    for (const [key, atMost] of most) {
      const value = (await client.getEntity<number>(counter, key))?.state ?? 0;
      const atLeast = least.get(key) ?? 0;
      if (value < atLeast || value > atMost) {
        this.#find("wrong counter", `${key} is at ${value}, and ${atLeast} to ${atMost} were added`);
      }
    }
    let difference = 0;
    for await (const { id, state, lockedBy } of client.getEntities()) {
      if (lockedBy !== undefined) this.#find("lock that stays", `${String(id)} is locked by ${lockedBy}`);
      if (id.name === "account" && typeof state === "number") difference += state - OPENING;
    }
    if (difference !== 0) this.#find("money", `the accounts have ${difference} more than they began with`);
  }

  #byWorkflow(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { workflow } of this.#asked) counts[workflow] = (counts[workflow] ?? 0) + 1;
    return counts;
  }
}

function nonceOf(json: string | undefined): string {
  return String((JSON.parse(json ?? "{}") as { nonce?: string }).nonce);
}
