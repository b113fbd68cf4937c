/** All rules, by their names without the prefix. */
import { noAwaitNonDurable } from "./no-await-non-durable.ts";
import { noFloatingDurableTask } from "./no-floating-durable-task.ts";
import { noNativePromise } from "./no-native-promise.ts";
import { noUnusedGeneratorCall } from "./no-unused-generator-call.ts";
import { noWallClock } from "./no-wall-clock.ts";

export const rules = {
  "no-await-non-durable": noAwaitNonDurable,
  "no-floating-durable-task": noFloatingDurableTask,
  "no-native-promise": noNativePromise,
  "no-unused-generator-call": noUnusedGeneratorCall,
  "no-wall-clock": noWallClock,
} as const;
