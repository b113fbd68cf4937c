/**
 * One run: a scenario, a source of choices, and what came of it.
 *
 * Invariant: a run is a function of the scenario and the choices: the same choices give the same run, step by step.
 * Wall time decides nothing; a run that does not come to rest is cut after so many steps.
 */
import { InvariantError } from "dacapo";
import type { InstanceRecord, RuntimeStatus } from "dacapo/backend";
import type { ChoiceProvider, Choice } from "../choices/choices.ts";
import { ChoiceSource } from "../choices/choices.ts";
import { NEXT } from "../choices/pct-choices.ts";
import type { Failure } from "../report/failure.ts";
import { FaultPlan } from "../faults/fault-plan.ts";
import type { FaultClass, FaultRates } from "../faults/faults.ts";

import { Judge } from "./judge.ts";
import type { Note } from "../report/notes.ts";
import { checkOutside } from "../scenario/scenario-check.ts";
import type { Trace } from "../report/trace.ts";
import { textsOf } from "../scenario/payload-texts.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { startClients } from "../world/simulated-client.ts";
import { startWorkers } from "../world/simulated-worker.ts";
import { BetweenSteps } from "../world/uncontrolled-waits.ts";
import type { Operation } from "../world/scheduler.ts";
import { SimulatedPayloads } from "../world/simulated-payloads.ts";
import { World } from "../world/world.ts";

export interface RunOptions {
  readonly provider: ChoiceProvider;
  readonly rates: FaultRates;
  /** Keep notes, for a story: slower. */
  readonly takesNotes?: boolean;
  /** Write everything down in this trace, for a comparison: slower still. */
  readonly trace?: Trace;
}

/** How an instance stood when its run ended. */
export interface InstanceEnd {
  readonly status: RuntimeStatus;
  /** The type of the error that it failed with; of the innermost one where errors wrap errors. */
  readonly errorType?: string;
}

export interface RunResult {
  /** The first thing that did not hold; undefined when the run passed. */
  readonly failure: Failure | undefined;
  readonly choices: readonly Choice[];
  readonly steps: number;
  /** How much time passed in the simulation, in milliseconds. */
  readonly virtualMs: number;
  /** How often each class of fault was injected. */
  readonly faults: ReadonlyMap<FaultClass, number>;
  /** The `sometimes` properties that held at some step. */
  readonly sometimes: ReadonlySet<string>;
  /** False when the run was cut at its step budget, or failed before. */
  readonly cameToRest: boolean;
  /** How each orchestration stood when the run ended. */
  readonly instances: readonly InstanceEnd[];
  /** The error codes of the clients that ended early and quietly. */
  readonly clientsStopped: readonly string[];
  readonly notes: readonly Note[];
}

/** The hub's poison limit unless its options say otherwise. */
const MAX_DELIVERY_COUNT_DEFAULT = 10;
/** Faults may happen in this share of a run's steps; then comes the phase in which everything must come to rest. */
const FAULT_SHARE = 4;

/** How many steps of a run may have faults. */
export function faultSteps(scenario: Scenario): number {
  return Math.floor(scenario.maxSteps / FAULT_SHARE);
}

/**
 * Runs a scenario once.
 * @throws UncontrolledWaitError, UncontrolledCallError, StaleTokenError or InvalidArgumentError when the run cannot be made.
 */
export async function runOnce(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const run = new Run(scenario, options);
  await run.toEnd();
  return run.result();
}

/** Where to stop before the end. */
export interface Stop {
  /** Before more than this many steps were carried out. */
  readonly step?: number;
  /** Before the simulated time passes this one; it then stands exactly there. In milliseconds since the epoch. */
  readonly time?: number;
  /** Once this says so; asked after every step. */
  readonly when?: () => boolean;
  /** At rest the run does not end, and is not judged: somebody outside may still act. */
  readonly staysOpen?: boolean;
}

/** Why a run goes no further for now: it was told to, or it has ended. */
export type Halt = "stopped" | "at-rest" | "failed" | "cut";

/** A run on its way, one step after the other. */
export class Run {
  readonly world: World;
  /** What the scenario's `outside` built for this run. */
  readonly outside: object;
  readonly #scenario: Scenario;
  readonly #choices: ChoiceSource;
  readonly #judge: Judge;
  #end: Exclude<Halt, "stopped"> | undefined;

  constructor(scenario: Scenario, options: RunOptions) {
    this.#scenario = scenario;
    this.#choices = new ChoiceSource(options.provider);
    const { startTime, storage } = scenario;
    const maxDeliveryCount = scenario.hub.worker?.maxDeliveryCount ?? MAX_DELIVERY_COUNT_DEFAULT;
    const limits = { stepsMax: faultSteps(scenario) };
    const faults = new FaultPlan(this.#choices, scenario.faults, options.rates, limits);
    const { takesNotes = false, trace } = options;
    this.world = new World({
      ...{ choices: this.#choices, faults, storage, maxDeliveryCount, startTime },
      texts: textsOf(scenario.hub),
      payloads: scenario.offloading === undefined ? undefined : new SimulatedPayloads(),
      takesNotes,
      trace,
    });
    const outside: unknown = this.world.runScenarioCode("outside()", () => scenario.outside(this.world));
    checkOutside(scenario, outside);
    this.outside = outside;
    startWorkers(this.world, scenario, outside);
    startClients(this.world, scenario, outside);
    this.#judge = new Judge(this.world, scenario, outside);
  }

  /** Goes on until nothing more can happen, something fails, or the budget is used up; then everything is judged. */
  async toEnd(): Promise<void> {
    await this.until({});
  }

  /**
   * Goes on until it is told to stop, or to the end.
   * @throws UncontrolledWaitError, StaleTokenError or InvalidArgumentError when the run cannot go on.
   */
  async until(stop: Stop): Promise<Halt> {
    if (this.#end !== undefined) return this.#end;
    const halt = await this.#carryOn(stop);
    if (halt === "stopped" || (halt === "at-rest" && stop.staysOpen === true)) return halt;
    this.#end = halt;
    if (halt !== "failed") await this.#judge.atEnd(halt === "at-rest");
    if (this.world.abortedBy !== undefined) throw this.world.abortedBy.error;
    const { failure } = this.world;
    if (failure !== undefined) this.world.note(() => ({ type: "failure", failure, storage: this.world.storage }));
    return halt;
  }

  /** How the run ended; undefined while it may still go on. */
  get end(): Exclude<Halt, "stopped"> | undefined {
    return this.#end;
  }

  /** What came of it, so far. */
  result(): RunResult {
    const { world } = this;
    return {
      failure: world.failure,
      choices: this.#choices.sequence,
      steps: world.step,
      virtualMs: world.clock.elapsedMs,
      faults: world.faults.injected,
      sometimes: this.#judge.sometimesHeld,
      cameToRest: this.#end === "at-rest",
      // An entity has no end.
      instances: [...world.store.instances()].flatMap(({ record }) =>
        record.kind === "orchestration" ? [endOf(record)] : [],
      ),
      clientsStopped: world.clientsStopped,
      notes: world.notes ?? [],
    };
  }

  #carryOn(stop: Stop): Promise<Halt> {
    return new Promise((resolve, reject) => {
      const onward = (): void => {
        const halt = this.#step(stop);
        if (halt === undefined) between.begin();
        else resolve(halt);
      };
      const between = new BetweenSteps(this.world, onward, reject);
      between.begin();
    });
  }

  /** Makes a step, or lets time pass. Says why, where it may not. */
  #step(stop: Stop): Halt | undefined {
    const { world } = this;
    if (world.abortedBy !== undefined) throw world.abortedBy.error;
    const halt = this.#halt(stop);
    if (halt !== undefined) return halt;
    const runnable = world.scheduler.runnable();
    if (runnable.length === 0) return this.#passTime(stop.time ?? Infinity);
    this.#carryOut(runnable);
    return undefined;
  }

  /** Why not even one more step is to be made. */
  #halt({ step = Infinity, when }: Stop): Halt | undefined {
    if (this.world.failure !== undefined) return "failed";
    if (this.world.step >= step || when?.() === true) return "stopped";
    return this.world.step >= this.#scenario.maxSteps ? "cut" : undefined;
  }

  /** Jumps to the next time at which something can happen, or to `limit` when that comes first. */
  #passTime(limit: number): Halt | undefined {
    const { world } = this;
    const dueTime = world.scheduler.nextDueTime();
    const isDue = dueTime !== undefined && dueTime > world.now;
    if (!isDue && limit === Infinity) return "at-rest";
    const to = isDue ? Math.min(dueTime, limit) : limit;
    const from = world.now;
    if (to > from) {
      world.clock.advanceTo(to);
      world.note(() => ({ type: "time", from, to }));
    }
    return isDue && dueTime <= limit ? undefined : "stopped";
  }

  #choose(runnable: readonly Operation[]): number {
    const keys = runnable.map(({ key }) => key);
    return this.world.choices.choose({ label: NEXT, n: runnable.length, keys });
  }

  /** The next step: one of the operations that can be carried out now. */
  #carryOut(runnable: readonly Operation[]): void {
    const { world } = this;
    const operation = runnable[runnable.length === 1 ? 0 : this.#choose(runnable)];
    if (operation === undefined) throw new InvariantError("what is chosen can be carried out");
    const { key } = operation;
    world.note(() => ({ type: "operation", key }));
    world.trace?.add(world.step + 1, `${key} at ${world.clock.elapsedMs} ms`);
    operation.carryOut();
    this.#judge.afterStep();
  }
}

function endOf({ runtimeStatus, failure }: InstanceRecord): InstanceEnd {
  if (failure === undefined) return { status: runtimeStatus };
  let cause = failure;
  while (cause.innerFailure !== undefined) cause = cause.innerFailure;
  return { status: runtimeStatus, errorType: cause.errorType };
}
