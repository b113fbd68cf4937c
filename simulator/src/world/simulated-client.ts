/**
 * The clients of a simulation: each is a function of the scenario with a production client of its own, racing with
 * the workers and with the other clients.
 *
 * Invariant: a client may end because the instance it talks to is gone, has ended or exists already, because the
 * store never answered, or because its own patience did; any other error fails the run.
 */
import type { Duration } from "dacapo";
import { DacapoError } from "dacapo";
import { durationToMs } from "dacapo/backend";
import type { Actor } from "./actor.ts";
import { newActor } from "./actor.ts";
import { firstPlaceIn } from "../report/code-location.ts";
import type { ClientFunction, Scenario } from "../scenario/scenario.ts";
import { openHub, payloadOptions } from "./simulated-hub.ts";
import { chooseFor } from "../choices/user-choices.ts";
import { clockOf } from "./virtual-clock.ts";
import type { World } from "./world.ts";

/** Errors that a race, or the faults, may bring to a client that does nothing wrong. */
const HARMLESS_CODES: ReadonlySet<string> = new Set([
  "INSTANCE_TERMINAL",
  "INSTANCE_NOT_FOUND",
  "INSTANCE_ALREADY_EXISTS",
  "STORAGE",
  "WAIT_TIMEOUT",
]);

/** Starts all clients of the scenario. */
export function startClients(world: World, scenario: Scenario, outside: object): void {
  for (const [name, client] of Object.entries(scenario.clients)) {
    const actor = newActor("client", name);
    world.clients.set(name, { status: "running" });
    void world.scheduler
      .perform(actor, "start", () => {
        world.note(() => ({ type: "client-started", client: name }));
      })
      .then(() =>
        world.runFunction(actor, `client "${name}"`, () => runClient(world, scenario, actor, client, outside)),
      )
      .then(
        () => {
          world.clients.set(name, { status: "ended" });
          world.note(() => ({ type: "client-ended", client: name }));
        },
        (error: unknown) => {
          endWithError(world, name, error);
        },
      );
  }
}

async function runClient(
  world: World,
  scenario: Scenario,
  actor: Actor,
  client: ClientFunction,
  outside: object,
): Promise<void> {
  const hub = await openHub(world, actor, payloadOptions(scenario));
  const clock = clockOf(actor, world.clock, world.scheduler);
  await client({
    ...outside,
    client: hub.client,
    choose: chooseFor(actor.name, world.choices),
    after: (duration: Duration) => clock.sleep(durationToMs(duration, "argument of after()")),
  });
}

function endWithError(world: World, name: string, error: unknown): void {
  const thrown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  world.clients.set(name, { status: "ended", error: thrown });
  world.note(() => {
    const at = firstPlaceIn(error instanceof Error ? error.stack : undefined);
    return { type: "client-ended", client: name, error: thrown, ...(at === undefined ? {} : { at }) };
  });
  if (error instanceof DacapoError && HARMLESS_CODES.has(error.code)) {
    world.clientsStopped.push(error.code);
    return;
  }
  // A token that does not fit shows first where a client draws data: that is no failure of the client.
  if (error instanceof DacapoError && error.code === "STALE_TOKEN") {
    world.abort(error);
    return;
  }
  const message = `client "${name}" fails with ${thrown}`;
  world.fail({ kind: "property", mode: "client", property: `client "${name}" does not fail`, message, error: thrown });
}
