/**
 * A worker that is there to be killed.
 *
 * Invariant: it ends by a signal, or cleanly when it is asked to; that it ends in any other way is a finding. Started with
 * its `WorkerTask` as JSON; told of its disk by messages.
 */
import { StorageError, TaskHub } from "../../src/index.ts";
import { systemClock } from "../../src/runtime/system.ts";
import { KillPoints, readKillPoint } from "./kill-points.ts";
import { ledgerAt } from "./ledger.ts";
import { definitions } from "./program.ts";
import { connect, type DiskState, type Target } from "./target.ts";

export interface WorkerTask {
  readonly name: string;
  readonly target: Target;
  readonly ledgerPort: number;
  readonly leaseMs: number;
  /** The worker's clock is so far from the machine's. */
  readonly clockOffsetMs: number;
  readonly killPoint?: string;
}

/** A worker that cannot reach its store at first tries again, as whoever starts workers would. */
const RETRY_MS = 200;

const task = JSON.parse(process.argv[2] ?? "") as WorkerTask;
const append = ledgerAt(task.ledgerPort);
let setDisk: (state: DiskState) => void = () => undefined;

async function open(): Promise<TaskHub> {
  const kills = new KillPoints(task.killPoint === undefined ? undefined : readKillPoint(task.killPoint));
  const { backend, disk } = await connect(task.target, kills);
  const hub = await TaskHub.open({
    backend: kills.backend(backend),
    register: definitions(append),
    worker: {
      workerId: task.name,
      lease: { milliseconds: task.leaseMs },
      // What kills a worker here is not the work.
      maxDeliveryCount: 10_000,
      drainTimeout: { seconds: 5 },
    },
    system: { clock: { ...systemClock, now: () => systemClock.now() + task.clockOffsetMs } },
  });
  setDisk = disk;
  return hub;
}

async function openInTheEnd(): Promise<TaskHub> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await systemClock.sleep(RETRY_MS);
    }
  }
}

const hub = await openInTheEnd();
process.on("message", (state: DiskState) => {
  setDisk(state);
});
process.on("SIGTERM", () => {
  void hub.stop().then(() => process.exit(0));
});
process.on("disconnect", () => process.exit(0));
await hub.start();
process.send?.("ready");
