/**
 * Which faults a run makes, as the seed decides.
 *
 * Invariant: the same seed gives the same faults in the same order; when each is made depends on the machine.
 */
import { CALLS, MOMENTS } from "./kill-points.ts";
import type { Random } from "./random.ts";
import type { DiskState } from "./target.ts";

export type Fault =
  /** SIGKILL to a worker. */
  | { readonly kind: "kill"; readonly worker: number }
  /** SIGSTOP to a worker, and SIGCONT after its leases have ended. */
  | { readonly kind: "suspend"; readonly worker: number; readonly forMs: number }
  /** PostgreSQL ends connections: each with this probability in per cent. */
  | { readonly kind: "cut"; readonly percent: number }
  /** PostgreSQL is shut down, or dies, and starts again. */
  | { readonly kind: "restart"; readonly how: "fast" | "immediate" }
  /** The disk is full, or read-only, for all processes. */
  | { readonly kind: "disk"; readonly state: DiskState; readonly forMs: number };

/** What happens to the hub: `sqlite`, `sqlite-disk` (the disk goes bad) or `postgres`. */
export type Setting = "sqlite" | "sqlite-disk" | "postgres";

const WEIGHTS: Readonly<Record<Setting, Readonly<Record<string, number>>>> = {
  sqlite: { kill: 6, suspend: 3 },
  "sqlite-disk": { kill: 2, disk: 6 },
  postgres: { kill: 6, suspend: 3, cut: 4, restart: 1 },
};

export interface FaultOptions {
  readonly setting: Setting;
  readonly workers: number;
  readonly leaseMs: number;
  /** False for a server that is not ours to restart. */
  readonly mayRestart: boolean;
}

/** Chooses the next fault. */
export function nextFault(random: Random, { setting, workers, leaseMs, mayRestart }: FaultOptions): Fault {
  const weights = { ...WEIGHTS[setting], ...(mayRestart ? undefined : { restart: 0 }) };
  const kind = random.weighted(weights);
  const worker = random.integer(0, workers - 1);
  switch (kind) {
    case "suspend":
      return { kind, worker, forMs: leaseMs + random.integer(100, leaseMs) };
    case "cut":
      return { kind, percent: random.from([20, 50, 100]) };
    case "restart":
      return { kind, how: random.from(["fast", "immediate"]) };
    case "disk":
      return { kind, state: random.from(["full", "read-only"]), forMs: random.integer(300, 2_000) };
    default:
      return { kind: "kill", worker };
  }
}

/** Where a worker that starts now is going to kill itself, if anywhere. */
export function nextKillPoint(random: Random): string | undefined {
  if (random.chance(0.4)) return undefined;
  const call = random.from(CALLS);
  // Statements are many, turns are fewer.
  const count = random.integer(1, call === "statement" ? 500 : 40);
  return `${random.from(MOMENTS)}:${call}:${count}`;
}
