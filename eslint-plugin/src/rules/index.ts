/** All rules, by their names without the prefix. */
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noWallClock } from "./no-wall-clock.ts";

export const rules = {
  "no-floating-durable-task": noFloatingDurableTask,
  "no-wall-clock": noWallClock,
} as const;
