/**
 * The log of a run: what happened, in order, as plain data. The story is told from it, and two runs of one token
 * are compared by it.
 *
 * Invariant: a note holds nothing that differs between two runs of the same choices: no wall time, no stack
 * but for places in the user's code, no object identity. Notes are kept only when somebody will read them, because most runs pass.
 */
import type { HistoryEvent, MessageBody, RuntimeStatus } from "dacapo/backend";
import type { ActivityCall } from "../world/actor.ts";
import type { CodeLocation } from "./code-location.ts";
import type { Failure } from "./failure.ts";
import type { Storage } from "../faults/commit-steps.ts";
import type { FaultClass } from "../faults/faults.ts";

/** What one message told an instance. */
export interface NotedMessage {
  readonly type: MessageBody["type"] | "ExecutionStarted" | "ExecutionRewound";
  /** The external event's name. */
  readonly name?: string;
  /** The task that it answers. */
  readonly taskId?: number;
  /** True for an operation of an entity that failed. */
  readonly fails?: true;
}

/** The types of history events by which an orchestrator says what it decided. */
export type DecisionType =
  | Exclude<
      HistoryEvent["type"],
      MessageBody["type"] | "ExecutionStarted" | "ExecutionRewound" | "OrchestratorStarted" | "OrchestratorCompleted"
    >
  | "EntityOperationCalled"
  | "EntityOperationSignaled"
  | "EntityLockRequested"
  | "EntityUnlockSent"
  /** Only of entities, which start orchestrations and do not wait for them. */
  | "ExecutionStarted";

/** What an orchestrator decided. */
export interface NotedDecision {
  readonly type: DecisionType;
  /** The name of the activity, the sub-orchestration or the event, or the operation. */
  readonly name?: string;
  /** The instances that it is for, where it is for others. */
  readonly on?: string;
  readonly taskId?: number;
  /** Names the logical call of an activity, all its tries together. */
  readonly callKey?: string;
  /** How far off a timer is, in milliseconds. */
  readonly delayMs?: number;
}

/** What a call or a fault concerns. */
export interface Subject {
  readonly instanceId?: string;
  /** Set when it is an activity. */
  readonly taskId?: number;
  /** Set when it is a message. */
  readonly message?: NotedMessage;
}

/** One thing that happened. Payloads are JSON texts. */
export type NoteBody =
  | { readonly type: "operation"; readonly key: string }
  | { readonly type: "time"; readonly from: number; readonly to: number }
  | { readonly type: "worker-started"; readonly worker: string; readonly incarnation: number }
  | { readonly type: "client-started"; readonly client: string }
  | { readonly type: "client-ended"; readonly client: string; readonly error?: string; readonly at?: CodeLocation }
  | {
      readonly type: "client-call";
      readonly client: string;
      readonly call: string;
      readonly instanceId: string;
      /** What was sent: the orchestrator's name, or the event's. */
      readonly name?: string;
      readonly payload?: string;
      readonly outcome: "done" | "refused" | "no answer";
    }
  | {
      readonly type: "turn";
      readonly worker: string;
      readonly instanceId: string;
      readonly executionId: string;
      readonly name: string;
      /** The turn of an entity: it was fed what took effect. */
      readonly isEntity?: true;
      readonly fed: readonly NotedMessage[];
      readonly decided: readonly NotedDecision[];
      readonly status: RuntimeStatus;
      readonly output?: string;
      /** The error's type and message, when the orchestration failed. */
      readonly failure?: string;
      /** Where the code threw that error. */
      readonly failedAt?: CodeLocation;
    }
  | {
      /** An orchestrator, not replaying, decides something. */
      readonly type: "line";
      readonly instanceId: string;
      readonly executionId: string;
      /** The method of the context. */
      readonly method: string;
      /** Which call of an activity it is: 1 for the first of the execution. */
      readonly activityCall?: number;
      readonly at: CodeLocation;
    }
  | {
      readonly type: "activity-started";
      readonly worker: string;
      readonly name: string;
      readonly instanceId: string;
      readonly taskId: number;
      readonly input?: string;
    }
  | {
      readonly type: "activity-threw";
      readonly worker: string;
      readonly name: string;
      readonly instanceId: string;
      readonly taskId: number;
      readonly error: string;
    }
  | {
      readonly type: "activity-recorded";
      readonly worker: string;
      readonly instanceId: string;
      readonly taskId: number;
      readonly failed: boolean;
    }
  | { readonly type: "refused"; readonly worker: string; readonly call: string; readonly on: Subject }
  | {
      readonly type: "effect";
      readonly actor: string;
      /** The activity that made it; absent for clients. */
      readonly by?: ActivityCall;
      readonly ledger: string;
      readonly entry: string;
      readonly size: number;
    }
  | {
      readonly type: "fault";
      readonly fault: FaultClass;
      readonly actor: string;
      /** Where it hit: a port's method, an activity's or a ledger's name. */
      readonly at: string;
      readonly on: Subject;
      /** For faults that may have taken effect or not: whether they did. */
      readonly applied?: boolean;
      /** Where a store without transactions kept a part of it: the steps that it had made. */
      readonly parts?: readonly string[];
      /** How long it lasts, or how far a clock was set, in milliseconds. */
      readonly delayMs?: number;
    }
  | { readonly type: "crash"; readonly worker: string; readonly restartDelayMs: number }
  | {
      /** An instance that has not ended when nothing more can happen. */
      readonly type: "rest";
      readonly instanceId: string;
      /** What it waits for, such as `it waits for the event "Approval", which nobody sent`. */
      readonly reason: string;
    }
  | { readonly type: "failure"; readonly failure: Failure; readonly storage: Storage };

/** When it happened. */
export type Note = NoteBody & { readonly step: number; readonly now: number };
