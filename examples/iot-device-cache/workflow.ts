/**
 * Reads what several devices reported last, twice, with a pause between: a thermostat's view of a house. The devices
 * themselves are not asked: their entities answer, also while a device is asleep.
 */
import { orchestrator, whenAll } from "dacapo";
import { device, type Reading } from "./device.ts";

export type Overview = readonly (Reading | null)[];

export const compareRooms = orchestrator("compareRooms", function* (ctx, rooms: readonly string[]) {
  const before: Overview = yield* whenAll(rooms.map((room) => ctx.entities.callEntity(device, room, "latest")));
  yield* ctx.createTimer({ minutes: 1 });
  const after: Overview = yield* whenAll(rooms.map((room) => ctx.entities.callEntity(device, room, "latest")));
  return { before, after };
});
