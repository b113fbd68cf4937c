/**
 * What a client is made of. Given by the task hub.
 */
import type { Payloads } from "../core/data-converter.ts";
import type { Backend } from "../ports/backend.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";

export interface TaskHubClientSetup {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly payloads: Payloads;
  readonly redeliveryHorizonMs: number;
  /** Aborted once the hub is stopped: calls that wait then end. */
  readonly closed: AbortSignal;
}
