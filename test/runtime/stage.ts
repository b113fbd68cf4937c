/**
 * A hub for tests: in memory, on a clock that stands still until it is told to move, with ids that count.
 *
 * Invariant: nothing here waits on wall time; a run is a function of the definitions and of what the test does.
 */
import type { Definition, HistoryEvent, IdleReport, OrchestrationState, TaskHubOptions } from "dacapo";
import { activity, TaskHub } from "dacapo";
import type { Ids, LogFields, Logger } from "dacapo/backend";
import { memory } from "dacapo/memory";
import type { MemoryOptions } from "dacapo/memory";
import { MemoryStore } from "dacapo/memory";
import { ManualClock } from "dacapo/testing";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

export type StageOptions = Omit<TaskHubOptions, "backend" | "register"> &
  MemoryOptions & { readonly backend?: NonNullable<TaskHubOptions["backend"]> };

export class Stage {
  readonly hub: TaskHub;
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly lines: readonly LogLine[];

  private constructor(hub: TaskHub, clock: ManualClock, store: MemoryStore, lines: readonly LogLine[]) {
    this.hub = hub;
    this.clock = clock;
    this.store = store;
    this.lines = lines;
  }

  /** Opens a hub with these definitions. */
  static async open(register: readonly Definition[], options: StageOptions = {}): Promise<Stage> {
    const { clock: givenClock, store: givenStore, keepHistory, system, ...rest } = options;
    const clock = givenClock instanceof ManualClock ? givenClock : new ManualClock();
    const store = givenStore ?? new MemoryStore({ keepHistory: keepHistory ?? false });
    const lines: LogLine[] = [];
    const hub = await TaskHub.open({
      backend: memory({ store }),
      ...rest,
      register,
      system: { clock, ids: countingIds(), logger: recordingLogger(lines), ...system },
    });
    return new Stage(hub, clock, store, lines);
  }

  get client(): TaskHub["client"] {
    return this.hub.client;
  }

  /** Starts an orchestration by name, as the instance "one" unless told otherwise. */
  async start(definition: { readonly name: string }, input?: unknown, instanceId = "one"): Promise<string> {
    return this.client.scheduleNewOrchestration(definition.name, input, { instanceId });
  }

  /** Works off what is ready, without moving the time. */
  async idle(): Promise<IdleReport> {
    return this.hub.runUntilIdle();
  }

  /** Works until nothing is left that time alone would bring about. */
  async rest(): Promise<void> {
    for (;;) {
      const { nextDueTime } = await this.hub.runUntilIdle();
      if (nextDueTime === undefined) return;
      this.clock.advance(Math.max(0, nextDueTime.getTime() - this.clock.now()));
    }
  }

  advance(duration: { readonly days?: number; readonly hours?: number; readonly seconds?: number }): void {
    const { days = 0, hours = 0, seconds = 0 } = duration;
    this.clock.advance(((days * 24 + hours) * 3600 + seconds) * 1000);
  }

  /** Lets time pass, in small steps, until `work` has ended. */
  async whileTimePasses<T>(work: Promise<T>): Promise<T> {
    const progress = { isOver: false };
    const end = (): void => {
      progress.isOver = true;
    };
    work.then(end, end);
    while (!progress.isOver) {
      await hop();
      this.clock.advance(50);
    }
    return work;
  }

  async state<O = unknown>(instanceId = "one"): Promise<OrchestrationState<O>> {
    const state = await this.client.getOrchestrationState<O>(instanceId);
    if (state === undefined) throw new Error(`there is no instance "${instanceId}"`);
    return state;
  }

  async output(instanceId = "one"): Promise<unknown> {
    return (await this.state(instanceId)).raiseIfFailed().output;
  }

  async history(instanceId = "one"): Promise<readonly HistoryEvent[]> {
    return this.client.getOrchestrationHistory(instanceId);
  }

  /** How many messages were dropped for this reason. */
  dropped(reason: string): number {
    return this.hub.counters()[`messages.dropped{reason=${reason}}`] ?? 0;
  }

  async close(): Promise<void> {
    await this.hub.stop();
  }
}

/** Runs one orchestration to its rest and gives its state; the hub is closed afterwards. */
export async function perform(
  definition: Definition,
  options: StageOptions & { readonly input?: unknown; readonly register?: readonly Definition[] } = {},
): Promise<OrchestrationState> {
  const { input, register = [], ...rest } = options;
  const stage = await Stage.open([definition, ...register], rest);
  await stage.start(definition, input);
  await stage.rest();
  const state = await stage.state();
  await stage.close();
  return state;
}

/** Gives back its input. */
export const echo = activity("echo", (_ctx, input: unknown) => input);

/** Fails with its input as the message. */
export const fail = activity("fail", (_ctx, message: string): never => {
  throw new TypeError(message);
});

/** Lets immediates, and all that they bring about, happen. */
export function hop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function countingIds(prefix = "0"): Ids {
  let count = 0;
  return { newId: () => `${prefix.padStart(8, "0")}-0000-4000-8000-${String(++count).padStart(12, "0")}` };
}

export function recordingLogger(lines: LogLine[]): Logger {
  const at =
    (level: LogLine["level"]) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, message, fields });
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
