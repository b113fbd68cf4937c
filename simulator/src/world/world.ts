/**
 * One simulated world: a clock, a store, an outside world of ledgers, and the actors that use them.
 *
 * Invariant: all of a run's state hangs on its world and nothing on the process, so simulations run side by side.
 * Made by `run.ts` for one run; the ports of workers and clients act on it.
 */
import { guarded } from "dacapo/backend";
import type { MemoryStore } from "dacapo/memory";
import type { ActivityCall, Actor, RunningFunction } from "./actor.ts";
import { newActor, runAs, runningFunction } from "./actor.ts";
import type { ChoiceSource } from "../choices/choices.ts";
import type { Failure } from "../report/failure.ts";
import type { Storage } from "../faults/commit-steps.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { FaultClass } from "../faults/faults.ts";
import type { FaultTarget } from "../faults/hazards.ts";
import { Hazards } from "../faults/hazards.ts";
import type { PayloadTexts } from "../scenario/payload-texts.ts";
import { JSON_TEXTS } from "../scenario/payload-texts.ts";
import type { Trace } from "../report/trace.ts";
import { CommittedRecord } from "./committed-record.ts";
import type { Author, Ledger } from "./ledger.ts";
import { createLedger } from "./ledger.ts";
import type { Note, NoteBody, Subject } from "../report/notes.ts";
import type { PortCall } from "./port-calls.ts";
import { readable } from "./readable.ts";
import type { SimulatedPayloads } from "./simulated-payloads.ts";
import { NEVER, Scheduler } from "./scheduler.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { watchedCode } from "./watched-code.ts";
import { WatchedStore } from "./watched-store.ts";

export interface WorldOptions {
  readonly choices: ChoiceSource;
  readonly faults: FaultPlan;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** Keep notes, for a story. */
  readonly takesNotes: boolean;
  /** Where to write down everything, for a comparison with another run. */
  readonly trace?: Trace | undefined;
  readonly storage: Storage;
  /** How payloads are written: as JSON unless given. */
  readonly texts?: PayloadTexts;
  /** The hub's poison limit. */
  readonly maxDeliveryCount: number;
  /** Set where large payloads are kept beside the hub. */
  readonly payloads?: SimulatedPayloads | undefined;
}

/** What the step that is being carried out has changed. */
export interface StepChanges {
  /** The ids of instances whose record, history or messages changed. */
  readonly instances: Set<string>;
  outsideChanged: boolean;
}

/** How a client of the scenario stands. */
export interface ClientStanding {
  readonly status: "running" | "ended";
  /** What it ended with, where that was an error. */
  readonly error?: string;
}

/** What a scenario's `outside` gets. */
export interface OutsideWorld {
  /** The ledger called `name`: the same one each time. */
  ledger<T>(name: string): Ledger<T>;
}

/** How long a crashed worker stays away: less than a lease, about a lease, longer. In milliseconds. */
const RESTART_DELAYS_MS = [1_000, 30_000, 120_000] as const;

const EFFECT_FAULTS: readonly FaultClass[] = ["crash-before-effect", "crash-after-effect"];

export class World implements OutsideWorld {
  readonly choices: ChoiceSource;
  readonly faults: FaultPlan;
  readonly hazards: Hazards;
  readonly clock: VirtualClock;
  readonly scheduler: Scheduler;
  readonly store: MemoryStore;
  /** The store as its readers see it: with payloads for references. */
  readonly readable: MemoryStore;
  readonly payloads: SimulatedPayloads | undefined;
  readonly storage: Storage;
  readonly trace: Trace | undefined;
  /** Calls that a store without transactions has carried out in part: what is left of each. */
  readonly unfinished = new Map<string, unknown>();
  readonly texts: PayloadTexts;
  readonly committed: CommittedRecord;
  readonly notes: Note[] | undefined;
  /** The activities and clients that run, dead workers' excepted. */
  readonly functions = new Set<RunningFunction>();
  /** The latest life of each worker, by name. */
  readonly workers = new Map<string, Actor>();
  /** How each client of the scenario stands, by name. */
  readonly clients = new Map<string, ClientStanding>();
  /** The codes of the errors with which clients ended that did nothing wrong, one for each client. */
  readonly clientsStopped: string[] = [];
  readonly changes: StepChanges = { instances: new Set(), outsideChanged: false };
  /** The step in which a history last grew. */
  lastProgressStep = 0;
  /** How many hops of the settler are not over yet. */
  hopsUnderWay = 0;
  /** How many there have been, and how many of them by the end of the last drain. */
  hopsStarted = 0;
  hopsDrained = 0;
  /** How the run failed; the first failure counts. */
  failure: Failure | undefined;
  /** Set when the run cannot go on for a reason that is no failure of what is simulated. */
  abortedBy: { readonly error: unknown } | undefined;
  /** Brings a crashed worker back. Set by whoever starts the workers. */
  onRestart: (worker: string, incarnation: number) => void = () => undefined;
  readonly #ledgers = new Map<string, Ledger<unknown>>();
  readonly #self = newActor("world", "the world");

  constructor(options: WorldOptions) {
    this.choices = options.choices;
    this.faults = options.faults;
    this.clock = new VirtualClock(options.startTime);
    this.scheduler = new Scheduler(this.clock);
    this.notes = options.takesNotes ? [] : undefined;
    this.storage = options.storage;
    this.texts = options.texts ?? JSON_TEXTS;
    this.committed = new CommittedRecord(this.texts);
    this.payloads = options.payloads;
    const { calls } = this.committed;
    const written = { push: (call: PortCall) => calls.push(this.plain(call)) };
    const isPlain = options.payloads === undefined;
    this.store = new WatchedStore(isPlain ? calls : written, { atomicTurns: options.storage === "transactional" });
    this.readable = isPlain ? this.store : readable(this.store, (value) => this.plain(value));
    const { choices, clock, store } = this;
    this.hazards = new Hazards({ choices, clock, store, maxDeliveryCount: options.maxDeliveryCount });
    const { trace } = options;
    this.trace = trace;
    if (trace === undefined) return;
    this.choices.onChoice = ({ label, n, value }) => {
      trace.add(this.step, `choice ${label}: ${value} of ${n}`);
    };
  }

  get now(): number {
    return this.clock.now;
  }

  /** How many operations were carried out. */
  get step(): number {
    return this.scheduler.step;
  }

  /** All ledgers that were asked for, by name. */
  get ledgers(): ReadonlyMap<string, Ledger<unknown>> {
    return this.#ledgers;
  }

  ledger<T>(name: string): Ledger<T> {
    let ledger = this.#ledgers.get(name);
    if (ledger === undefined) this.#ledgers.set(name, (ledger = createLedger<unknown>(name, this)));
    return ledger as Ledger<T>;
  }

  /** What the engine has written, with payloads for references: as oracles and people are to see it. */
  plain<T>(value: T): T {
    return this.payloads === undefined ? value : this.payloads.plain(value);
  }

  /** Adds a note; `body` is built only when notes are taken. */
  note(body: () => NoteBody): void {
    this.notes?.push({ step: this.step, now: this.now, ...body() });
  }

  /** Ends the run: something does not hold. It is noted once everything that belongs to the step has been. */
  fail(failure: Failure): void {
    this.failure ??= failure;
  }

  /** Ends the run: it cannot go on. */
  abort(error: unknown): void {
    this.abortedBy ??= { error };
  }

  /** Draws a fault for something that the target's actor does. */
  drawFault(point: string, possible: readonly FaultClass[], target: FaultTarget): FaultClass | undefined {
    const fault = this.faults.draw(point, possible, this.step, (drawn) => this.hazards.isBearable(drawn, target));
    if (fault !== undefined) this.#disturb(fault, target);
    return fault;
  }

  /** Whatever a fault does, whoever it hits is excused from what it would else have to do. */
  #disturb(fault: FaultClass, { actor, keys }: FaultTarget): void {
    const workers = fault === "worker-paused" ? [actor.name] : [];
    this.committed.calls.push({ type: "disturbance", workers, keys });
  }

  /** The hub's clock was set forward, which ends every lease: that excuses all, as a worker's own clock excuses nobody. */
  disturbAll(): void {
    this.committed.calls.push({ type: "disturbance", workers: "all", keys: [] });
  }

  /** What an activity's key stands for. */
  activitySubject(key: string): Subject {
    const work = this.store.activity(key)?.work;
    return work === undefined ? {} : { instanceId: work.instanceId, taskId: work.taskId };
  }

  /** Marks an instance as changed by this step, for the oracles. */
  touch(instanceId: string): void {
    this.changes.instances.add(instanceId);
  }

  /**
   * Ends a worker as a power cut does: what it waits for never answers, what it does later has no effect. It comes
   * back as a new incarnation after a chosen time.
   */
  crash(actor: Actor): void {
    if (!actor.isAlive) return;
    actor.isAlive = false;
    this.committed.calls.push({ type: "disturbance", workers: [actor.name], keys: [] });
    this.scheduler.drop(actor);
    for (const running of this.functions) if (running.actor === actor) this.functions.delete(running);
    const delay = this.choices.choose({ label: "restart delay", n: RESTART_DELAYS_MS.length });
    const restartDelayMs = RESTART_DELAYS_MS[delay] ?? 0;
    this.note(() => ({ type: "crash", worker: actor.name, restartDelayMs }));
    const dueTime = this.now + restartDelayMs;
    void this.scheduler
      .perform(this.#self, `restart ${actor.name}`, () => undefined, {
        isOver: () => this.now >= dueTime,
        dueTime: () => dueTime,
      })
      .then(() => {
        this.onRestart(actor.name, actor.incarnation + 1);
      });
  }

  /** Ends all workers at once. */
  crashFleet(): void {
    for (const worker of this.workers.values()) this.crash(worker);
  }

  /** Runs a function of the user's so that the simulation knows what it waits for. */
  async runFunction<T>(actor: Actor, name: string, body: () => T | Promise<T>, activity?: ActivityCall): Promise<T> {
    const region = watchedCode(activity === undefined ? "client" : "activity", name, (error) => {
      this.abort(error);
    });
    const running: RunningFunction = {
      ...{ actor, name, region, pendingOperations: 0, lastStep: 0, waitsInMemory: false },
      ...(activity === undefined ? {} : { activity }),
    };
    this.functions.add(running);
    try {
      return await runAs(running, body);
    } finally {
      this.functions.delete(running);
    }
  }

  /** Runs a piece of the scenario's own code, such as a property, at once. */
  runScenarioCode<T>(name: string, body: () => T): T {
    const region = watchedCode("scenario", name, (error) => {
      this.abort(error);
    });
    return guarded(region, body);
  }

  async effect<T>(ledger: string, effect: (by: Author) => T): Promise<T> {
    const running = runningFunction();
    if (running === undefined) return effect({ actor: "the set-up" });
    const { actor, activity } = running;
    const by: Author = activity === undefined ? { actor: actor.name } : { actor: actor.name, by: activity };
    const on = activity === undefined ? {} : { instanceId: activity.instanceId, taskId: activity.taskId };
    return this.scheduler.perform(actor, `ledger ${ledger}`, () => {
      const target = { actor, keys: [] };
      const fault = actor.kind === "worker" ? this.drawFault(`ledger ${ledger}`, EFFECT_FAULTS, target) : undefined;
      if (fault === undefined) return effect(by);
      if (fault === "crash-after-effect") effect(by);
      this.note(() => ({ type: "fault", fault, actor: actor.name, at: ledger, on }));
      this.crash(actor);
      return NEVER;
    });
  }

  appended(by: Author, ledger: string, entry: unknown, size: number): void {
    this.changes.outsideChanged = true;
    this.trace?.add(this.step, `ledger ${ledger}`, { by, entry });
    this.note(() => ({ type: "effect", ...by, ledger, entry: JSON.stringify(entry), size }));
  }
}
