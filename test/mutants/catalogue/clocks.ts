/**
 * Bugs of our own that trust the clock of the machine.
 */
import type { Mutant } from "../mutant.ts";

const LEASES = "src/runtime/lease-keeper.ts";

export const clocks: readonly Mutant[] = [
  {
    id: "X150",
    title: "a worker measures its leases by its wall clock, and gives up what it holds when that jumps",
    source: "own: a clock fault",
    patches: [
      { file: LEASES, find: "new Lease(item, this.#clock.monotonic())", replace: "new Lease(item, this.#clock.now())" },
      {
        file: LEASES,
        find: "      this.#roundAt = this.#clock.monotonic();\n",
        replace: "      this.#roundAt = this.#clock.now();\n",
      },
    ],
    workloads: ["time"],
    needs: ["clock-jump"],
  },
  {
    id: "X151",
    title: "the time of an entity's turn is the worker's own",
    source: "own: a clock fault",
    patches: [
      {
        file: "src/runtime/entity-processor.ts",
        find: "      now,\n      lastTurnAt",
        replace:
          "      now: now - now + (this.#setup as unknown as { clock: { now(): number } }).clock.now(),\n      lastTurnAt",
      },
    ],
    workloads: ["entities", "actors"],
    needs: ["clock-jump"],
  },
  {
    id: "X152",
    title: "a lease is prolonged up to a time of the worker's clock",
    source: "own: a clock fault",
    patches: [
      {
        file: LEASES,
        find: "      await this.#renew(lease.item.lock, this.#leaseMs);\n",
        replace:
          "      const { now: hubTime = 0 } = lease.item as { readonly now?: number };\n" +
          "      const heldMs = now - ((lease as { heldAt?: number }).heldAt ??= lease.renewedAt);\n" +
          "      const offsetMs = hubTime + heldMs - this.#clock.now();\n" +
          "      await this.#renew(lease.item.lock, Math.max(1, this.#leaseMs + offsetMs));\n",
      },
    ],
    workloads: ["time"],
    needs: ["clock-jump"],
  },
  {
    id: "X153",
    title: "a timer that fired is left in the queue while the worker's clock says that it is too early",
    source: "own: a clock fault",
    patches: [
      {
        file: "src/runtime/orchestration-processor.ts",
        find: "      messages: item.messages,\n",
        replace:
          "      messages: item.messages.filter(\n" +
          "        ({ dueTime = 0 }) => dueTime <= (this.#setup as unknown as { clock: { now(): number } }).clock.now(),\n      ),\n",
      },
    ],
    workloads: ["time"],
    needs: ["clock-jump"],
  },
];
