/**
 * What a simulation looks like at one step, as plain data: what `Simulation.state()` returns, and `fuzz --step` prints.
 *
 * Invariant: it survives `JSON.stringify` unchanged, is a copy, and holds nothing that differs between two runs of the
 * same choices: no stack, no wall time. Times are ISO texts of the simulated clock.
 */
import type { FailureDetails, HistoryEvent, RuntimeStatus, WorkKind } from "dacapo/backend";

/** A simulation at one step. */
export interface SimulationState {
  /** How many steps were carried out. */
  readonly step: number;
  readonly time: string;
  /** What the step carried out, such as `worker A: completeOrchestration`; absent before the first. */
  readonly operation?: string;
  /** In the order in which they were created. */
  readonly instances: readonly InstanceSnapshot[];
  /** Activities that wait or run, in the order in which they were scheduled. */
  readonly activities: readonly ActivitySnapshot[];
  /** The leases that are valid now. */
  readonly leases: readonly LeaseSnapshot[];
  /** The entries of each ledger, oldest first. */
  readonly ledgers: Readonly<Record<string, readonly unknown[]>>;
  readonly workers: readonly WorkerSnapshot[];
  /** The scenario's clients; a test that uses `simulation.client` is none of them. */
  readonly clients: readonly ClientSnapshot[];
}

export interface InstanceSnapshot {
  readonly instanceId: string;
  /** The orchestrator's registered name. */
  readonly name: string;
  readonly executionId: string;
  readonly status: RuntimeStatus;
  readonly createdAt: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly customStatus?: unknown;
  /** Without stacks. */
  readonly failure?: FailureDetails;
  /** Only of entities that have had a turn. */
  readonly entity?: EntitySnapshot;
  /** How often it was handed to a worker since its last commit. */
  readonly deliveryCount: number;
  /** In words, such as `timer 3, due 2026-01-04T00:00:00.000Z`; empty once it has ended. */
  readonly waitsFor: readonly string[];
  /** The current execution's history. */
  readonly history: readonly HistoryEntry[];
  /** The messages that wait for it, in the order in which they were sent. */
  readonly queue: readonly MessageSnapshot[];
}

/** What the last turn of an entity left. */
export interface EntitySnapshot {
  readonly state?: unknown;
  /** The instance id of the orchestration that has locked it. */
  readonly lockedBy?: string;
  /** What waits for the end of the lock, or for a message before it, in words. */
  readonly waiting: readonly string[];
}

/** A history event, and what it says in words. */
export type HistoryEntry = HistoryEvent & { readonly text: string };

export interface MessageSnapshot {
  readonly messageId: string;
  readonly type: string;
  readonly text: string;
  /** Not handed out before this time. */
  readonly visibleAt: string;
  /** True until then. */
  readonly isHidden: boolean;
}

export interface ActivitySnapshot {
  readonly instanceId: string;
  readonly taskId: number;
  readonly name: string;
  readonly input?: unknown;
  /** 1 for the first try of a logical call. */
  readonly attempt: number;
  /** How often this try was handed to a worker. */
  readonly deliveryCount: number;
  readonly status: "waiting" | "running";
  /** The worker that has it, where it is running. */
  readonly worker?: string;
}

export interface LeaseSnapshot {
  readonly kind: WorkKind;
  /** The instance's id, or the activity's. */
  readonly key: string;
  readonly worker: string;
  /** The fencing token. */
  readonly token: number;
  readonly expiresAt: string;
}

export interface WorkerSnapshot {
  readonly name: string;
  /** 1 for its first life, 2 after its first restart. */
  readonly incarnation: number;
  readonly status: "starting" | "running" | "paused" | "crashed";
  /** When a paused worker goes on. */
  readonly pausedUntil?: string;
  /** When a crashed worker comes back. */
  readonly restartsAt?: string;
}

export interface ClientSnapshot {
  readonly name: string;
  readonly status: "running" | "ended";
  /** What it ended with, where that was an error. */
  readonly error?: string;
}
