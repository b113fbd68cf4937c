/**
 * Two players are locked into one game. Between the question whether both are free and their joining nobody else can
 * take one of them away, because the orchestration holds both locks. Many matches may want the same players: locks are
 * taken in one order everywhere, so no two matches wait for each other for ever.
 */
import { orchestrator, whenAll } from "dacapo";
import { player } from "./player.ts";

export interface Match {
  readonly players: readonly [string, string];
  readonly minutes: number;
}

export const match = orchestrator("match", function* (ctx, { players: [one, other], minutes }: Match) {
  const { entities, instanceId: game } = ctx;

  const lock = yield* entities.lockEntities([player, one], [player, other]);
  const areFree = yield* whenAll([
    entities.callEntity(player, one, "isFree"),
    entities.callEntity(player, other, "isFree"),
  ]);
  if (!areFree.every(Boolean)) return "busy";
  yield* whenAll([entities.callEntity(player, one, "join", game), entities.callEntity(player, other, "join", game)]);
  lock.release();

  ctx.setCustomStatus("playing");
  yield* ctx.createTimer({ minutes });
  ctx.setCustomStatus("over");

  entities.signalEntity(player, one, "leave", game);
  entities.signalEntity(player, other, "leave", game);
  return "played";
});
