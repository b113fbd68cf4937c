/**
 * A simulation that somebody steers: a test, or a person who looks at a failure. Time and steps go on only as far as
 * it is told, and it can go back.
 *
 * Invariant: between two calls it stands still, at a place where nothing is half done. One call runs at a time; the
 * course is a function of the choices and of the calls made from outside. Made by `openSimulation`.
 */
import type { Duration, IdleReport, TaskHubClient } from "dacapo";
import { InvalidArgumentError } from "dacapo";
import { durationToMs } from "dacapo/backend";
import { SimulationFailedError, SimulationUseError } from "../errors.ts";
import type { Halt } from "../explore/run.ts";
import { tokenOf, whileAttached } from "../explore/token-run.ts";
import { failureId, nameFailure } from "../report/failure.ts";
import { tellStory } from "../report/story.ts";
import type { HubView } from "../scenario/hub-view.ts";
import { hubView } from "../scenario/hub-view.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { World } from "../world/world.ts";
import { readState } from "./read-state.ts";
import type { SimulationState } from "./simulation-state.ts";
import { atRest, outOfSteps } from "./standstill.ts";
import { steeringClient } from "./test-client.ts";
import type { ClientCall, Timeline } from "./timeline.ts";

/** What a predicate of `runUntil` sees: what a scenario's properties see. */
export type SimulationView<Outside extends object = object> = { readonly hub: HubView } & Outside;

/** The last time that a JavaScript date can name, in milliseconds since the epoch. */
const TIME_MAX = 8.64e15;

export class Simulation<Outside extends object = object> {
  /**
   * The hub's client, for whoever steers. Each call sets the simulation going until it is answered, and lets simulated
   * time pass where it has to: `waitForOrchestrationCompletion` runs through all timers before the end.
   */
  readonly client: TaskHubClient;
  readonly #scenario: Scenario;
  readonly #timeline: Timeline;
  #view: { readonly world: World; readonly view: SimulationView<Outside> } | undefined = undefined;
  /** The name of the call that runs. */
  #busyWith: string | undefined = undefined;
  #isClosed = false;
  /** The step at which a failure was reported: `goto` may then stand there. */
  #failedAt: number | undefined = undefined;

  /** Use `openSimulation`. */
  constructor(scenario: Scenario, timeline: Timeline) {
    this.#scenario = scenario;
    this.#timeline = timeline;
    this.client = steeringClient(
      timeline.client,
      (name, make, repeat) => this.#call(name, make, repeat),
      timeline.world.texts,
    );
  }

  /** How many steps were carried out. A step is one operation of a worker, a client or a ledger. */
  get step(): number {
    return this.#timeline.world.step;
  }

  /** The simulated time. */
  get now(): Date {
    return new Date(this.#timeline.world.now);
  }

  /** The task hub as properties see it: synchronous, read only, payloads parsed. */
  get hub(): HubView {
    return this.view.hub;
  }

  /** What `outside` built, such as ledgers. Going back builds it anew: ask again afterwards. */
  get outside(): Outside {
    return this.#timeline.outside as Outside;
  }

  /** What the predicate of `runUntil` gets. */
  get view(): SimulationView<Outside> {
    const { world } = this.#timeline;
    if (this.#view?.world !== world) {
      this.#view = { world, view: { ...this.outside, hub: hubView(world.readable, world.texts) } };
    }
    return this.#view.view;
  }

  /** The state of everything right now, as plain data: a copy that survives `JSON.stringify`. */
  state(): SimulationState {
    return readState(this.#timeline.world);
  }

  /**
   * Lets this much simulated time pass. All that is due within it happens, and the clock then stands exactly there.
   *
   * @throws InvalidArgumentError when it is no duration.
   * @throws SimulationFailedError, SimulationStandstillError (the steps are used up) or SimulationUseError.
   * @example
   * await simulation.advance({ days: 3 });
   */
  advance(duration: Duration): Promise<void> {
    return this.#steer("advance()", () => {
      const time = this.#timeline.world.now + durationToMs(duration, "argument of advance()");
      return this.#runToTime(time, "advance()");
    });
  }

  /**
   * Lets simulated time pass up to this date, as `advance` does.
   *
   * @throws InvalidArgumentError when the date is invalid, or has passed; else as `advance` does.
   */
  advanceTo(date: Date): Promise<void> {
    return this.#steer("advanceTo()", () => {
      const time = Object.prototype.toString.call(date) === "[object Date]" ? date.getTime() : Number.NaN;
      if (Number.isNaN(time)) {
        throw new InvalidArgumentError("advanceTo() was given no valid date.", {
          hint: 'Write advanceTo(new Date("2026-02-01")), or advance({ days: 31 }).',
        });
      }
      if (time < this.#timeline.world.now) {
        throw new InvalidArgumentError(
          `advanceTo() was given ${date.toISOString()}; it is ${this.now.toISOString()}.`,
          {
            hint: "Time goes forward only. To go back, use goto(step).",
          },
        );
      }
      return this.#runToTime(time, "advanceTo()");
    });
  }

  /**
   * Goes on until the predicate holds; where it holds already, nothing happens. It is asked before each step, may be
   * asked more than once, and sees what a scenario's properties see.
   *
   * @throws SimulationStandstillError when nothing more can happen and it does not hold; it says who waits for what.
   * @throws SimulationFailedError or SimulationUseError; and what the predicate throws.
   * @example
   * const simulation = await openSimulation(purchaseApproval);
   * await simulation.runUntil(({ hub }) => hub.instance("order-17")?.customStatus === "waiting");
   */
  runUntil(predicate: (view: SimulationView<Outside>) => boolean): Promise<void> {
    return this.#steer("runUntil()", async () => {
      const when = (): boolean => {
        const answer: unknown = predicate(this.view);
        if (typeof answer === "boolean") return answer;
        throw new InvalidArgumentError(`The predicate of runUntil() returned a value of type ${typeof answer}.`, {
          hint: "Return true or false, at once: a promise would count as true whatever it resolves to.",
        });
      };
      const halt = await this.#timeline.until({ when, staysOpen: true });
      this.#check(halt);
      if (halt !== "at-rest") return;
      throw atRest(
        this.#timeline.world,
        "the predicate of runUntil() does not hold",
        "Let the test do what they wait for.",
      );
    });
  }

  /**
   * Does what can be done at this moment of simulated time, and no time passes. Says when something next becomes ready
   * by itself, and how many messages and activities are not done yet, as `TaskHub.runUntilIdle` does.
   *
   * @throws SimulationFailedError, SimulationStandstillError (the steps are used up) or SimulationUseError.
   */
  runUntilIdle(): Promise<IdleReport> {
    return this.#steer("runUntilIdle()", async () => {
      await this.#runToTime(this.#timeline.world.now, "runUntilIdle()");
      return idleReport(this.#timeline.world);
    });
  }

  /**
   * Goes on until nothing more can happen, and judges the end as a search does: `eventually`, and all oracles. The
   * simulation is then over; `goto` goes back.
   *
   * @throws SimulationFailedError when something does not hold; SimulationStandstillError when the steps are used up.
   * @throws SimulationUseError
   */
  runToEnd(): Promise<void> {
    return this.#steer("runToEnd()", async () => {
      this.#check(await this.#timeline.until({}));
    });
  }

  /**
   * Goes to a step, forwards or backwards, and stands right after it; 0 is the beginning. Going back makes the run
   * again, with the same choices and the same calls of the client at the same places. To go on from there repeats what
   * was; only a new call of the client begins another course, and what was recorded after that place is forgotten.
   *
   * @throws InvalidArgumentError when it is no whole number from 0 on, or there is no such step: the simulation then
   *   stands after the last one.
   * @throws SimulationFailedError when a failure shows for the first time, or before that step.
   * @throws SimulationUseError also when the run does not repeat itself.
   * @example
   * await simulation.goto(12);
   * console.log(simulation.state().instances);
   */
  goto(step: number): Promise<void> {
    return this.#exclusively("goto()", async () => {
      if (!Number.isSafeInteger(step) || step < 0) {
        throw new InvalidArgumentError(`goto() was given ${String(step)}.`, {
          hint: "Give it a whole number of steps from 0 on, such as simulation.step - 1.",
        });
      }
      if (step <= this.step) await this.#timeline.restart();
      const halt = await this.#timeline.until({ step, staysOpen: true });
      if (this.step === step && this.#failedAt === step) return;
      this.#check(halt);
      if (this.step === step) return;
      throw new InvalidArgumentError(`There is no step ${step}: nothing more can happen after step ${this.step}.`, {
        hint: `The steps go from 0 to ${this.step}; another call of the client makes more.`,
      });
    });
  }

  /** Ends the simulation and lets go of it. Whatever is called afterwards is refused. */
  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(name: string, make: ClientCall<T>, repeat: ClientCall): Promise<T> {
    return this.#steer(`client.${name}()`, async () => {
      // The call may begin another course, which need not fail at that step.
      this.#failedAt = undefined;
      const outcome = await this.#timeline.call(make, repeat);
      if (outcome.status === "unanswered") this.#check(outcome.halt);
      else this.#check("stopped");
      switch (outcome.status) {
        case "fulfilled":
          return outcome.value;
        case "rejected":
          throw outcome.reason;
        case "unanswered":
          throw atRest(
            this.#timeline.world,
            `client.${name}() is not answered`,
            "Let the test do what they wait for before, such as raise an event, or give the wait a timeout.",
          );
      }
    });
  }

  async #runToTime(time: number, name: string): Promise<void> {
    if (time > TIME_MAX) {
      throw new InvalidArgumentError(`${name} leads to a time later than a date can reach.`, {
        hint: "Give it less.",
      });
    }
    this.#check(await this.#timeline.until({ time, staysOpen: true }));
  }

  /** Does something that goes forward: not possible any more once the run has failed or ended. */
  #steer<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#exclusively(name, () => {
      this.#check("stopped");
      if (this.#timeline.end === undefined) return work();
      if (this.#timeline.end === "cut") throw outOfSteps(this.#timeline.world);
      throw new SimulationUseError(`${name} was called after runToEnd(): the simulation is over.`, {
        hint: `goto(step) goes back, to any step up to ${this.step}.`,
      });
    });
  }

  /** One call at a time, and none after the end. */
  async #exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new SimulationUseError(`${name} was called after close().`, {
        hint: "Open another with openSimulation().",
      });
    }
    if (this.#busyWith !== undefined) {
      throw new SimulationUseError(`${name} was called while ${this.#busyWith} runs.`, {
        hint: "Await each call before the next. Things that happen at the same time are clients: give them to openSimulation({ clients }).",
      });
    }
    this.#busyWith = name;
    try {
      return await whileAttached(work);
    } finally {
      this.#busyWith = undefined;
    }
  }

  /** @throws SimulationFailedError or SimulationStandstillError, where the run has failed or may not go on. */
  #check(halt: Halt): void {
    const { world } = this.#timeline;
    const { failure, step } = world;
    if (failure !== undefined) {
      const id = failureId(failure);
      this.#failedAt = step;
      const token = tokenOf(this.#scenario, id, world.choices.sequence);
      const story = tellStory(world.notes ?? []);
      const told = story.map((line, index) => `  ${index + 1}. ${line}`);
      throw new SimulationFailedError(
        [`The simulation failed at step ${step}: ${failure.message}`, ...told, `Token: ${token}\n`].join("\n"),
        { failure: id, step, token, story, ...nameFailure(failure) },
        `Only going back is possible now: goto(step) leads to any step up to ${step}, and state() shows it.`,
      );
    }
    if (halt === "cut") throw outOfSteps(world);
  }
}

function idleReport({ store, scheduler, now }: World): IdleReport {
  const { nextDueTime = Infinity, pending } = store.backlog(now);
  let next = nextDueTime;
  for (const { actor, onBehalfOf, wait } of scheduler.pending()) {
    // What the engine's own loops wait for (renewals, back-offs) is no news unless it becomes work.
    if (actor.kind !== "worker" || onBehalfOf !== undefined) next = Math.min(next, wait?.dueTime() ?? Infinity);
  }
  return { nextDueTime: next === Infinity ? undefined : new Date(next), pending };
}
