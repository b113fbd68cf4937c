/** All rules, by their names without the prefix. */
import { knownTaskName } from "./known-task-name.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { validRegistration } from "./valid-registration.ts";

export const rules = {
  "known-task-name": knownTaskName,
  "no-wall-clock": noWallClock,
  "valid-registration": validRegistration,
} as const;
