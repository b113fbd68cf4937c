/**
 * The API table: which calls and members of the platform and of npm packages are a hazard in an orchestrator.
 *
 * Invariant: data alone, joined from one file per hazard in `apis/`. A name is here because a call of it provably gives
 * or does something that a replay would not repeat, or because it is an exception to a wildcard. Read by `api-table.ts`.
 */
import type { ApiGroup } from "./apis/api-group.ts";
import { CLIENT_APIS } from "./apis/client.ts";
import { CLOCK_APIS } from "./apis/clock.ts";
import { CLOUD_APIS } from "./apis/cloud.ts";
import { DATABASE_APIS } from "./apis/database.ts";
import { DETERMINISTIC_APIS } from "./apis/deterministic.ts";
import { ENVIRONMENT_APIS } from "./apis/environment.ts";
import { HOST_APIS } from "./apis/host.ts";
import { IO_APIS } from "./apis/io.ts";
import { LOG_APIS } from "./apis/log.ts";
import { RANDOM_APIS } from "./apis/random.ts";
import { SCHEDULING_APIS } from "./apis/scheduling.ts";
import { STATE_APIS } from "./apis/state.ts";

export { HAZARDS, type ApiGroup, type Hazard } from "./apis/api-group.ts";

/** The whole table. The order of the groups says nothing. */
export const API_GROUPS: readonly ApiGroup[] = [
  ...CLOCK_APIS,
  ...RANDOM_APIS,
  ...SCHEDULING_APIS,
  ...IO_APIS,
  ...DATABASE_APIS,
  ...CLOUD_APIS,
  ...ENVIRONMENT_APIS,
  ...HOST_APIS,
  ...LOG_APIS,
  ...STATE_APIS,
  ...CLIENT_APIS,
  ...DETERMINISTIC_APIS,
];
