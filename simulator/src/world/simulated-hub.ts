/**
 * Opens production task hubs whose ports are simulated: the same classes, another machine.
 *
 * Invariant: each hub acts in the name of one actor; when that actor has crashed, nothing that the hub still does
 * has an effect. Used for workers and for clients.
 */
import type { TaskHubOptions } from "dacapo";
import { TaskHub } from "dacapo";
import type { Ids, Logger, SendHttp, Settler } from "dacapo/backend";
import { systemSettler } from "dacapo/backend";
import { withOffloading } from "dacapo/codec";
import type { Actor } from "./actor.ts";
import { fingerprint } from "../choices/fingerprint.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { SimulatedBackend } from "./simulated-backend.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** Opens a hub for `actor`. */
export async function openHub(
  world: World,
  actor: Actor,
  options: Omit<TaskHubOptions, "backend" | "system" | "http"> & {
    readonly sendHttp?: SendHttp;
    readonly offloading?: Scenario["offloading"];
    /** What the hub is, where the actor has another one. */
    readonly role?: string;
  },
): Promise<TaskHub> {
  let evictCache: () => void = () => undefined;
  const backend = new SimulatedBackend(world, actor, () => {
    evictCache();
  });
  const { sendHttp = refuseHttp, offloading, role = "", ...rest } = options;
  const store = world.payloads?.for(world, actor);
  const hub = await TaskHub.open({
    ...rest,
    backend:
      offloading === undefined || store === undefined
        ? backend
        : withOffloading(backend, { ...offloading, store, sweepEvery: false }),
    system: {
      clock: clockOf(actor, world.clock, world.scheduler),
      ids: idsOf(actor, role),
      settler: settlerOf(world),
      logger: SILENT,
      http: sendHttp,
      // As with the settler: whoever runs simulations attaches once for all of them.
      guard: { attach: () => () => undefined },
      onFatal: (error) => {
        world.fail({ kind: "engine", message: error.message });
      },
    },
  });
  evictCache = () => {
    hub.evictWarmOrchestrations();
  };
  return hub;
}

/** What the hubs of clients have to know of those of workers. */
export function payloadOptions({
  hub,
  offloading,
}: Pick<Scenario, "hub" | "offloading">): Pick<TaskHubOptions, "dataConverter" | "payloadBytesMax"> &
  Pick<Scenario, "offloading"> {
  const { dataConverter, payloadBytesMax } = hub;
  return {
    offloading,
    ...(dataConverter === undefined ? {} : { dataConverter }),
    ...(payloadBytesMax === undefined ? {} : { payloadBytesMax }),
  };
}

/** There is no network here. */
const refuseHttp: SendHttp = () => Promise.reject(new Error("this hub runs no activities"));

/** Logs of a run would be noise, and a story tells what happened better. */
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  return undefined;
}

/** Ids with the shape of UUIDs: unique within a run, the same in every run of the same choices. */
function idsOf(actor: Actor, role: string): Ids {
  const prefix = fingerprint(`${actor.name}/${actor.incarnation}${role}`).toString(16).padStart(8, "0");
  let count = 0;
  return {
    newId: () => {
      count += 1;
      return `${prefix}-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
    },
  };
}

/** The machine's own settler, counted, so that the simulation waits until every hop is over. */
function settlerOf(world: World): Settler {
  return {
    settle: async () => {
      world.hopsUnderWay += 1;
      world.hopsStarted += 1;
      await systemSettler.settle();
      world.hopsUnderWay -= 1;
    },
    // Nothing outside the simulation waits for its turn.
    yield: () => Promise.resolve(),
    run: (owner, step) => systemSettler.run(owner, step),
    // Whoever runs simulations attaches once for all of them: a crashed hub would never let go.
    attach: () => () => undefined,
  };
}
