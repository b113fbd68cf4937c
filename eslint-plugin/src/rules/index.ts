/** All rules, by their names without the prefix. */
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noUnusedGeneratorCall } from "./no-unused-generator-call.ts";
import { noWallClock } from "./no-wall-clock.ts";

export const rules = {
  "no-floating-durable-task": noFloatingDurableTask,
  "no-unused-generator-call": noUnusedGeneratorCall,
  "no-wall-clock": noWallClock,
} as const;
