/**
 * The workers of a simulation: each is a production task hub that works until it crashes, and comes back as a new
 * one with nothing in memory.
 *
 * Invariant: `mocks` is called anew for each life of a worker, so nothing that a mock remembers outlives a crash.
 */
import type { ActivityContext, ActivityDefinition, Definition, Duration } from "dacapo";
import { activity } from "dacapo";
import { durationToMs } from "dacapo/backend";
import type { Actor } from "./actor.ts";
import { newActor } from "./actor.ts";
import type { RunNote } from "./committed-record.ts";
import type { FaultClass, FaultSettings } from "../faults/faults.ts";
import { checkMocks } from "../scenario/scenario-check.ts";
import type { MockFunction, Scenario } from "../scenario/scenario.ts";
import { openHub } from "./simulated-hub.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** The lease unless the scenario says otherwise; slow activities take longer. */
const LEASE_DEFAULT: Duration = { seconds: 30 };
const SLOW_LEASES = 2.5;

/** So that an activity with the usual three attempts gets through, unless the run is to see what happens otherwise. */
const FAILURES_SURVIVED = 2;

const FAILURES: readonly FaultClass[] = ["activity-throws", "activity-fails-after-effect"];
const ACTIVITY_FAULTS: readonly FaultClass[] = ["activity-throws", "activity-slow", "activity-fails-after-effect"];

/** Starts all workers of the scenario, and each again after a crash. */
export function startWorkers(world: World, scenario: Scenario, outside: object): void {
  const start = (name: string, incarnation: number): void => {
    const actor = newActor("worker", name, incarnation);
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
  for (let i = 0; i < scenario.workers; i++) start(`worker ${String.fromCharCode("A".charCodeAt(0) + i)}`, 1);
}

async function runWorker(world: World, actor: Actor, scenario: Scenario, outside: object): Promise<void> {
  const mocks: unknown = scenario.mocks(outside);
  checkMocks(scenario, mocks);
  const worker = { lease: LEASE_DEFAULT, ...scenario.hub.worker, workerId: actor.name };
  const slowMs = durationToMs(worker.lease, "option worker.lease") * SLOW_LEASES;
  const register = scenario.register.map((definition: Definition) =>
    definition.kind === "activity"
      ? simulatedActivity({ world, actor, slowMs, faults: scenario.faults }, definition, mocks[definition.name])
      : definition,
  );
  const hub = await openHub(world, actor, { ...scenario.hub, worker, register });
  await hub.start();
}

/** Where an activity runs. */
interface Workplace {
  readonly world: World;
  readonly actor: Actor;
  /** How long a slow activity takes, in milliseconds. */
  readonly slowMs: number;
  readonly faults: FaultSettings;
}

/** The activity as a worker runs it here: mocked or its own, as a step of the simulation, with its faults. */
function simulatedActivity(
  { world, actor, slowMs, faults }: Workplace,
  definition: ActivityDefinition,
  mock: MockFunction | undefined,
): ActivityDefinition {
  const { name } = definition;
  const handler = mock ?? definition.handler;
  const failuresOnPurpose = FAILURES.filter((fault) => typeof faults[fault] === "number");
  /** What may go wrong with this call: once it has failed so often, only what the scenario or the run wants. */
  const possible = ({ idempotencyKey }: ActivityContext): readonly FaultClass[] => {
    if (world.failuresOf(idempotencyKey) < FAILURES_SURVIVED || world.mayExhaustRetries) return ACTIVITY_FAULTS;
    return ["activity-slow", ...failuresOnPurpose];
  };
  return activity(name, (context: ActivityContext, input: unknown) => {
    const { instanceId, taskId } = context;
    const call = { name, instanceId, taskId };
    const about = { worker: actor.name, ...call };
    const run = async (): Promise<unknown> => {
      let noted: RunNote | undefined;
      const fault = await world.scheduler.perform(actor, `run ${name}`, () => {
        noted = world.committed.startRun(actor, name, context, input);
        world.note(() => ({ type: "activity-started", ...about, input: JSON.stringify(input) ?? "undefined" }));
        const drawn = world.drawFault(`activity ${name}`, possible(context));
        if (drawn !== undefined) {
          if (drawn !== "activity-slow") world.addFailure(context.idempotencyKey);
          world.note(() => ({ type: "fault", fault: drawn, actor: actor.name, at: name, on: { instanceId, taskId } }));
        }
        return drawn;
      });
      try {
        if (fault === "activity-throws") throw new Error(`${name} failed before it did anything (simulated)`);
        if (fault === "activity-slow") await clockOf(actor, world.clock, world.scheduler).sleep(slowMs);
        const result: unknown = await handler(context, input as never);
        if (fault === "activity-fails-after-effect")
          throw new Error(`${name} failed after its work was done (simulated)`);
        return noted?.returned(result);
      } catch (error) {
        noted?.threw(error);
        world.note(() => ({ type: "activity-threw", ...about, error: String(error) }));
        throw error;
      }
    };
    return world.runFunction(actor, `activity "${name}" on ${actor.name}`, run, call);
  });
}
