/**
 * What a planted bug is: a change of the engine's source text, with the story of the real bug behind it.
 *
 * Invariant: pure data. The engine has no switch for any of them: a patch is applied while a module is loaded, in a
 * process of its own, so nothing of it can reach a build.
 */
import type { FaultClass } from "@dacapo/simulator";

/** One change of one source file. */
export interface Patch {
  /** The source file, from the root: `src/core/turn.ts`. */
  readonly file: string;
  /** The text to replace. It must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** The names of the workloads, which are files in `workloads/`. */
export type Workload =
  | "activities"
  | "events"
  | "lifecycle"
  | "time"
  | "everything"
  | "limits"
  | "reads"
  | "kitchen"
  | "entities"
  | "sections"
  | "unfaithful"
  | "twins"
  | "actors"
  | "families"
  | "letters"
  | "management"
  | "pauses"
  | "versions"
  | "revivals"
  | "payloads"
  | "keeping"
  | "converted";

export const WORKLOADS: readonly Workload[] = [
  "activities",
  "events",
  "lifecycle",
  "time",
  "everything",
  "limits",
  "reads",
  "kitchen",
  "entities",
  "sections",
  "unfaithful",
  "twins",
  "actors",
  "families",
  "letters",
  "management",
  "pauses",
  "versions",
  "revivals",
  "payloads",
  "keeping",
  "converted",
];

export interface Mutant {
  /** The row of the list of real bugs, such as `A1`; X1, X2, ... are our own. */
  readonly id: string;
  /** What is wrong in the patched engine, as a sentence. */
  readonly title: string;
  /** The real bug: a link, or in words where there is none. */
  readonly source: string;
  readonly patches: readonly Patch[];
  /** The workloads that are searched, in turn. */
  readonly workloads: readonly Workload[];
  /** The class of fault without which it is not found, in some hundred runs, where there is one. */
  readonly needs?: readonly FaultClass[];
  /** How it is planted, where that is not the real bug's own mechanism. */
  readonly remark?: string;
  /** What the simulator has to learn before it can find this one. Such a bug is not searched for. */
  readonly awaits?: string;
}
