/**
 * The client of schedules: begins, changes, reads and ends them, through the hub's own client.
 *
 * Invariant: whatever is asked is checked before it is sent; it takes effect in the order in which one caller asks.
 */
import type { TaskHubClient } from "../client/task-hub-client.ts";
import type { EntityMetadata } from "../client/entity-metadata.ts";
import { checkInstanceId, checkName } from "../core/names.ts";
import { SCHEDULE_ENTITY, scheduling } from "./schedule-entity.ts";
import type { ScheduleState, ScheduleStatus } from "./schedule-entity.ts";
import { checkedSettings } from "./schedule-options.ts";
import type { ScheduleOptions, ScheduleSettings } from "./schedule-options.ts";

/** A schedule, as it stands. */
export interface Schedule {
  readonly id: string;
  readonly status: ScheduleStatus;
  readonly settings: ScheduleSettings;
  /** When it is due next; absent while it is paused, and once it has ended. */
  readonly nextTickAt?: Date;
  /** The last tick that started an orchestration, and that orchestration's instance id. */
  readonly lastTickAt?: Date;
  readonly lastInstanceId?: string;
}

export class ScheduleClient {
  readonly #client: TaskHubClient;

  /** @param client a hub's: `new ScheduleClient(hub.client)`. */
  constructor(client: TaskHubClient) {
    this.#client = client;
  }

  /**
   * Begins a schedule, or gives the one with this id other settings. A paused one stays paused.
   *
   * @throws InvalidArgumentError when an option cannot be used; nothing is changed then.
   * @example
   * await new ScheduleClient(hub.client).createSchedule("nightly", { cron: "0 3 * * *", orchestrator: "report" });
   */
  async createSchedule(id: string, options: ScheduleOptions): Promise<void> {
    checkName(id, "schedule (its id)");
    // The instances that it starts are named after it.
    checkInstanceId(`${id}@`);
    await this.#client.signalEntity(scheduling, id, "set", checkedSettings(options, EARLIEST));
  }

  /** Starts nothing more until it is resumed. */
  async pauseSchedule(id: string): Promise<void> {
    await this.#client.signalEntity(scheduling, id, "pause");
  }

  /** Goes on with the next tick. Ticks that came during the pause are not made up for. */
  async resumeSchedule(id: string): Promise<void> {
    await this.#client.signalEntity(scheduling, id, "resume");
  }

  /** Starts an orchestration now, beside the ticks. */
  async triggerSchedule(id: string): Promise<void> {
    await this.#client.signalEntity(scheduling, id, "trigger");
  }

  /** Ends a schedule and forgets it. What it started goes on. */
  async deleteSchedule(id: string): Promise<void> {
    await this.#client.signalEntity(scheduling, id, "delete");
  }

  /** The schedule as it stands; `undefined` when there is none. */
  async getSchedule(id: string): Promise<Schedule | undefined> {
    const found = await this.#client.getEntity(scheduling, id);
    return found === undefined ? undefined : scheduleOf(found);
  }

  /** All schedules, in the order of their ids. */
  async *listSchedules(): AsyncGenerator<Schedule, void, undefined> {
    for await (const found of this.#client.getEntities({ instanceIdStartsWith: `${SCHEDULE_ENTITY}@` })) {
      const schedule = scheduleOf(found as EntityMetadata<ScheduleState | undefined>);
      if (schedule !== undefined) yield schedule;
    }
  }
}

/** From here on, an expression that is never due is found out whatever the hub's clock says. */
const EARLIEST = 0;

function scheduleOf({ id, state }: EntityMetadata<ScheduleState | undefined>): Schedule | undefined {
  if (state === undefined) return undefined;
  const { settings, status, nextTickAt, lastTickAt, lastInstanceId } = state;
  return {
    id: id.key,
    status,
    settings,
    ...(nextTickAt === undefined ? {} : { nextTickAt: new Date(nextTickAt) }),
    ...(lastTickAt === undefined ? {} : { lastTickAt: new Date(lastTickAt) }),
    ...(lastInstanceId === undefined ? {} : { lastInstanceId }),
  };
}
