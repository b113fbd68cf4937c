/**
 * The calls that change a hub, with what each is going to need.
 *
 * Invariant: what is named here is asked for in advance, for all calls of a group at once; a need that is not named costs
 * a round trip of its own, and nothing else. `births` is at least how many instances a call may add.
 */
import type { InstanceMessage } from "../../core/messages.ts";
import type * as port from "../../ports/backend.ts";
import type { HubPart } from "../../ports/hub-snapshot.ts";
import { requestKey } from "../sql/request-key.ts";
import { createInstance, purgeInstance, sendMessage } from "../sql/requests.ts";
import { restorePart } from "../sql/restoring.ts";
import { rewindInstance } from "../sql/reopening.ts";
import { eventsOf, type Row } from "../sql/columns.ts";
import { owned } from "../sql/locks.ts";
import type { Need, Operation, Tables } from "../sql/tables.ts";
import { completeTurn } from "../sql/turns.ts";
import * as work from "../sql/work.ts";
import { partitionOf } from "./partition.ts";
import type { PostgresTables } from "./postgres-tables.ts";
import type { Statement } from "./statements.ts";

/** What a call asks for in the message that ends its transaction. */
export interface Closing {
  readonly statements: readonly Statement[];
  /** Makes the call's answer from the rows of each statement, once they are durable. */
  readonly finish: (answers: readonly (readonly Row[])[]) => unknown;
}

/** A call within a transaction: an operation, or what comes after all operations of its group have been written. */
export type Call =
  | {
      readonly kind: "operation";
      readonly needs: readonly Need[];
      readonly births: number;
      /** The instances that it may make ready. */
      readonly wakes: readonly string[];
      /** True for what clients ask: their calls take effect in their order. */
      readonly isOrdered: boolean;
      /** True when it may go by images of what it needs (`images.ts`). */
      readonly isConditional: boolean;
      readonly run: (tables: Tables) => Operation<unknown>;
    }
  | {
      readonly kind: "after";
      readonly needs: readonly Need[];
      /** The kind of work that it claims. */
      readonly claims?: port.WorkKind;
      /** Claims what can be handed out before the transaction is durable, and hands it out. @returns the locks */
      readonly handOut?: (tables: PostgresTables) => readonly port.Lock[];
      readonly close: (tables: PostgresTables) => Closing;
    };

const instance = (id: string): Need => ({ of: "instance", id });
const activity = (id: string): Need => ({ of: "activity", id });
const answer = (...names: Parameters<typeof requestKey>): Need => ({ of: "answer", id: requestKey(...names) });

export function creation(request: port.CreateInstanceRequest): Call {
  const { instanceId, requestId } = request;
  return {
    kind: "operation",
    needs: [instance(instanceId), answer("create", instanceId, requestId)],
    births: 1,
    wakes: [],
    isOrdered: true,
    isConditional: false,
    run: (tables) => createInstance(tables, request),
  };
}

export function sending(message: InstanceMessage): Call {
  const { instanceId, messageId } = message;
  return {
    kind: "operation",
    needs: [instance(instanceId), answer("send", instanceId, messageId)],
    births: 1,
    wakes: [instanceId],
    isOrdered: true,
    isConditional: false,
    run: (tables) => sendMessage(tables, message),
  };
}

export function purging(request: port.PurgeInstanceRequest): Call {
  const { instanceId, requestId } = request;
  return {
    kind: "operation",
    needs: [instance(instanceId), answer("purge", instanceId, requestId)],
    births: 0,
    wakes: [],
    isOrdered: true,
    isConditional: false,
    run: (tables) => purgeInstance(tables, request),
  };
}

export function rewinding(request: port.RewindInstanceRequest): Call {
  const { instanceId, requestId } = request;
  return {
    kind: "operation",
    needs: [instance(instanceId), answer("rewind", instanceId, requestId)],
    births: 0,
    wakes: [],
    isOrdered: true,
    isConditional: false,
    run: (tables) => rewindInstance(tables, request),
  };
}

export function turn(commit: port.TurnCommit): Call {
  const { lock, messages, starts, rewinds = [] } = commit;
  const receivers = [...messages, ...starts, ...rewinds].map(({ instanceId }) => instance(instanceId));
  const made = starts.map(({ instanceId, incarnation }) => answer("create", instanceId, incarnation));
  return {
    kind: "operation",
    needs: [instance(lock.key), ...receivers, ...made],
    births: starts.length + messages.length,
    wakes: messages.map(({ instanceId }) => instanceId),
    isOrdered: false,
    isConditional: true,
    run: (tables) => completeTurn(tables, commit),
  };
}

export function activityAnswer(commit: port.ActivityCommit): Call {
  return {
    kind: "operation",
    needs: [activity(commit.lock.key), instance(commit.message.instanceId)],
    births: 0,
    wakes: [commit.message.instanceId],
    isOrdered: false,
    isConditional: true,
    run: (tables) => work.completeActivity(tables, commit),
  };
}

/** A part of a hub that is put into this one. */
export function restoring(part: HubPart): Call {
  return {
    kind: "operation",
    needs: [],
    births: 1,
    wakes: [],
    isOrdered: true,
    isConditional: false,
    run: (tables) => restorePart(tables, part),
  };
}

/** A renewal or an abandon. */
export function underLock(kind: port.WorkKind, { key }: port.Lock, run: (tables: Tables) => Operation<unknown>): Call {
  const needs = [kind === "activity" ? activity(key) : instance(key)];
  return { kind: "operation", needs, births: 0, wakes: [], isOrdered: false, isConditional: false, run };
}

/** The history of an instance, for who holds its lock. */
export function reading(lock: port.Lock): Call {
  return {
    kind: "after",
    needs: [instance(lock.key)],
    close: (tables) => {
      const { key, generation } = owned(tables.instance(lock.key), lock, "instance", tables.now);
      const statement = { name: "history", values: [partitionOf(lock.key), key, generation] } as const;
      return { statements: [statement], finish: ([rows = []]) => eventsOf(rows) };
    },
  };
}

/** A place that all requests of clients share. */
const CLIENTS = "the clients'";

/** What a call is about: no two transactions of a handle are about the same at a time. */
export function placesOf(call: Call): readonly string[] {
  const ids = call.needs.map(({ id }) => id);
  return call.kind === "operation" && call.isOrdered ? [CLIENTS, ...ids] : ids;
}
