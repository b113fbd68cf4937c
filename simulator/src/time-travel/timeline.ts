/**
 * The course of one steered simulation: its run, and the calls that a test made from outside, each with the step and
 * the time at which it was made.
 *
 * Invariant: going back makes the run again from its start, with the same choices and the same calls at the same
 * places, and says so when it goes another way. A new call in the past begins another course: what was recorded after
 * it is forgotten. Used by `Simulation` alone, one call at a time.
 */
import type { TaskHubClient } from "dacapo";
import type { Halt, RunOptions, Stop } from "../explore/run.ts";
import { Run } from "../explore/run.ts";
import { SimulationUseError } from "../errors.ts";
import type { Note } from "../report/notes.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { newActor } from "../world/actor.ts";
import { openHub, payloadOptions } from "../world/simulated-hub.ts";
import type { World } from "../world/world.ts";

/** What a test asks of the client. It may be made more than once. */
export type ClientCall<T = unknown> = (client: TaskHubClient) => Promise<T>;

interface RecordedCall {
  readonly step: number;
  /** In milliseconds since the epoch. */
  readonly time: number;
  readonly repeat: ClientCall;
}

/** What became of a call: an answer, or the reason why there is none. */
export type CallOutcome<T> =
  | { readonly status: "fulfilled"; readonly value: T }
  | { readonly status: "rejected"; readonly reason: unknown }
  | { readonly status: "unanswered"; readonly halt: Halt };

/** The name of the test as an actor: in stories and in the ids that its client makes. */
const TEST = "the test";

export class Timeline {
  readonly #scenario: Scenario;
  readonly #optionsOfRun: () => RunOptions;
  #run: Run;
  #client: TaskHubClient | undefined = undefined;
  readonly #calls: RecordedCall[] = [];
  /** How many of the calls the run has seen. */
  #seen = 0;
  /** What an earlier run of this course noted, and how far this run was compared with it. */
  #known: readonly Note[] = [];
  #compared = 0;

  /** `optionsOfRun` gives the same choices each time it is called. */
  static async begin(scenario: Scenario, optionsOfRun: () => RunOptions): Promise<Timeline> {
    const timeline = new Timeline(scenario, optionsOfRun);
    await timeline.#openClient();
    return timeline;
  }

  private constructor(scenario: Scenario, optionsOfRun: () => RunOptions) {
    this.#scenario = scenario;
    this.#optionsOfRun = optionsOfRun;
    this.#run = this.#newRun();
  }

  get world(): World {
    return this.#run.world;
  }

  /** What `outside` built for the run under way. */
  get outside(): object {
    return this.#run.outside;
  }

  /** How the run ended; undefined while it may still go on. */
  get end(): Run["end"] {
    return this.#run.end;
  }

  /** The client that acts in the run under way. */
  get client(): TaskHubClient {
    // Never read before `begin` has opened it.
    return this.#client as TaskHubClient;
  }

  /** Begins the same course again. */
  async restart(): Promise<void> {
    const noted = noteworthy(this.world);
    if (noted.length > this.#known.length) this.#known = noted;
    this.#run = this.#newRun();
    this.#seen = 0;
    this.#compared = 0;
    await this.#openClient();
  }

  /** Goes on until it is told to stop, repeating recorded calls on the way. @throws as `Run.until` does. */
  async until(stop: Stop): Promise<Halt> {
    for (;;) {
      const call = this.#calls[this.#seen];
      const halt = await this.#run.until(
        call === undefined ? stop : { ...stop, step: Math.min(call.step, stop.step ?? Infinity), staysOpen: true },
      );
      this.#compare();
      if (call === undefined || halt === "failed" || halt === "cut") return halt;
      if (halt === "at-rest") throw unrepeatable(this.world.step);
      if (!this.#reaches(call, stop)) return halt;
      this.#seen += 1;
      // Whoever made the call has had the answer.
      void call.repeat(this.client).catch(() => undefined);
    }
  }

  /**
   * Makes a call from outside, and goes on until it is answered. `repeat` is what to do when the run is made again.
   * @throws as `Run.until` does.
   */
  async call<T>(make: ClientCall<T>, repeat: ClientCall): Promise<CallOutcome<T>> {
    const { world } = this;
    this.#forgetWhatFollows();
    this.#calls.push({ step: world.step, time: world.now, repeat });
    this.#seen += 1;
    const { step } = world;
    const answer: { outcome?: CallOutcome<T> } = {};
    void make(this.client).then(
      (value) => (answer.outcome = { status: "fulfilled", value }),
      (reason: unknown) => (answer.outcome = { status: "rejected", reason }),
    );
    const halt = await this.#run.until({ when: () => answer.outcome !== undefined, staysOpen: true });
    const { outcome } = answer;
    if (outcome === undefined) return { status: "unanswered", halt };
    // It asked nothing of the hub, being refused for its arguments: there is nothing to repeat.
    if (world.step === step) {
      this.#calls.pop();
      this.#seen -= 1;
    }
    return outcome;
  }

  #newRun(): Run {
    return new Run(this.#scenario, { ...this.#optionsOfRun(), takesNotes: true });
  }

  async #openClient(): Promise<void> {
    const hub = await openHub(this.world, newActor("client", TEST), payloadOptions(this.#scenario));
    this.#client = hub.client;
  }

  /** Lets time pass up to the call, since no step comes between. False when the stop comes first. */
  #reaches(call: RecordedCall, { step = Infinity, time = Infinity, when }: Stop): boolean {
    const { world } = this;
    if (world.step < call.step || step <= world.step) return false;
    world.clock.advanceTo(Math.min(call.time, time));
    return call.time < time && when?.() !== true;
  }

  #forgetWhatFollows(): void {
    if (this.#seen === this.#calls.length) return;
    this.#calls.length = this.#seen;
    this.#known = noteworthy(this.world);
  }

  /** @throws SimulationUseError when the run goes another way than before. */
  #compare(): void {
    if (this.#compared >= this.#known.length) return;
    const made = noteworthy(this.world);
    const end = Math.min(made.length, this.#known.length);
    for (; this.#compared < end; this.#compared++) {
      const note = made[this.#compared];
      if (JSON.stringify(note) !== JSON.stringify(this.#known[this.#compared])) throw unrepeatable(note?.step ?? 0);
    }
  }
}

/** All notes but those of passing time, which may pass in other portions. */
function noteworthy({ notes = [] }: World): readonly Note[] {
  return notes.filter(({ type }) => type !== "time");
}

function unrepeatable(step: number): SimulationUseError {
  return new SimulationUseError(
    `The simulation does not repeat: at about step ${step} it goes another way than before.`,
    {
      hint: "Something keeps state between runs, or reads the real time or randomness: build it in outside or in mocks, which are built anew for each run.",
    },
  );
}
