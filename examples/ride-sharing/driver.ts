/**
 * A driver: free, reserved for a ride while asked about it, or driving somebody.
 */
import { entity, TaskEntity } from "dacapo";

export interface DriverState {
  /** The ride that the driver is asked about, or drives. */
  ride: string | null;
  rider: string | null;
  driven: number;
}

class Driver extends TaskEntity<DriverState> {
  protected override initializeState(): DriverState {
    return { ride: null, rider: null, driven: 0 };
  }

  /** True when the driver was free; from now on, only this ride may ask. */
  reserve(ride: string): boolean {
    if (this.state.ride !== null) return false;
    this.state.ride = ride;
    return true;
  }

  pickUp(rider: string): void {
    this.state.rider = rider;
  }

  dropOff(): void {
    this.state = { ride: null, rider: null, driven: this.state.driven + 1 };
  }

  release(): void {
    this.state.ride = null;
  }
}

export const driver = entity("driver", Driver);
