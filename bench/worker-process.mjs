/**
 * A worker that others measure: `node worker-process.mjs <target as JSON> <concurrency>`. Says that it is ready, and works
 * until its parent ends it.
 */
import { TaskHub } from "dacapo";
import { definitions } from "./durable-programs.mjs";
import { backendOf } from "./stores.mjs";

const [target, concurrency] = process.argv.slice(2);
const hub = await TaskHub.open({
  backend: backendOf(JSON.parse(target)),
  register: definitions,
  worker: { maxConcurrentActivities: Number(concurrency) },
});
await hub.start();
process.on("message", async () => {
  await hub.stop();
  process.exit(0);
});
process.send("ready");
