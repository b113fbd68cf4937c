/** All rules, by their names without the prefix. */
import { continueAsNewUsage } from "./continue-as-new-usage.ts";
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noReplayBranching } from "./no-replay-branching.ts";
import { noSpinLoop } from "./no-spin-loop.ts";
import { noWallClock } from "./no-wall-clock.ts";
import { requireContinueAsNew } from "./require-continue-as-new.ts";

export const rules = {
  "continue-as-new-usage": continueAsNewUsage,
  "no-floating-durable-task": noFloatingDurableTask,
  "no-replay-branching": noReplayBranching,
  "no-spin-loop": noSpinLoop,
  "no-wall-clock": noWallClock,
  "require-continue-as-new": requireContinueAsNew,
} as const;
