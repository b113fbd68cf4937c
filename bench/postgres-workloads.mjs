/**
 * Dacapo on PostgreSQL, `synchronous_commit=on`.
 */
import { workloadsOn } from "./durable-programs.mjs";
import { openPostgres } from "./stores.mjs";
import { ratiosOn } from "./worker-processes.mjs";

export const rounds = 3;
export const warmUpInstances = 500;
export const { sequencesPerSecond, fanOutMs, chainMs, eventMs } = workloadsOn(openPostgres);
export const { twoProcessesWaiting, twoProcessesEmpty } = ratiosOn(openPostgres);
