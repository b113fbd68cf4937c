/**
 * `dacapo/schedules`: cron expressions that start orchestrations. Needs the package `croner`.
 */
export { scheduling, type ScheduleStatus } from "./schedule-entity.ts";
export { type Schedule, ScheduleClient } from "./schedule-client.ts";
export type { CatchUp, ScheduleOptions } from "./schedule-options.ts";
