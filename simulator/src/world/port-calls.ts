/**
 * What went through the ports of a simulation, as plain data: each call to the store with its outcome, and each run
 * of an activity. Oracles read it to build their own picture of what should be.
 *
 * Invariant: a call is written down once it has had its effect, or was refused; nothing in here is changed later, but
 * that a run gets its end.
 */
import type {
  ActivityCommit,
  ActivityWork,
  ActivityWorkItem,
  CreateInstanceRequest,
  FetchOptions,
  InstanceMessage,
  InstanceRecord,
  Lock,
  OrchestrationWorkItem,
  PurgeInstanceRequest,
  RewindInstanceRequest,
  TurnCommit,
  WorkKind,
} from "dacapo/backend";

/** How a mutating call to the store went. */
export interface CallOutcome {
  /** The hub's time, in milliseconds since the epoch. */
  readonly now: number;
  /** The code of the error with which it was refused; undefined when it was done. */
  readonly refusedWith?: string;
  /** When the same request had been done before; undefined when it had not. */
  readonly firstDoneAt?: number;
  /** Of calls that should leave the store as it is (repeats, and calls under a lost lock): whether they did not. */
  readonly changedStore?: boolean;
}

/** An instance, just before a call changed it. */
export interface InstanceBefore {
  readonly incarnation: string;
  readonly executionId: string;
  readonly isOver: boolean;
  readonly historyLength: number;
  /** How often the same was handed out since a turn was last committed. */
  readonly deliveryCount: number;
  /** The messages that the holder of the lock was handed. */
  readonly batch: readonly InstanceMessage[];
}

/** How a run of an activity ended. */
export type RunEnd =
  | { readonly kind: "returned"; /** JSON text. */ readonly result: string | undefined }
  | { readonly kind: "threw"; readonly errorType?: string; readonly errorMessage?: string };

/** One start of an activity's function on a worker. */
export interface ActivityRun extends Omit<ActivityWork, "input"> {
  readonly worker: string;
  /** Which life of the worker it is. */
  readonly incarnation: number;
  /** JSON text. */
  readonly input: string | undefined;
  /** Set once it has returned or thrown. */
  end: RunEnd | undefined;
}

export type PortCall =
  | (CallOutcome & {
      readonly type: "create";
      readonly request: CreateInstanceRequest;
      /** True when an instance began. */
      readonly tookEffect: boolean;
      /** The life of the instance id that it ended. */
      readonly removed: string | undefined;
    })
  | (CallOutcome & {
      readonly type: "send";
      readonly message: InstanceMessage;
      /** False for a message that was sent before. */
      readonly tookEffect: boolean;
    })
  | (CallOutcome & {
      readonly type: "purge";
      readonly request: PurgeInstanceRequest;
      readonly answer: boolean | undefined;
      readonly removed: string | undefined;
    })
  | (CallOutcome & {
      readonly type: "rewind";
      readonly request: RewindInstanceRequest;
      /** False for an order that was given before, or refused. */
      readonly tookEffect: boolean;
    })
  | {
      readonly type: "fetch";
      readonly kind: WorkKind;
      readonly now: number;
      readonly options: FetchOptions;
      readonly item: OrchestrationWorkItem | ActivityWorkItem;
    }
  | (CallOutcome & {
      readonly type: "renew";
      readonly kind: WorkKind;
      readonly lock: Lock;
      /** When the lock ends now, in milliseconds since the epoch. */
      readonly until: number;
    })
  | (CallOutcome & { readonly type: "read-history"; readonly lock: Lock })
  | (CallOutcome & { readonly type: "abandon"; readonly kind: WorkKind; readonly lock: Lock })
  | (CallOutcome & {
      readonly type: "turn";
      readonly commit: TurnCommit;
      readonly before: InstanceBefore | undefined;
    })
  | (CallOutcome & {
      readonly type: "answer";
      readonly commit: ActivityCommit;
      readonly work: ActivityWork | undefined;
    })
  /** A worker is about to remove an instance, by a rule of retention. */
  | { readonly type: "retention"; readonly now: number; readonly record: InstanceRecord }
  /** A lock ended before its time: a fault. */
  | { readonly type: "expire"; readonly now: number; readonly key: string }
  /** A message was delivered once more: a fault. */
  | { readonly type: "redeliver"; readonly now: number; readonly message: InstanceMessage }
  /** Something happened to these workers, or to the holders of this work, that may keep them from ending it: a fault. */
  | {
      readonly type: "disturbance";
      readonly workers: readonly string[] | "all";
      readonly keys: readonly string[];
    }
  | { readonly type: "run"; readonly run: ActivityRun }
  /** A client was told how an instance stands. */
  | { readonly type: "told"; readonly client: string; readonly record: InstanceRecord };

/** Goes through the calls of a run, each once. */
export class CallReader {
  #read = 0;

  /** Asks `judge` about the calls since the last time; all that it finds. */
  judge<T>(calls: readonly PortCall[], judge: (call: PortCall) => readonly T[]): readonly T[] {
    let found: readonly T[] = NOTHING;
    // Most steps make no call, and most calls are in order: that costs nothing here.
    for (; this.#read < calls.length; this.#read++) {
      const call = calls[this.#read];
      const more = call === undefined ? NOTHING : judge(call);
      if (more.length > 0) found = [...found, ...more];
    }
    return found;
  }
}

const NOTHING: readonly never[] = [];
