/**
 * How a life of an instance id begins and ends by the order of a client, as micro-steps over the memory store's data.
 *
 * Invariant: everything that can be refused is refused before the first step exists; a request that was made before
 * has no steps. Called by the store alone.
 */
import { answerToParent } from "../../core/effects.ts";
import { InstanceAlreadyExistsError, InstanceNotTerminalError } from "../../core/errors.ts";
import { isTerminal } from "../../core/status.ts";
import type { CreateInstanceRequest, PurgeInstanceRequest } from "../../ports/backend.ts";
import type { MicroStep } from "./micro-step.ts";
import { newInstance } from "./new-instance.ts";
import { requestKey } from "../sql/request-key.ts";
import type { InstanceState, StoreState } from "./store-state.ts";

/** A purge on its way: what its steps make true, and what the caller is told. */
export interface PurgePlan {
  /** True when there was an instance to remove: by this request, or by the one that it repeats. */
  readonly answer: boolean;
  readonly steps: readonly MicroStep[];
}

/** @throws InstanceAlreadyExistsError when the id is taken and may not be replaced. */
export function planCreation(state: StoreState, request: CreateInstanceRequest): readonly MicroStep[] {
  const existing = state.instances.get(request.instanceId);
  if (existing?.createRequestId === request.requestId || wasCreated(state, request)) return [];
  const creation: MicroStep = {
    name: "creation",
    apply: () => {
      state.addInstance(newInstance(request, state.now, state.nextRevision()));
    },
  };
  if (existing === undefined) return [creation];
  const { runtimeStatus, kind } = existing.record;
  if (kind === "entity" || !request.replaceStatuses.includes(runtimeStatus)) {
    throw new InstanceAlreadyExistsError(request.instanceId, runtimeStatus);
  }
  const removal: MicroStep = {
    name: "removal",
    apply: () => {
      giveWay(state, existing);
    },
  };
  return [removal, creation];
}

/** True when the request created an instance that is gone. */
export function wasCreated(state: StoreState, { instanceId, requestId }: CreateInstanceRequest): boolean {
  return state.requests.answerTo(requestKey("create", instanceId, requestId)) !== undefined;
}

/** Whoever waits for the end of an instance that is replaced before it learns that this was it. */
function giveWay(state: StoreState, instance: InstanceState): void {
  const hasEnded = isTerminal(instance.record.runtimeStatus);
  state.removeInstance(instance);
  if (hasEnded) return;
  const end = { kind: "terminated", output: undefined } as const;
  for (const answer of answerToParent(instance.start.event.parent, end)) state.deliver(answer);
}

/** @throws InstanceNotTerminalError when the instance has not ended. */
export function planPurge(state: StoreState, request: PurgeInstanceRequest): PurgePlan {
  const { requestId, instanceId, ifRevision } = request;
  const key = requestKey("purge", instanceId, requestId);
  const known = state.requests.answerTo(key);
  if (known !== undefined) return { answer: known, steps: [] };
  const instance = instanceToPurge(state, request);
  const answer = instance !== undefined;
  const note: MicroStep = {
    name: "request",
    apply: () => {
      state.requests.remember(key, answer, state.now);
    },
  };
  if (instance === undefined) return { answer, steps: [note] };
  const { runtimeStatus } = instance.record;
  if (!isTerminal(runtimeStatus) && ifRevision === undefined) {
    throw new InstanceNotTerminalError(instanceId, runtimeStatus);
  }
  const removal: MicroStep = {
    name: "removal",
    apply: () => {
      state.removeInstance(instance);
    },
  };
  return { answer, steps: [removal, note] };
}

function instanceToPurge(state: StoreState, request: PurgeInstanceRequest): InstanceState | undefined {
  const { instanceId, ifRevision, ifIncarnation } = request;
  const instance = state.instances.get(instanceId);
  if (ifIncarnation !== undefined && instance?.record.incarnation !== ifIncarnation) return undefined;
  return ifRevision === undefined || isIdleAt(instance, ifRevision, state) ? instance : undefined;
}

/** True when nothing is going on with an instance, and its record is that of this revision. */
function isIdleAt(instance: InstanceState | undefined, revision: number, state: StoreState): boolean {
  return instance?.record.revision === revision && instance.queue.size === 0 && !state.isHeld(instance);
}
