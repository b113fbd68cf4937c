/**
 * Which messages are for entities: written anew, because oracles share no code with the engine.
 *
 * Invariant: a message's body is for entities or for orchestrations, never both. Used by the oracles.
 */
import type { EntityMessageBody, MessageBody } from "dacapo/backend";

/** True for what only an entity understands. */
export function isForEntities(body: MessageBody): body is EntityMessageBody {
  switch (body.type) {
    case "EntityOperationCalled":
    case "EntityOperationSignaled":
    case "EntityLockRequested":
    case "EntityUnlockSent":
      return true;
    default:
      return false;
  }
}
