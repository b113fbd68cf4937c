/**
 * One run: a scenario, a source of choices, and what came of it.
 *
 * Invariant: a run is a function of the scenario and the choices: the same choices give the same run, step by step.
 * Wall time decides nothing; a run that does not come to rest is cut after so many steps.
 */
import type { InstanceRecord, RuntimeStatus } from "dacapo/backend";
import type { ChoiceProvider, Choice } from "../choices/choices.ts";
import { ChoiceSource } from "../choices/choices.ts";
import type { Failure } from "../report/failure.ts";
import type { FaultClass, FaultRates } from "../faults/faults.ts";
import { FaultPlan } from "../faults/faults.ts";
import { Judge } from "./judge.ts";
import type { Note } from "../report/notes.ts";
import { checkOutside } from "../scenario/scenario-check.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { startClients } from "../world/simulated-client.ts";
import { startWorkers } from "../world/simulated-worker.ts";
import { drain, untilControlled } from "../world/uncontrolled-waits.ts";
import { World } from "../world/world.ts";

export interface RunOptions {
  readonly provider: ChoiceProvider;
  readonly rates: FaultRates;
  /** Keep notes, for a story or a comparison: slower. */
  readonly takesNotes?: boolean;
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
  /** How each instance stood when the run ended. */
  readonly instances: readonly InstanceEnd[];
  /** The error codes of the clients that ended early and quietly. */
  readonly clientsStopped: readonly string[];
  readonly notes: readonly Note[];
}

/** The hub's poison limit unless its options say otherwise. */
const MAX_DELIVERY_COUNT_DEFAULT = 10;
/** Faults stay this far below the poison limit: the first delivery, and the one that succeeds. */
const DELIVERIES_SPARED = 2;
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
  const choices = new ChoiceSource(options.provider);
  const maxDeliveryCount = scenario.hub.worker?.maxDeliveryCount ?? MAX_DELIVERY_COUNT_DEFAULT;
  const faults = new FaultPlan(choices, scenario.faults, options.rates, {
    stepsMax: faultSteps(scenario),
    redeliveriesMax: Math.max(maxDeliveryCount - DELIVERIES_SPARED, 0),
  });
  const { startTime } = scenario;
  const world = new World({ choices, faults, startTime, takesNotes: options.takesNotes ?? false });
  const outside: unknown = world.runScenarioCode("outside()", () => scenario.outside(world));
  checkOutside(scenario, outside);
  startWorkers(world, scenario, outside);
  startClients(world, scenario, outside);
  const judge = new Judge(world, scenario, outside);
  const isAtRest = await runToRest(world, judge, scenario.maxSteps);
  if (world.failure === undefined) await judge.atEnd(isAtRest);
  if (world.abortedBy !== undefined) throw world.abortedBy.error;
  const { failure } = world;
  if (failure !== undefined) world.note(() => ({ type: "failure", failure }));
  return {
    failure,
    choices: choices.sequence,
    steps: world.step,
    virtualMs: world.clock.elapsedMs,
    faults: faults.injected,
    sometimes: judge.sometimesHeld,
    cameToRest: isAtRest,
    instances: [...world.store.instances()].map(({ record }) => endOf(record)),
    clientsStopped: world.clientsStopped,
    notes: world.notes ?? [],
  };
}

function endOf({ runtimeStatus, failure }: InstanceRecord): InstanceEnd {
  if (failure === undefined) return { status: runtimeStatus };
  let cause = failure;
  while (cause.innerFailure !== undefined) cause = cause.innerFailure;
  return { status: runtimeStatus, errorType: cause.errorType };
}

/** Carries out operations until nothing more can happen, something fails, or the budget is used up. */
async function runToRest(world: World, judge: Judge, maxSteps: number): Promise<boolean> {
  for (;;) {
    await drain(world);
    if (world.failure === undefined) await untilControlled(world);
    if (world.abortedBy !== undefined) throw world.abortedBy.error;
    if (world.failure !== undefined || world.step >= maxSteps) return false;
    const runnable = world.scheduler.runnable();
    if (runnable.length === 0) {
      if (!advanceTime(world)) return true;
      continue;
    }
    const keys = runnable.map(({ key }) => key);
    const operation = runnable[world.choices.choose({ label: "next", n: runnable.length, keys })];
    world.note(() => ({ type: "operation", key: operation?.key ?? "none" }));
    operation?.carryOut();
    judge.afterStep();
  }
}

/** Jumps to the next time at which something can happen. False when there is none. */
function advanceTime(world: World): boolean {
  const dueTime = world.scheduler.nextDueTime();
  if (dueTime === undefined || dueTime <= world.now) return false;
  const from = world.now;
  world.clock.advanceTo(dueTime);
  world.note(() => ({ type: "time", from, to: dueTime }));
  return true;
}
