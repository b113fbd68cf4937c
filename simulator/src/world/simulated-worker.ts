/**
 * The workers of a simulation: each is a production task hub that works until it crashes, and comes back as a new
 * one with nothing in memory.
 *
 * Invariant: `mocks` is called anew for each life of a worker, so nothing that a mock remembers outlives a crash.
 */
import type { ActivityContext, ActivityDefinition, Definition, DurableHttpRequest, Duration } from "dacapo";
import { activity, InvalidArgumentError } from "dacapo";
import type { SendHttp } from "dacapo/backend";
import { durationToMs } from "dacapo/backend";
import type { Actor } from "./actor.ts";
import { newActor } from "./actor.ts";
import type { RunNote } from "./committed-record.ts";
import { withDecisionLines } from "./decision-lines.ts";
import type { FaultClass, FaultSettings } from "../faults/faults.ts";
import { checkMocks, HTTP_MOCK } from "../scenario/scenario-check.ts";
import type { MockFunction, Scenario } from "../scenario/scenario.ts";
import { openHub } from "./simulated-hub.ts";
import { NEVER } from "./scheduler.ts";
import { keepRetention } from "./simulated-retention.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** The lease unless the scenario says otherwise; slow activities take longer. */
const LEASE_DEFAULT: Duration = { seconds: 30 };
const SLOW_LEASES = 2.5;

/** So that an activity with the usual three attempts gets through, unless the run is to see what happens otherwise. */
const FAILURES_SURVIVED = 2;

/** The letter of the first worker. */
const FIRST_WORKER = "A".charCodeAt(0);

const FAILURES: readonly FaultClass[] = ["activity-throws", "activity-fails-after-effect"];
const ACTIVITY_FAULTS: readonly FaultClass[] = [
  ...(["activity-throws", "activity-slow", "activity-hangs", "activity-fails-after-effect"] as const),
];
/** An activity that hangs is found, and its worker killed, after so many leases. */
const HANG_LEASES = 20;

/** Starts all workers of the scenario, and each again after a crash. */
export function startWorkers(world: World, scenario: Scenario, outside: object): void {
  const start = (name: string, incarnation: number): void => {
    const actor = newActor("worker", name, incarnation);
    world.workers.set(name, actor);
    void world.scheduler
      .perform(actor, "start", () => {
        world.note(() => ({ type: "worker-started", worker: name, incarnation }));
      })
      .then(() => runWorker(world, actor, scenario, outside))
      .catch((error: unknown) => {
        world.abort(error);
      });
  };
  world.onRestart = start;
  for (let i = 0; i < scenario.workers; i++) start(`worker ${String.fromCharCode(FIRST_WORKER + i)}`, 1);
}

async function runWorker(world: World, actor: Actor, scenario: Scenario, outside: object): Promise<void> {
  const mocks: unknown = world.runScenarioCode("mocks()", () => scenario.mocks(outside));
  checkMocks(scenario, mocks);
  const versioning = scenario.versioning[actor.name.charCodeAt(actor.name.length - 1) - FIRST_WORKER];
  const worker = {
    ...{ lease: LEASE_DEFAULT, ...scenario.hub.worker, workerId: actor.name },
    ...(versioning === undefined ? {} : { versioning }),
  };
  const leaseMs = durationToMs(worker.lease, "option worker.lease");
  const workplace: Workplace = { world, actor, leaseMs, faults: scenario.faults };
  const register = scenario.register.map((definition: Definition): Definition => {
    switch (definition.kind) {
      case "activity":
        return new SimulatedActivity(workplace, definition, mocks[definition.name]).definition;
      case "orchestrator":
        return withDecisionLines(world, actor, definition);
      case "entity":
        return definition;
    }
  });
  const http = new SimulatedActivity(workplace, unansweredHttp(world, scenario), mocks[HTTP_MOCK]).definition;
  const sendHttp = http.handler as unknown as SendHttp;
  const { offloading } = scenario;
  const { retention = [], ...ofHub } = scenario.hub;
  const options = { ...ofHub, worker, register, sendHttp, offloading, determinismGuard: true };
  const hub = await openHub(world, actor, options);
  await hub.start();
  if (retention.length > 0) await keepRetention(world, actor, scenario, retention);
}

/** What answers requests where the scenario has nothing that does: it ends the run, since a real answer would not repeat. */
function unansweredHttp(world: World, { name }: Scenario): ActivityDefinition {
  return activity(HTTP_MOCK, (_context: ActivityContext, { method, url }: DurableHttpRequest): never => {
    const error = new InvalidArgumentError(`Nothing in scenario "${name}" answers the request ${method} ${url}.`, {
      hint: `Add a mock: "${HTTP_MOCK}": (ctx, request) => ({ statusCode: 200, headers: {}, content: "" }).`,
    });
    world.abort(error);
    throw error;
  });
}

/** Where an activity runs. */
interface Workplace {
  readonly world: World;
  readonly actor: Actor;
  /** How long a lease lasts, in milliseconds. */
  readonly leaseMs: number;
  readonly faults: FaultSettings;
}

/** An activity as a worker runs it here: mocked or its own, as a step of the simulation, with its faults. */
class SimulatedActivity {
  readonly #workplace: Workplace;
  readonly #name: string;
  readonly #handler: MockFunction;

  constructor(workplace: Workplace, { name, handler }: ActivityDefinition, mock: MockFunction | undefined) {
    this.#workplace = workplace;
    this.#name = name;
    this.#handler = mock ?? handler;
  }

  get definition(): ActivityDefinition {
    return activity(this.#name, (context: ActivityContext, input: unknown) => {
      const { world, actor } = this.#workplace;
      const { instanceId, taskId } = context;
      const call = { name: this.#name, instanceId, taskId };
      return world.runFunction(
        actor,
        `activity "${this.#name}" on ${actor.name}`,
        () => this.#run(context, input),
        call,
      );
    });
  }

  async #run(context: ActivityContext, input: unknown): Promise<unknown> {
    const { world, actor } = this.#workplace;
    const name = this.#name;
    const about = { worker: actor.name, name, instanceId: context.instanceId, taskId: context.taskId };
    let noted: RunNote | undefined;
    const fault = await world.scheduler.perform(actor, `run ${name}`, () => {
      noted = world.committed.startRun(actor, name, context, input);
      world.note(() => ({ type: "activity-started", ...about, input: world.texts.write(input) ?? "undefined" }));
      return this.#drawFault(context);
    });
    try {
      const result = await this.#meeting(fault, context, input);
      return noted?.returned(result);
    } catch (error) {
      noted?.threw(error);
      world.note(() => ({ type: "activity-threw", ...about, error: String(error) }));
      throw error;
    }
  }

  async #meeting(fault: FaultClass | undefined, context: ActivityContext, input: unknown): Promise<unknown> {
    const name = this.#name;
    const { leaseMs } = this.#workplace;
    if (fault === "activity-throws") throw new Error(`${name} failed before it did anything (simulated)`);
    if (fault === "activity-slow") await this.#sleep(leaseMs * SLOW_LEASES);
    if (fault === "activity-hangs") await this.#hang();
    const result: unknown = await this.#handler(context, input as never);
    if (fault === "activity-fails-after-effect") throw new Error(`${name} failed after its work was done (simulated)`);
    return result;
  }

  #drawFault(context: ActivityContext): FaultClass | undefined {
    const { world, actor } = this.#workplace;
    const { idempotencyKey, instanceId, taskId } = context;
    const fault = world.drawFault(`activity ${this.#name}`, this.#possible(idempotencyKey), { actor, keys: [] });
    if (fault === undefined) return undefined;
    if (FAILURES.includes(fault)) world.hazards.addFailure(idempotencyKey);
    world.note(() => ({ type: "fault", fault, actor: actor.name, at: this.#name, on: { instanceId, taskId } }));
    return fault;
  }

  /** What may go wrong with a call: once it has failed so often, only what the scenario or the run wants. */
  #possible(idempotencyKey: string): readonly FaultClass[] {
    const { world, faults } = this.#workplace;
    if (world.hazards.failuresOf(idempotencyKey) < FAILURES_SURVIVED || world.hazards.mayExhaustRetries) {
      return ACTIVITY_FAULTS;
    }
    return ACTIVITY_FAULTS.filter((fault) => !FAILURES.includes(fault) || typeof faults[fault] === "number");
  }

  /** Never ends: in the end somebody kills the worker, once what else it works on can bear that. */
  async #hang(): Promise<void> {
    const { world, actor, leaseMs } = this.#workplace;
    do await this.#sleep(leaseMs * HANG_LEASES);
    while (!world.hazards.isBearable("activity-hangs", { actor, keys: [] }));
    await world.scheduler.perform(actor, "be killed", () => {
      world.crash(actor);
      return NEVER;
    });
  }

  #sleep(durationMs: number): Promise<void> {
    const { world, actor } = this.#workplace;
    return clockOf(actor, world.clock, world.scheduler).sleep(durationMs);
  }
}
