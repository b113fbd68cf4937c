/**
 * Rewinding: a failed orchestration goes on from before its failure. Called by the client alone.
 */
import { checkInstanceId } from "../core/names.ts";
import { present } from "../core/present.ts";
import { checkText } from "../core/options.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";
import { persistently } from "./persistently.ts";

export async function rewind(
  { backend, clock, ids }: TaskHubClientSetup,
  instanceId: string,
  reason: string | undefined,
): Promise<void> {
  checkInstanceId(instanceId);
  const request = { requestId: ids.newId(), instanceId, ...present("reason", checkText(reason, "reason")) };
  await persistently(clock, () => backend.rewindInstance(request));
}
