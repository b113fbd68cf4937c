/** All rules, by their names without the prefix. */
import { noSpinLoop } from "./no-spin-loop.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { requireContinueAsNew } from "./require-continue-as-new.ts";

export const rules = {
  "no-spin-loop": noSpinLoop,
  "no-wall-clock": noWallClock,
  "require-continue-as-new": requireContinueAsNew,
} as const;
