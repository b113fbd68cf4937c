/**
 * The backend contract: everything that the engine asks of a store, and everything that it may rely on.
 *
 * The guarantees, by number (the executable form is `dacapo/testing`, which every backend passes):
 *
 * - **G1 durability.** When a mutating call resolves, its effect survives any crash.
 * - **G2 fencing.** A call under a stale lock token is refused with `LeaseLostError` and leaves no visible
 *   effect at all. At most one unexpired token per instance or activity; a later token is greater. A fetch
 *   hands out history and messages as of its token.
 * - **G3 atomic turn.** Events, status, custom status, an entity's data, the instances that the turn starts and, at
 *   continue-as-new, the end of the old and the start of the new execution: all there or none. Create-or-replace and purge are each atomic; neither removes
 *   messages already committed for other instances.
 * - **G4 outbox.** A message or activity of a turn is visible only once that turn is durable; then it is
 *   delivered at least once, perhaps late, twice, or out of order.
 * - **G5 inbox.** A message or activity stays until a durable commit has consumed it; completing an activity
 *   makes its result visible before, or together with, its removal.
 * - **G6 timers.** A message with a due time is not delivered before it by the hub's clock.
 * - **G7 ambiguity.** A `StorageError` from any mutating call may mean "not done", or "done, answer lost". The
 *   same request id twice, within the redelivery horizon, is one effect and one answer. So a repeated client call
 *   touches nothing that came after the first: not an instance that took the id over, nor one that ended or is
 *   gone. A message's id is its request id. A call that was refused took no effect: repeated, it is a first one.
 * - **G8 read your write.** After `createInstance` or `sendMessage` resolves, a read of that instance sees it.
 * - **G9 progress.** A visible message of an unlocked instance is eventually handed out; a lock ends by commit,
 *   abandon or expiry; a message that arrives during a turn makes the instance ready again.
 * - **G10 horizon.** A consumed message is not redelivered later than the hub's redelivery horizon.
 * - **G11 work items** carry their delivery count and the hub's `now`; there is one time per hub.
 *
 * Any method may throw `StorageError`. The other errors are named at each method.
 */
import type { AppliedMessage, EntityData } from "../core/entity-data.ts";
import type { FailureDetails } from "../core/failure.ts";
import type { HistoryEvent } from "../core/history.ts";
import type {
  ActivityWork,
  ChildRewind,
  ExecutionStart,
  InstanceMessage,
  InstanceStart,
  RewindOrder,
} from "../core/messages.ts";
import type { Milestone, RuntimeStatus } from "../core/status.ts";
import type { HubPart } from "./hub-snapshot.ts";
import type { PayloadStore } from "./payload-store.ts";

/** What an instance is. An entity's id is `@name@key`; it has no history, and stays `Running` until it is purged. */
export type InstanceKind = "orchestration" | "entity";

/** One instance, as a reader sees it: the status row. */
export interface InstanceRecord {
  readonly instanceId: string;
  readonly kind: InstanceKind;
  /** The registered name of the orchestrator or the entity. */
  readonly name: string;
  /** Names this life of the instance id; a new one begins with each `createInstance`. */
  readonly incarnation: string;
  /** Names the current execution (generation). */
  readonly executionId: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly createdAt: number;
  readonly lastUpdatedAt: number;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** A text of the data converter (JSON unless the hub has another), as are `output` and `customStatus`. */
  readonly input?: string;
  readonly output?: string;
  readonly customStatus?: string;
  readonly failure?: FailureDetails;
  /** Set on sub-orchestrations: the parent's instance id. */
  readonly parentInstanceId?: string;
  /** Of an entity that has had a turn. */
  readonly entity?: EntityRow;
  /** Grows with each change of this record. */
  readonly revision: number;
}

/** What readers see of an entity's data. */
export interface EntityRow {
  /** A text of the data converter; absent when the entity has no state. */
  readonly state?: string;
  /** The instance id of the orchestration that holds the lock, and with it the critical section. */
  readonly lockedBy?: string;
  readonly lockedByExecutionId?: string;
  readonly criticalSectionId?: string;
  /** How many operations wait for the lock, or for a message before them. */
  readonly backlog: number;
  /** In milliseconds since the epoch. */
  readonly lastOperationAt: number;
}

/** Proof of ownership: the holder of the greatest token of a key owns it until it expires. */
export interface Lock {
  /** An instance id, or an activity id. */
  readonly key: string;
  readonly token: number;
}

/** What a worker is handed to run one turn. */
export interface OrchestrationWorkItem {
  readonly lock: Lock;
  readonly instance: InstanceRecord;
  /** How the current execution begins; its first turn starts from here. An entity's says only what it is. */
  readonly start: ExecutionStart;
  /** Set where a failed instance was made to go on, until a turn has rewritten its history. */
  readonly rewind?: RewindOrder;
  /** What an entity's last turn left; absent before its first, and for orchestrations. */
  readonly entity?: EntityData;
  /** The id of the last event in the current execution's history; 0 before its first turn. */
  readonly lastEventId: number;
  /** Visible messages of the instance, in the order in which the backend delivers them. Never the same id twice. */
  readonly messages: readonly InstanceMessage[];
  /** How often the instance was handed out since its last commit, this time included: at least 1. */
  readonly deliveryCount: number;
  /** The hub's time, in milliseconds since the epoch. */
  readonly now: number;
}

/** What a worker is handed to run one activity. */
export interface ActivityWorkItem {
  readonly lock: Lock;
  readonly work: ActivityWork;
  /** How often this activity was handed out, this time included: at least 1. */
  readonly deliveryCount: number;
  /** The hub's time, in milliseconds since the epoch. */
  readonly now: number;
}

export interface FetchOptions {
  /** The worker that asks, for diagnosis. */
  readonly workerId: string;
  /** At most this many items. It is read when the fetch is carried out, by when a worker may have room for more. */
  readonly maxItems: number;
  /** How long each item's lock lasts unless it is renewed, in milliseconds. */
  readonly leaseMs: number;
}

export interface CreateInstanceRequest {
  readonly requestId: string;
  readonly instanceId: string;
  readonly incarnation: string;
  readonly start: ExecutionStart;
  /**
   * An existing instance in one of these statuses is replaced; in any other, the call is refused. Where one that had
   * not ended is replaced, that is its end: its parent is told that it was terminated. An entity is never replaced.
   */
  readonly replaceStatuses: readonly RuntimeStatus[];
}

export interface PurgeInstanceRequest {
  readonly requestId: string;
  readonly instanceId: string;
  /**
   * Purges an entity, which never ends, or what has ended, as it was seen: only if its record has this revision, no message
   * waits for it and nobody holds it. Otherwise nothing happens, and the answer is false.
   */
  readonly ifRevision?: number;
  /** Purges this life of the id only: where another has it, nothing happens, and the answer is false. */
  readonly ifIncarnation?: string;
}

/** Makes a failed instance go on from before its failure. */
export interface RewindInstanceRequest extends RewindOrder {
  readonly instanceId: string;
}

/** Everything that one turn changes, partitioned by destination. */
export interface TurnCommit {
  readonly requestId: string;
  readonly lock: Lock;
  /** Messages of the work item that are done with. Those not named stay and are delivered again. */
  readonly consumed: readonly string[];
  /**
   * Set by a turn whose work item has a `rewind`, and by no other: what stands of the history, which takes the place of
   * the whole before `events` are appended, and the execution's beginning under a new id. The order is then done with.
   */
  readonly rewritten?: { readonly start: ExecutionStart; readonly history: readonly HistoryEvent[] };
  /**
   * Appended to the current execution's history; ids follow the work item's `lastEventId`, or the history that was
   * `rewritten`.
   */
  readonly events: readonly HistoryEvent[];
  readonly activities: readonly ActivityWork[];
  /** Messages of this instance to itself, each with a due time. */
  readonly timers: readonly InstanceMessage[];
  /** Messages to other instances. One for an instance that does not exist, nor has a `birth`, is discarded. */
  readonly messages: readonly InstanceMessage[];
  /**
   * Instances that begin, before `messages` are delivered. Where the id is taken, in whatever status, nothing begins
   * and the `refusal` is delivered instead; except that an ended life that the start `replaces` gives way to it. A
   * start that was made before has no effect at all, also when its instance has ended or is gone.
   */
  readonly starts: readonly InstanceStart[];
  /**
   * Sub-orchestrations that are to answer another execution, after the `starts`. Where the id is that of a child which
   * was to answer the former one (or is to answer this one already), its parent is changed from then on, in how its
   * execution begins: a failed child is reopened, as by `rewindInstance`; of one that has ended otherwise, the answer is
   * delivered once more; of one that goes on, the lock ends, so that a turn under the old beginning is refused.
   * Where there is no such child, `lost` is delivered.
   */
  readonly rewinds?: readonly ChildRewind[];
  /** The whole of an entity's data. Set by every turn of an entity, and by no other. */
  readonly entity?: EntityData;
  /**
   * Of an entity's turn: what took effect, in the order in which it did. For whoever watches the commits, such as a
   * simulator; a backend keeps nothing of it.
   */
  readonly applied?: readonly AppliedMessage[];
  /** Ids of messages in `timers`, of this or an earlier turn, that need not be delivered any more. */
  readonly cancelledTimers: readonly string[];
  readonly status: StatusUpdate;
  /**
   * The next execution. With a new execution id (continue-as-new), `events` end the old one, whose history the
   * new one's empty history replaces; with the current id (an execution that has not begun), it replaces how
   * that execution will begin.
   */
  readonly next?: ExecutionStart;
}

/** The whole of what a turn makes of the status row: what it leaves out is gone. */
export interface StatusUpdate {
  readonly runtimeStatus: RuntimeStatus;
  readonly lastUpdatedAt: number;
  readonly output?: string;
  readonly failure?: FailureDetails;
  readonly customStatus?: string;
}

export interface ActivityCommit {
  readonly requestId: string;
  readonly lock: Lock;
  /** The answer to the orchestration. Discarded when its instance is gone. */
  readonly message: InstanceMessage;
}

export interface AbandonRequest {
  readonly lock: Lock;
  /** The item is not handed out again for this long, in milliseconds. */
  readonly delayMs: number;
  /** True when the delivery does not count: the work was not for this worker, and nothing is wrong with it. */
  readonly isUncounted?: true;
}

/** How records are read. */
export interface ReadOptions {
  /**
   * Set where the caller looks at no inputs, outputs, custom statuses and states, but at whether they are there: whoever
   * stands in front of the store leaves them as they are stored. A store itself need not mind.
   */
  readonly withoutPayloads?: true;
}

export interface InstanceQuery extends ReadOptions {
  readonly kind?: InstanceKind;
  readonly runtimeStatus?: readonly RuntimeStatus[];
  readonly instanceIdPrefix?: string;
  readonly createdFrom?: number;
  readonly createdTo?: number;
  /** Ended at this time or later; at this time or earlier. Leaves out what has not ended. */
  readonly endedFrom?: number;
  readonly endedTo?: number;
  /** The registered name, exactly. */
  readonly name?: string;
  /** Instances that have all of these tags with these values, whatever other tags they have. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The sub-orchestrations of this instance id. */
  readonly parentInstanceId?: string;
  readonly pageSize: number;
  readonly continuationToken?: string;
}

export interface InstancePage {
  /** Ordered by instance id, by UTF-16 code units. */
  readonly instances: readonly InstanceRecord[];
  /** Present when there is more. */
  readonly continuationToken?: string;
}

/** How unused payloads are looked for. */
export interface SweepOrder {
  /** What nothing refers to is removed once that has been so for this long, in milliseconds: the redelivery horizon. */
  readonly graceMs: number;
  /** Set where the sweep is nobody's wish: then nothing is done before it is time. */
  readonly isRoutine?: true;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** What a sweep did. */
export interface SweepReport {
  /** How many payloads were removed. */
  readonly deleted: number;
  /** How many nothing refers to for now; the next sweep removes those of them that stay so. */
  readonly unused: number;
}

/** What is left to do. */
export interface Backlog {
  /** Messages and activities that wait or are being worked on, those not due yet included, and starts. */
  readonly pending: number;
  /** True when something can be fetched right now. */
  readonly ready: boolean;
  /** When, without any new message, something next becomes fetchable (a due time, the end of a lock or of a delay). */
  readonly nextDueTime?: number;
}

export type WorkKind = "orchestration" | "activity";

export interface Backend {
  /**
   * How many items a worker does best to fetch at once: many where calls that are made together share a transaction.
   * Absent for a backend to which it is all the same.
   */
  readonly fetchSize?: number;
  /** Prepares the store. Called once, before any other method. */
  open(): Promise<void>;
  /** Lets go of all resources; calls that wait end. */
  close(): Promise<void>;

  // ——— clients ———

  /**
   * Creates an instance, atomically with its start. A repeated request resolves without an effect, also when the
   * instance that it created has been replaced or purged.
   * @throws InstanceAlreadyExistsError when the id is taken and `replaceStatuses` does not name its status.
   */
  createInstance(request: CreateInstanceRequest): Promise<void>;
  /**
   * Puts a message into an instance's control queue. The message belongs to the incarnation that it meets. A
   * message id that is already there is the same message; one that was sent before resolves without an effect, also
   * when it was consumed, or the instance has ended or is gone. A message with a `birth` makes the entity that it is
   * for where there is none, atomically with its delivery.
   * @throws InstanceNotFoundError when there is no such instance, and the message has no `birth`.
   * @throws InstanceTerminalError when the instance has ended.
   */
  sendMessage(message: InstanceMessage): Promise<void>;
  /**
   * Removes an ended instance with its history, messages and activities. Resolves to false when there is none. A
   * repeated request has no effect and gives the first one's answer, whatever has the id by now.
   * @throws InstanceNotTerminalError when the instance has not ended, and `ifRevision` is not given.
   */
  purgeInstance(request: PurgeInstanceRequest): Promise<boolean>;
  /**
   * Reopens a failed instance: it is `Running`, without output and failure, and ready, with a `rewind` on its work item
   * until a turn rewrites its history. Whoever holds it, for a message that came late, loses it. A repeated request has
   * no effect.
   * @throws InstanceNotFoundError when there is no such orchestration.
   * @throws InstanceNotFailedError when it is in another status.
   */
  rewindInstance(request: RewindInstanceRequest): Promise<void>;
  getInstance(instanceId: string, options?: ReadOptions): Promise<InstanceRecord | undefined>;
  /**
   * The history of the current execution, or of the one named.
   * @throws InstanceNotFoundError when there is no such instance.
   * @throws ExecutionNotFoundError when the instance has no such execution, or its history is not kept.
   */
  getHistory(instanceId: string, executionId?: string): Promise<readonly HistoryEvent[]>;
  /**
   * The ids of the executions whose histories are kept, oldest first; the last is the current one's.
   * @throws InstanceNotFoundError when there is no such instance.
   */
  listExecutions(instanceId: string): Promise<readonly string[]>;
  listInstances(query: InstanceQuery): Promise<InstancePage>;
  /**
   * Resolves when the instance may have reached the milestone (or it is gone), when `signal` is aborted, or for
   * no reason at all: the caller reads and asks again.
   */
  waitForInstance(instanceId: string, milestone: Milestone, signal?: AbortSignal): Promise<void>;

  // ——— workers: orchestrations ———

  /** Locks ready instances. An instance is ready when it has a visible message, or a start that is due. */
  fetchOrchestrations(options: FetchOptions): Promise<readonly OrchestrationWorkItem[]>;
  /**
   * The current execution's history, as of the lock.
   * @throws LeaseLostError when the lock is stale.
   */
  readHistory(lock: Lock): Promise<readonly HistoryEvent[]>;
  /**
   * Prolongs a lock to `leaseMs` milliseconds from now.
   * @throws LeaseLostError when the lock is stale.
   */
  renewOrchestration(lock: Lock, leaseMs: number): Promise<void>;
  /**
   * Makes a turn durable and ends its lock.
   * @throws LeaseLostError when the lock is stale: nothing of the turn took effect.
   */
  completeOrchestration(commit: TurnCommit): Promise<void>;
  /** Ends a lock without a turn. A stale lock is ignored. */
  abandonOrchestration(request: AbandonRequest): Promise<void>;

  // ——— workers: activities ———

  fetchActivities(options: FetchOptions): Promise<readonly ActivityWorkItem[]>;
  /**
   * Prolongs a lock to `leaseMs` milliseconds from now.
   * @throws LeaseLostError when the lock is stale, or the activity is gone.
   */
  renewActivity(lock: Lock, leaseMs: number): Promise<void>;
  /**
   * Removes the activity and delivers its answer, atomically.
   * @throws LeaseLostError when the lock is stale, or the activity is gone: nothing took effect.
   */
  completeActivity(commit: ActivityCommit): Promise<void>;
  /** Ends a lock without a result. A stale lock is ignored. */
  abandonActivity(request: AbandonRequest): Promise<void>;

  // ——— progress ———

  /**
   * Resolves when a fetch of this kind may find something, when `signal` is aborted, or for no reason at all:
   * the caller fetches and asks again. With an `order`, what becomes ready may be locked for the caller already; then the
   * fetch that it makes next, on this handle, hands it out. When `signal` is aborted, it is given back.
   */
  waitForWork(kind: WorkKind, signal: AbortSignal, order?: FetchOptions): Promise<void>;
  /** What is left to do. */
  backlog(): Promise<Backlog>;
  /**
   * The hub's time, in milliseconds since the epoch. Absent where that is the time of the clock which the task hub lends
   * to its backend.
   */
  now?(): Promise<number>;

  // ——— moving house ———

  /**
   * All of the hub, as it is at one time; in any order, but its time first. Other calls may be made meanwhile, and take their
   * effect after it. Optional, as is `restore`: without them, a hub stays where it is.
   */
  snapshot?(): AsyncIterable<HubPart>;
  /**
   * Puts all parts of a hub into this one, which goes on with them. Nobody works on it meanwhile; where this fails half-way,
   * the hub has to be thrown away.
   * @throws HubNotEmptyError when there is an instance already.
   */
  restore?(parts: AsyncIterable<HubPart>): Promise<void>;

  // ——— large payloads ———

  /** Where payloads of this hub may be kept that are too large for its rows. Optional. Used between opening and closing. */
  readonly payloads?: PayloadStore;
  /**
   * Removes payloads that were put aside and that nothing refers to any more. Only of a backend that puts them aside. May be
   * called by any number of processes.
   */
  sweepPayloads?(order: SweepOrder): Promise<SweepReport>;
  /** How often a hub that works does that by itself, in milliseconds. Absent for never. */
  readonly sweepEveryMs?: number;
}
