/**
 * Restarting: the same orchestrator with the same input, version and tags, from the beginning.
 *
 * Invariant: under its own id, only an instance that has ended gives way to its restart. Called by the client alone.
 */
import { InstanceAlreadyExistsError, InstanceNotFoundError, InstanceNotTerminalError } from "../core/errors.ts";
import { checkOrchestrationId } from "../core/names.ts";
import { present } from "../core/present.ts";
import { isTerminal } from "../core/status.ts";
import { checkOptions } from "../core/options.ts";
import type { InstanceRecord } from "../ports/backend.ts";
import { persistently } from "./persistently.ts";
import type { TaskHubClientSetup } from "./client-setup.ts";

export interface RestartOptions {
  /** Starts it as another instance, with a new random id, and leaves this one as it is. False unless given. */
  readonly restartWithNewInstanceId?: boolean;
}

const ENDED = ["Completed", "Failed", "Terminated"] as const;

/** @returns the id of the instance that was started. */
export async function restartInstance(
  { backend, clock, ids }: TaskHubClientSetup,
  instanceId: string,
  options: boolean | RestartOptions,
): Promise<string> {
  if (typeof options !== "boolean") checkOptions(options, "restartOrchestration");
  checkOrchestrationId(instanceId);
  const isNew = typeof options === "boolean" ? options : (options.restartWithNewInstanceId ?? false);
  const original = await persistently(clock, () => backend.getInstance(instanceId));
  if (original?.kind !== "orchestration") throw new InstanceNotFoundError(instanceId);
  if (!isNew && !isTerminal(original.runtimeStatus)) {
    throw new InstanceNotTerminalError(instanceId, original.runtimeStatus, "restarted under its own id");
  }
  const incarnation = ids.newId();
  const startedId = isNew ? incarnation : instanceId;
  const request = {
    requestId: incarnation,
    instanceId: startedId,
    incarnation,
    start: { event: beginningOf(original, startedId, incarnation), carriedEvents: [] },
    replaceStatuses: isNew ? [] : ENDED,
  };
  try {
    await persistently(clock, () => backend.createInstance(request));
  } catch (error) {
    // Somebody else restarted it just now.
    if (!(error instanceof InstanceAlreadyExistsError) || error.runtimeStatus === undefined) throw error;
    throw new InstanceNotTerminalError(instanceId, error.runtimeStatus, "restarted under its own id");
  }
  return startedId;
}

function beginningOf({ name, input, version, tags }: InstanceRecord, instanceId: string, executionId: string) {
  return {
    type: "ExecutionStarted" as const,
    name,
    instanceId,
    executionId,
    ...present("input", input),
    ...present("version", version),
    ...present("tags", tags),
  };
}
