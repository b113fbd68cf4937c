/**
 * Judges a run as it goes: the scenario's properties and the built-in oracles.
 *
 * Invariant: the first thing that does not hold ends the run; a property that throws does not hold.
 */
import { replayHistory } from "dacapo/replay";
import type { RunningFunction } from "../world/actor.ts";
import type { Execution } from "../world/committed-record.ts";
import { hubView } from "../scenario/hub-view.ts";
import { settingOf } from "../faults/faults.ts";
import { explainRest } from "../oracles/liveness.ts";
import { makeOracles } from "../oracles/all-oracles.ts";
import { lostPayloads, sweptPayloads } from "../oracles/payloads.ts";
import type { FinalEvidence, Oracle, OracleId, ReplayedExecution, Violation } from "../oracles/oracle.ts";
import type { Property, Scenario } from "../scenario/scenario.ts";
import { payloadOptions } from "../world/simulated-hub.ts";
import type { World } from "../world/world.ts";

type View = Parameters<Property>[0];
type Named = readonly (readonly [name: string, property: Property])[];

export class Judge {
  /** The `sometimes` properties that held at some step. */
  readonly sometimesHeld = new Set<string>();
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #view: View;
  readonly #oracles: readonly Oracle[];
  readonly #always: Named;
  readonly #sometimes: Named;
  /** How many of the calls to the ports the oracles have seen. */
  #callsSeen = 0;

  constructor(world: World, scenario: Scenario, outside: object) {
    this.#world = world;
    this.#scenario = scenario;
    const { oracles, storage, faults, models, register, versioning, hub } = scenario;
    const poisons = Boolean(settingOf(faults, "work-poisoned"));
    const { payloadBytesMax, worker: { maxDeliveryCount } = {}, retention, history: { maxEvents } = {} } = hub;
    this.#oracles = makeOracles(oracles, {
      ...{ storage, poisons, models, register, versioning, texts: world.texts },
      ...(payloadBytesMax === undefined ? {} : { payloadBytesMax }),
      ...(maxDeliveryCount === undefined ? {} : { maxDeliveryCount }),
      ...(retention === undefined ? {} : { retention }),
      ...(maxEvents === undefined ? {} : { historyEventsMax: maxEvents }),
    });
    this.#always = Object.entries(scenario.always);
    this.#sometimes = Object.entries(scenario.sometimes);
    this.#view = { ...outside, hub: hubView(world.readable, world.texts) };
  }

  /** Looks at what the step that was just carried out has changed. */
  afterStep(): void {
    const { changes, readable: store, committed, now } = this.#world;
    const isQuiet = changes.instances.size === 0 && !changes.outsideChanged;
    if (isQuiet && committed.calls.length === this.#callsSeen) return;
    this.#callsSeen = committed.calls.length;
    const evidence = { store, committed, now };
    if (this.#judges("O9")) this.#report(lostPayloads(this.#world));
    for (const oracle of this.#oracles) this.#report(oracle.observe?.(evidence, changes.instances) ?? NOTHING);
    if (isQuiet) return;
    changes.instances.clear();
    changes.outsideChanged = false;
    this.#check("always", this.#always);
    for (const [name, property] of this.#sometimes) {
      if (!this.sometimesHeld.has(name) && this.#holds(name, property).isTrue) this.sometimesHeld.add(name);
    }
  }

  /** Looks at everything, once the run has ended without a failure. */
  async atEnd(isAtRest: boolean): Promise<void> {
    const { readable: store, committed, now, step, lastProgressStep } = this.#world;
    const evidence: FinalEvidence = {
      ...{ store, committed, now, isAtRest },
      stepsWithoutProgress: step - lastProgressStep,
      busyFunctions: busyFunctions(this.#world),
      runningActivities: runningActivities(this.#world),
      replays: await this.#replays(),
    };
    if (this.#judges("O9")) this.#report(lostPayloads(this.#world));
    for (const oracle of this.#oracles) {
      this.#report(oracle.atEnd?.(evidence) ?? NOTHING);
      if (oracle.interpret !== undefined) this.#report(await oracle.interpret(evidence));
    }
    if (!isAtRest) return;
    if (this.#judges("O12")) this.#report(await sweptPayloads(this.#world));
    this.#check("eventually", Object.entries(this.#scenario.eventually));
    if (this.#world.failure?.kind === "property") this.#noteRests(evidence);
  }

  /** Why each instance that has not ended rests: often that is why something that should hold in the end does not. */
  #noteRests(evidence: FinalEvidence): void {
    for (const instance of evidence.store.instances()) {
      const rest = explainRest(instance, evidence);
      if (rest === undefined) continue;
      const { instanceId } = instance.record;
      this.#world.note(() => ({ type: "rest", instanceId, reason: rest.reason }));
    }
  }

  #judges(id: OracleId): boolean {
    return this.#world.payloads !== undefined && this.#oracles.some((oracle) => oracle.id === id);
  }

  #check(mode: "always" | "eventually", properties: Named): void {
    for (const [name, property] of properties) {
      const { isTrue, error } = this.#holds(name, property);
      if (isTrue) continue;
      const thrown = error === undefined ? {} : { error };
      const message = `"${name}" does not hold${error === undefined ? "" : `: ${error}`}`;
      this.#world.fail({ kind: "property", mode, property: name, message, ...thrown });
    }
  }

  #holds(name: string, property: Property): { readonly isTrue: boolean; readonly error?: string } {
    try {
      const answer: unknown = this.#world.runScenarioCode(`property "${name}"`, () => property(this.#view));
      if (typeof answer === "boolean") return { isTrue: answer };
      // A promise would count as true whatever it resolves to.
      return { isTrue: false, error: `a property returns true or false, at once; this one returned ${print(answer)}` };
    } catch (error) {
      return { isTrue: false, error: print(error) };
    }
  }

  #report(violations: readonly Violation[]): void {
    for (const violation of violations) this.#world.fail({ kind: "oracle", ...violation });
  }

  async #replays(): Promise<readonly ReplayedExecution[]> {
    const replays: ReplayedExecution[] = [];
    for (const execution of this.#world.committed.executions(this.#world.readable)) {
      replays.push({ execution, ...(await this.#replay(execution)) });
    }
    return replays;
  }

  async #replay({ history }: Execution): Promise<Omit<ReplayedExecution, "execution">> {
    const started = history.find((event) => event.type === "ExecutionStarted");
    const { register, twins } = this.#scenario;
    const options = payloadOptions(this.#scenario);
    const definition = register.find(({ kind, name }) => kind === "orchestrator" && name === started?.name);
    if (definition?.kind !== "orchestrator") return {};
    const twin = twins.find(({ name }) => name === definition.name);
    try {
      const replay = await replayHistory(definition, history, options);
      return twin === undefined ? { replay } : { replay, twin: await replayHistory(twin, history, options) };
    } catch (error) {
      return { problem: print(error) };
    }
  }
}

const NOTHING: readonly Violation[] = [];

/** Activities that run on a worker that is alive. */
function runningActivities({ functions }: World): readonly string[] {
  return [...functions].filter(({ actor }) => actor.kind === "worker").map(({ name }) => name);
}

/** Functions of the user's that still do something: activities that run, and clients that act. */
function busyFunctions(world: World): readonly string[] {
  const isBusy = ({ actor, lastStep }: RunningFunction): boolean =>
    actor.kind === "worker" || lastStep > world.lastProgressStep;
  return [...world.functions].filter(isBusy).map(({ name }) => name);
}

function print(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return value instanceof Promise ? "a promise" : String(value);
}
