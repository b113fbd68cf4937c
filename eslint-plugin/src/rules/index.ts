/** All rules, by their names without the prefix. */
import { noWallClock } from "./no-wall-clock.ts";
import { validRegistration } from "./valid-registration.ts";

export const rules = { "no-wall-clock": noWallClock, "valid-registration": validRegistration } as const;
