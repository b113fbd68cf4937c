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
import type { FaultClass } from "./faults.ts";
import { checkMocks } from "./scenario-check.ts";
import type { MockFunction, Scenario } from "./scenario.ts";
import { openHub } from "./simulated-hub.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** The lease unless the scenario says otherwise; slow activities take longer. */
const LEASE_DEFAULT: Duration = { seconds: 30 };
const SLOW_LEASES = 2.5;

/** So that an activity with the usual three attempts gets through: what must not happen is tested, not bad luck. */
const FAILURES_MAX_PER_CALL = 2;

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
      ? simulatedActivity(world, actor, slowMs, definition, mocks[definition.name])
      : definition,
  );
  const hub = await openHub(world, actor, { ...scenario.hub, worker, register });
  await hub.start();
}

/** The activity as a worker runs it here: mocked or its own, as a step of the simulation, with its faults. */
function simulatedActivity(
  world: World,
  actor: Actor,
  slowMs: number,
  definition: ActivityDefinition,
  mock: MockFunction | undefined,
): ActivityDefinition {
  const { name } = definition;
  const handler = mock ?? definition.handler;
  return activity(name, (context: ActivityContext, input: unknown) => {
    const { instanceId, taskId } = context;
    const about = { worker: actor.name, name, instanceId, taskId };
    return world.runFunction(actor, `activity "${name}" on ${actor.name}`, async () => {
      const fault = await world.scheduler.perform(actor, `run ${name}`, () => {
        world.note(() => ({ type: "activity-started", ...about, input: JSON.stringify(input) ?? "undefined" }));
        const canFail = world.failuresOf(context.idempotencyKey) < FAILURES_MAX_PER_CALL;
        const drawn = world.drawFault(`activity ${name}`, canFail ? ACTIVITY_FAULTS : ["activity-slow"]);
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
        return result;
      } catch (error) {
        world.note(() => ({ type: "activity-threw", ...about, error: String(error) }));
        throw error;
      }
    });
  });
}
