/**
 * Dacapo on SQLite, `synchronous=FULL`.
 */
import { workloadsOn } from "./durable-programs.mjs";
import { openSqlite } from "./stores.mjs";
import { ratiosOn } from "./worker-processes.mjs";

export { shareOfFloor } from "./sqlite-floor.mjs";

export const rounds = 3;
export const warmUpInstances = 1000;
export const { sequencesPerSecond, fanOutMs, chainMs, eventMs } = workloadsOn(openSqlite);
export const { twoProcessesWaiting, twoProcessesEmpty } = ratiosOn(openSqlite);
