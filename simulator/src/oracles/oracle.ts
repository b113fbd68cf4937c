/**
 * What an oracle is: an independent judge of what the engine did.
 *
 * Invariant: an oracle reads plain data (the store, the record of what the ports saw) and shares no code with
 * the engine, so that the two cannot be wrong together. One oracle has state for one run only.
 */
import type { MemoryStore } from "dacapo/memory";
import type { ReplayResult } from "dacapo/replay";
import type { CommittedRecord, Execution } from "../world/committed-record.ts";

/** The ids of all oracles. */
export const ORACLE_IDS = [
  "O1",
  "O2",
  "O3",
  "O4",
  "O5",
  "O6",
  "O7",
  "O8",
  "O9",
  "O10",
  "O11",
  "O12",
  "O13",
  "O14",
  "O15",
] as const;

export type OracleId = (typeof ORACLE_IDS)[number];

/** A scenario's say: `false` leaves an oracle out. */
export type OracleSettings = Readonly<Partial<Record<OracleId, boolean>>>;

/** A broken promise of the engine. */
export interface Violation {
  readonly oracle: OracleId;
  /** What is wrong, as a sentence for people. */
  readonly message: string;
  readonly instanceId?: string;
}

/** What an oracle may look at. */
export interface Evidence {
  readonly store: MemoryStore;
  readonly committed: CommittedRecord;
  /** The simulated time, in milliseconds since the epoch. */
  readonly now: number;
}

/** What an oracle may look at once the run has ended. */
export interface FinalEvidence extends Evidence {
  /** True when nothing more can happen; false when the run was cut at its step budget. */
  readonly isAtRest: boolean;
  /** How many steps passed since a turn was last committed. */
  readonly stepsWithoutProgress: number;
  /** Activities that still run, and clients that acted since then. */
  readonly busyFunctions: readonly string[];
  /** Activities that have begun on a worker that is alive, and not ended. */
  readonly runningActivities: readonly string[];
  /** Each execution with its cold replay. */
  readonly replays: readonly ReplayedExecution[];
}

export interface ReplayedExecution {
  readonly execution: Execution;
  /** Absent where the orchestrator is not registered. */
  readonly replay?: ReplayResult;
  /** The replay of the orchestrator's twin, where the scenario gives one. */
  readonly twin?: ReplayResult;
  /** Why the history could not be replayed at all. */
  readonly problem?: string;
}

/** A judge. */
export interface Oracle {
  readonly id: OracleId;
  /** What it promises, as a sentence. */
  readonly title: string;
  /** Looks at the instances that a step changed. */
  observe?(evidence: Evidence, changedInstances: ReadonlySet<string>): readonly Violation[];
  /** Looks at everything once the run has ended. */
  atEnd?(evidence: FinalEvidence): readonly Violation[];
  /** The same, by running the user's code once more, whose promises have to settle. */
  interpret?(evidence: FinalEvidence): Promise<readonly Violation[]>;
}
