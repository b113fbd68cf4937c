/**
 * How much faster two worker processes are than one: the ratio of their rates, measured in turn on stores of their own.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TaskHub } from "dacapo";
import { pauses, rate, sequence } from "./durable-programs.mjs";

const WORKER = fileURLToPath(new URL("worker-process.mjs", import.meta.url));
const CONCURRENCY = 16;
const WARM_UP = 3000;

export function ratiosOn(open) {
  const rateOf = async (workers, definition, input, instances) => {
    const store = await open();
    const hub = await TaskHub.open({ backend: store.backend(), register: [] });
    const processes = await Promise.all(Array.from({ length: workers }, () => startWorker(store.target)));
    try {
      // Workers are long-lived: compiling them is not what is measured.
      await rate(hub.client, sequence, 3, WARM_UP);
      await rate(hub.client, definition, input, 50);
      return await rate(hub.client, definition, input, instances);
    } finally {
      await Promise.all(processes.map(stopWorker));
      await hub.stop();
      await store.close();
    }
  };
  const ratio = async (...workload) => {
    const one = await rateOf(1, ...workload);
    return (await rateOf(2, ...workload)) / one;
  };
  return {
    /** With activities of 20 ms, 16 at a time in each process. */
    twoProcessesWaiting: (instances) => ratio(pauses, 20, instances),
    /** With activities that do nothing. */
    twoProcessesEmpty: (instances) => ratio(sequence, 3, instances),
  };
}

function startWorker(target) {
  const worker = fork(WORKER, [JSON.stringify(target), String(CONCURRENCY)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    worker.once("message", () => resolve(worker));
    worker.once("exit", (code) => reject(new Error(`a worker process ended with ${code}`)));
  });
}

function stopWorker(worker) {
  return new Promise((resolve) => {
    worker.removeAllListeners("exit");
    worker.once("exit", resolve);
    worker.send("stop");
  });
}
