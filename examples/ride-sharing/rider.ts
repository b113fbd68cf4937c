/**
 * A rider: waits for a driver, and may change their mind until they are in the car.
 */
import { entity, TaskEntity } from "dacapo";

export interface RiderState {
  status: "waiting" | "riding" | "arrived" | "cancelled";
  driver: string | null;
}

class Rider extends TaskEntity<RiderState> {
  protected override initializeState(): RiderState {
    return { status: "waiting", driver: null };
  }

  isWaiting(): boolean {
    return this.state.status === "waiting";
  }

  cancel(): void {
    if (this.state.status === "waiting") this.state.status = "cancelled";
  }

  board(driver: string): void {
    this.state = { status: "riding", driver };
  }

  arrive(): void {
    this.state.status = "arrived";
  }
}

export const rider = entity("rider", Rider);
