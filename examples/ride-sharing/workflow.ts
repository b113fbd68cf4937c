/**
 * Finds a driver for a rider. Drivers are asked one after the other; each has two minutes to answer by an event. When one
 * accepts, rider and driver are locked together: the rider may have cancelled meanwhile, or have found another driver with
 * a second request.
 */
import {
  activity,
  type Orchestration,
  type OrchestrationContext,
  orchestrator,
  TaskFailedError,
  whenAny,
} from "dacapo";
import { driver } from "./driver.ts";
import { rider } from "./rider.ts";

export interface RideRequest {
  readonly rider: string;
  /** The nearest first. */
  readonly drivers: readonly string[];
}

export interface Question {
  readonly ride: string;
  readonly driver: string;
}

/** The driver answers the ride with the event "Answer of <driver>": true or false. */
export const askDriver = activity("askDriver", (ctx, question: Question) => {
  ctx.log.info({ question }, "Would you take this ride?");
});

export const findRide = orchestrator("findRide", function* (ctx, request: RideRequest) {
  const { entities, instanceId: ride } = ctx;
  for (const name of request.drivers) {
    const isReserved = yield* entities.callEntity(driver, name, "reserve", ride);
    if (!isReserved) continue;
    if (yield* accepts(ctx, name)) {
      if (yield* board(ctx, request.rider, name)) {
        yield* ctx.createTimer({ minutes: 15 });
        yield* entities.callEntity(rider, request.rider, "arrive");
        entities.signalEntity(driver, name, "dropOff");
        return "arrived";
      }
      entities.signalEntity(driver, name, "release");
      return "not wanted any more";
    }
    entities.signalEntity(driver, name, "release");
  }
  return "no driver";
});

function* accepts(ctx: OrchestrationContext, name: string): Orchestration<boolean> {
  try {
    yield* ctx.callActivity(askDriver, { ride: ctx.instanceId, driver: name });
  } catch (error) {
    if (error instanceof TaskFailedError) return false;
    throw error;
  }
  const answer = ctx.waitForExternalEvent<boolean>(`Answer of ${name}`);
  const deadline = ctx.createTimer({ minutes: 2 });
  const winner = yield* whenAny([answer, deadline]);
  if (winner === deadline) return false;
  deadline.cancel();
  return answer.result;
}

function* board(ctx: OrchestrationContext, passenger: string, name: string): Orchestration<boolean> {
  const lock = yield* ctx.entities.lockEntities([rider, passenger], [driver, name]);
  try {
    const isWaiting = yield* ctx.entities.callEntity(rider, passenger, "isWaiting");
    if (!isWaiting) return false;
    yield* ctx.entities.callEntity(driver, name, "pickUp", passenger);
    yield* ctx.entities.callEntity(rider, passenger, "board", name);
    return true;
  } finally {
    lock.release();
  }
}
