/**
 * A schedule at work: an entity that signals itself at each tick and starts what is due.
 *
 * Invariant: a tick starts at most one orchestration, whatever crashes: the tick's turn is atomic, and the instance is
 * named after the schedule and the tick, so a second start meets a taken id. At most one signal of the schedule's
 * present settings is on its way; those of earlier settings know another generation and do nothing. Time is the
 * hub's.
 */
import { entity } from "../runtime/entity-definition.ts";
import { TaskEntity } from "../runtime/task-entity.ts";
import type { ScheduleSettings } from "./schedule-options.ts";
import { nextTick, ticksFrom } from "./ticks.ts";

export type ScheduleStatus = "active" | "paused" | "ended";

/** What is kept of a schedule. Times are milliseconds since the epoch. */
export interface ScheduleState {
  readonly settings: ScheduleSettings;
  readonly status: ScheduleStatus;
  /** Tells the ticks of these settings from those of earlier ones. */
  readonly generation: number;
  readonly nextTickAt?: number;
  /** The last tick that started an orchestration. */
  readonly lastTickAt?: number;
  readonly lastInstanceId?: string;
}

/** The tick that a schedule waits for. */
interface Tick {
  readonly generation: number;
  readonly at: number;
}

/** So many orchestrations are started in one turn; further ticks that are due follow in the next. */
const STARTS_MAX = 100;

export const SCHEDULE_ENTITY = "dacapo-schedule";

class ScheduleEntity extends TaskEntity<ScheduleState | undefined> {
  protected override initializeState(): undefined {
    return undefined;
  }

  /** Begins the schedule, or gives it other settings. */
  set(settings: ScheduleSettings): void {
    const known = this.state;
    const now = this.#now;
    const generation = Math.max(now, (known?.generation ?? 0) + 1);
    const last = known?.lastTickAt === undefined ? {} : { lastTickAt: known.lastTickAt };
    const status = known?.status === "paused" ? "paused" : "active";
    this.#await({ settings, generation, status, ...last }, now);
  }

  pause(): void {
    if (this.state?.status !== "active") return;
    const { nextTickAt: _, ...rest } = this.state;
    this.state = { ...rest, status: "paused", generation: this.state.generation + 1 };
  }

  /** Goes on with the next tick; those of the pause are over. */
  resume(): void {
    if (this.state?.status !== "paused") return;
    this.#await({ ...this.state, status: "active", generation: this.state.generation + 1 }, this.#now);
  }

  /** Starts an orchestration now, beside the ticks. */
  trigger(): void {
    if (this.state !== undefined) this.#start(this.state, this.#now, "triggered ");
  }

  /** What the schedule tells itself when a tick is due. */
  tick({ generation, at }: Tick): void {
    const schedule = this.state;
    if (schedule?.generation !== generation || schedule.nextTickAt !== at) return;
    const { settings } = schedule;
    const now = Math.max(this.#now, at);
    const ticks = ticksFrom(settings, at, now, settings.catchUp === "all" ? STARTS_MAX : Infinity);
    let after = schedule;
    for (const due of chosen(ticks, settings, now)) after = this.#start(after, due);
    this.#await(after, settings.catchUp === "all" ? (ticks.at(-1) ?? now) : now);
  }

  get #now(): number {
    return this.context.currentUtcDateTime.getTime();
  }

  #start(schedule: ScheduleState, at: number, mark = ""): ScheduleState {
    const { orchestrator, input, version, tags } = schedule.settings;
    const scheduledTime = new Date(at).toISOString();
    const instanceId = `${this.context.id.key}@${mark}${scheduledTime}`;
    this.context.scheduleNewOrchestration(orchestrator, input, {
      instanceId,
      tags: { ...tags, "dacapo.schedule": this.context.id.key, "dacapo.scheduledTime": scheduledTime },
      ...(version === undefined ? {} : { version }),
    });
    return mark === "" ? { ...schedule, lastTickAt: at, lastInstanceId: instanceId } : schedule;
  }

  /** Waits for the first tick after a time. */
  #await(schedule: ScheduleState, after: number): void {
    const { nextTickAt: _, ...rest } = schedule;
    const next = schedule.status === "active" ? nextTick(schedule.settings, after) : undefined;
    if (next === undefined) {
      this.state = { ...rest, status: schedule.status === "active" ? "ended" : schedule.status };
      return;
    }
    this.state = { ...rest, nextTickAt: next };
    const tick: Tick = { generation: schedule.generation, at: next };
    this.context.signalEntity(this.context.id, "tick", tick, { signalTime: new Date(next) });
  }
}

/** The ticks for which something is started. */
function chosen(ticks: readonly number[], { catchUp, toleranceMs }: ScheduleSettings, now: number): readonly number[] {
  switch (catchUp) {
    case "all":
      return ticks;
    case "latest":
      return ticks.slice(-1);
    case "skip":
      return ticks.filter((tick) => now - tick <= toleranceMs);
  }
}

/** Register this with every worker of a hub that has schedules: `TaskHub.open({ register: [scheduling, ...] })`. */
export const scheduling = entity(SCHEDULE_ENTITY, ScheduleEntity);
