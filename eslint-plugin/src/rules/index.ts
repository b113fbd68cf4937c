/** All rules, by their names without the prefix. */
import { noWallClock } from "./no-wall-clock.ts";

export const rules = { "no-wall-clock": noWallClock } as const;
