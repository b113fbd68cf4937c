/** STUB until the table is merged. */
import { describeOrigin, type Origin } from "./origin.ts";
export interface ApiMatch {
  readonly hazard:
    | "clock"
    | "random"
    | "timer"
    | "io"
    | "environment"
    | "host"
    | "log"
    | "promise"
    | "gc"
    | "state"
    | "client"
    | "nondeterministic"
    | "none";
  readonly api: string;
  readonly instead?: string;
}
const CALLS: Record<string, ApiMatch["hazard"]> = {
  "Date.now": "clock",
  "performance.now": "clock",
  "perf_hooks.performance.now": "clock",
  "process.hrtime": "clock",
  "process.hrtime.bigint": "clock",
  "process.uptime": "clock",
  "Math.random": "random",
  "uuid.v4": "random",
  moment: "clock",
  fetch: "io",
  "console.log": "log",
  setTimeout: "timer",
};
export class ApiTable {
  constructor(_decls: Readonly<Record<string, string>> = {}) {}
  lookup(origin: Origin, use: "call" | "new" | "read", count: number | undefined): ApiMatch | undefined {
    const name = describeOrigin(origin);
    if (name === "Date" && use === "call") return { hazard: "clock", api: "Date()" };
    if (name === "Date" && use === "new" && count === 0) return { hazard: "clock", api: "new Date()" };
    if (use === "read") return name === "process.env" ? { hazard: "environment", api: "process.env" } : undefined;
    const hazard = CALLS[name];
    return hazard === undefined || (name === "moment" && count !== 0)
      ? undefined
      : { hazard, api: name.replace("perf_hooks.", "") + "()" };
  }
}
