/**
 * A backend that is made once the task hub knows its ports. A backend has no clock of its own: the hub hands it one,
 * which is the machine's in production and a virtual one in a test.
 */
import type { Backend } from "./backend.ts";
import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";

/** What a task hub lends to its backend. */
export interface BackendPorts {
  readonly clock: Clock;
  /** Lets the app's other code run: what it asks of the backend meanwhile can share a transaction. */
  readonly yield?: () => Promise<void>;
  /** Makes names that nobody else makes: the machine's random ones unless given. */
  readonly ids?: Ids;
}

/** Makes one handle on a hub's store. Called once by each task hub that is opened on it. */
export type BackendFactory = (ports: BackendPorts) => Backend;
