/**
 * One simulated world: a clock, a store, an outside world of ledgers, and the actors that use them.
 *
 * Invariant: all of a run's state hangs on its world and nothing on the process, so simulations run side by side.
 * Made by `run.ts` for one run; the ports of workers and clients act on it.
 */
import type { MemoryStore } from "dacapo/memory";
import type { ActivityCall, Actor, RunningFunction } from "./actor.ts";
import { newActor, runAs, runningFunction } from "./actor.ts";
import type { ChoiceSource } from "../choices/choices.ts";
import type { Failure } from "../report/failure.ts";
import type { FaultClass, FaultPlan } from "../faults/faults.ts";
import { CommittedRecord } from "./committed-record.ts";
import type { Author, Ledger } from "./ledger.ts";
import { createLedger } from "./ledger.ts";
import type { Note, NoteBody } from "../report/notes.ts";
import { NEVER, Scheduler } from "./scheduler.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { WatchedStore } from "./watched-store.ts";

export interface WorldOptions {
  readonly choices: ChoiceSource;
  readonly faults: FaultPlan;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** Keep notes, for a story or a comparison. */
  readonly takesNotes: boolean;
}

/** What the step that is being carried out has changed. */
export interface StepChanges {
  /** The ids of instances whose record, history or messages changed. */
  readonly instances: Set<string>;
  outsideChanged: boolean;
}

/** What a scenario's `outside` gets. */
export interface OutsideWorld {
  /** The ledger called `name`: the same one each time. */
  ledger<T>(name: string): Ledger<T>;
}

/** How long a crashed worker stays away: less than a lease, about a lease, longer. In milliseconds. */
const RESTART_DELAYS_MS = [1_000, 30_000, 120_000] as const;

/** In this share of the runs an activity may be made to fail for good. */
const EXHAUSTING_SHARE = 1 / 3;

const EFFECT_FAULTS: readonly FaultClass[] = ["crash-before-effect", "crash-after-effect"];

export class World implements OutsideWorld {
  readonly choices: ChoiceSource;
  readonly faults: FaultPlan;
  readonly clock: VirtualClock;
  readonly scheduler = new Scheduler();
  readonly committed = new CommittedRecord();
  readonly store: MemoryStore = new WatchedStore(this.committed.calls);
  readonly notes: Note[] | undefined;
  /** The activities and clients that run, dead workers' excepted. */
  readonly functions = new Set<RunningFunction>();
  /** The codes of the errors with which clients ended that did nothing wrong, one for each client. */
  readonly clientsStopped: string[] = [];
  readonly changes: StepChanges = { instances: new Set(), outsideChanged: false };
  /** The step in which a history last grew. */
  lastProgressStep = 0;
  /** How many hops of the settler are not over yet. */
  hopsUnderWay = 0;
  /** How the run failed; the first failure counts. */
  failure: Failure | undefined;
  /** Set when the run cannot go on for a reason that is no failure of what is simulated. */
  abortedBy: { readonly error: unknown } | undefined;
  /** Brings a crashed worker back. Set by whoever starts the workers. */
  onRestart: (worker: string, incarnation: number) => void = () => undefined;
  /** How often each logical activity call was made to fail, by its idempotency key. */
  readonly #failures = new Map<string, number>();
  #mayExhaustRetries: boolean | undefined;
  readonly #ledgers = new Map<string, Ledger<unknown>>();
  readonly #self = newActor("world", "the world");

  constructor(options: WorldOptions) {
    this.choices = options.choices;
    this.faults = options.faults;
    this.clock = new VirtualClock(options.startTime);
    this.notes = options.takesNotes ? [] : undefined;
  }

  get now(): number {
    return this.clock.now;
  }

  /** How many operations were carried out. */
  get step(): number {
    return this.scheduler.step;
  }

  ledger<T>(name: string): Ledger<T> {
    let ledger = this.#ledgers.get(name);
    if (ledger === undefined) this.#ledgers.set(name, (ledger = createLedger<unknown>(name, this)));
    return ledger as Ledger<T>;
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

  /** Draws a fault for something that `actor` does. */
  drawFault(point: string, possible: readonly FaultClass[]): FaultClass | undefined {
    return this.faults.draw(point, possible, this.step);
  }

  /** How often this logical activity call was made to fail. */
  failuresOf(idempotencyKey: string): number {
    return this.#failures.get(idempotencyKey) ?? 0;
  }

  /**
   * Whether activities may be made to fail until no attempt is left. Most runs go on after bad luck and get further;
   * some look at what a workflow does when an activity fails for good. Asked, and decided, only where it matters.
   */
  get mayExhaustRetries(): boolean {
    this.#mayExhaustRetries ??=
      this.choices.choose({ label: "failures for good", n: 2, weights: [1 - EXHAUSTING_SHARE, EXHAUSTING_SHARE] }) ===
      1;
    return this.#mayExhaustRetries;
  }

  addFailure(idempotencyKey: string): void {
    this.#failures.set(idempotencyKey, this.failuresOf(idempotencyKey) + 1);
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
    actor.isAlive = false;
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

  /** Runs a function of the user's so that the simulation knows what it waits for. */
  async runFunction<T>(actor: Actor, name: string, body: () => T | Promise<T>, activity?: ActivityCall): Promise<T> {
    const running: RunningFunction = {
      ...{ actor, name, pendingOperations: 0, lastStep: 0, waitsInMemory: false },
      ...(activity === undefined ? {} : { activity }),
    };
    this.functions.add(running);
    try {
      return await runAs(running, body);
    } finally {
      this.functions.delete(running);
    }
  }

  async effect<T>(ledger: string, effect: (by: Author) => T): Promise<T> {
    const running = runningFunction();
    if (running === undefined) return effect({ actor: "the set-up" });
    const { actor, activity } = running;
    const by: Author = activity === undefined ? { actor: actor.name } : { actor: actor.name, by: activity };
    const on = activity === undefined ? {} : { instanceId: activity.instanceId, taskId: activity.taskId };
    return this.scheduler.perform(actor, `ledger ${ledger}`, () => {
      const fault = actor.kind === "worker" ? this.drawFault(`ledger ${ledger}`, EFFECT_FAULTS) : undefined;
      if (fault === undefined) return effect(by);
      if (fault === "crash-after-effect") effect(by);
      this.note(() => ({ type: "fault", fault, actor: actor.name, at: ledger, on }));
      this.crash(actor);
      return NEVER;
    });
  }

  appended(by: Author, ledger: string, entry: unknown, size: number): void {
    this.changes.outsideChanged = true;
    this.note(() => ({ type: "effect", ...by, ledger, entry: JSON.stringify(entry), size }));
  }
}
