/**
 * A device as an entity: a cache of what it reported last. Devices number time by their own clocks, and their messages
 * arrive late, twice or in another order; a reading that is not newer than the latest changes nothing.
 */
import { entity, TaskEntity } from "dacapo";

/** How many readings are kept. */
export const HISTORY_MAX = 3;

export interface Reading {
  /** When the device measured, by its own clock: in milliseconds since the epoch. */
  readonly at: number;
  readonly celsius: number;
}

export interface DeviceState {
  /** The last few readings, the oldest first. */
  history: Reading[];
  /** How many came too late. */
  ignored: number;
}

class Device extends TaskEntity<DeviceState> {
  protected override initializeState(): DeviceState {
    return { history: [], ignored: 0 };
  }

  report(reading: Reading): void {
    const latest = this.latest();
    if (latest !== null && reading.at <= latest.at) {
      this.state.ignored += 1;
      return;
    }
    this.state.history = [...this.state.history, reading].slice(-HISTORY_MAX);
  }

  latest(): Reading | null {
    return this.state.history.at(-1) ?? null;
  }
}

export const device = entity("device", Device);
