/**
 * A scenario: the workflows, the workers, the world around them, what clients do, and what must hold. It is what
 * a user writes, and all that a simulation is told.
 *
 * Invariant: a `Scenario` was checked when it was made; running one never changes it, so it can be run any number
 * of times, also at the same time.
 */
import type { ActivityContext, Definition, DurableHttpRequest, DurableHttpResponse, Duration } from "dacapo";
import type { OrchestratorDefinition, TaskHubClient, TaskHubOptions, VersioningOptions } from "dacapo";
import type { Storage } from "../faults/commit-steps.ts";
import type { FaultSettings } from "../faults/faults.ts";
import type { OracleSettings } from "../oracles/oracle.ts";
import type { HubView } from "./hub-view.ts";
import { checkScenario } from "./scenario-check.ts";
import { rememberFile } from "./scenario-file.ts";
import type { Choose } from "../choices/user-choices.ts";
import type { OutsideWorld } from "../world/world.ts";

/** Functions that stand in for the activities among the definitions, by the activities' names. */
export type Mocks<Definitions extends readonly Definition[]> = {
  // Written without an `as` clause, because contextual types do not reach through one.
  readonly [Name in ActivityName<Definitions>]?: (
    context: ActivityContext,
    input: InputOf<Definitions, Name>,
  ) => unknown;
} & HttpMock;

/** Stands in for the network: answers the requests of `ctx.callHttp()`. */
interface HttpMock {
  readonly "dacapo.http"?: (
    context: ActivityContext,
    request: DurableHttpRequest,
  ) => DurableHttpResponse | Promise<DurableHttpResponse>;
}

type Activity = Extract<Definition, { readonly kind: "activity" }>;
type ActivityName<Definitions extends readonly Definition[]> = Extract<Definitions[number], Activity>["name"];
type InputOf<Definitions extends readonly Definition[], Name extends string> =
  Extract<Definitions[number], { readonly kind: "activity"; readonly name: Name }> extends {
    readonly types?: (input: infer I) => unknown;
  }
    ? I
    : never;

/** What a client function gets, besides the outside world's handles. */
export interface ClientTools {
  /** The task hub's client. */
  readonly client: TaskHubClient;
  /** Draws data; it shrinks together with schedule and faults. */
  readonly choose: Choose;
  /** Waits in simulated time. */
  readonly after: (duration: Duration) => Promise<void>;
}

/** Uses the hub as the world does; it races with the workers and the other clients. */
export type ClientFunction<Outside extends object = object> = (tools: ClientTools & Outside) => Promise<void> | void;

/** Looks at the hub and the outside world. True means that it holds; one that throws counts as false. */
export type Property<Outside extends object = object> = (view: { readonly hub: HubView } & Outside) => boolean;

export type Properties<Outside extends object = object> = Readonly<Record<string, Property<Outside>>>;

/** How an entity must answer: a plain object that does one operation after the other. */
export interface EntityModel<State = unknown> {
  /** The state in which an entity begins. */
  readonly init: State;
  /** What an operation makes of the state, and what it gives. One that throws fails, and changes nothing. */
  // A method, so that a model of a narrower state is one, too.
  apply(state: State, operation: string, input: unknown): { readonly state: State; readonly result?: unknown };
}

/** Models by the names of entities. */
export type EntityModels = Readonly<Record<string, EntityModel>>;

/** The options of a task hub that a scenario may set. */
type HubOptions = Pick<TaskHubOptions, "worker" | "payloadBytesMax" | "dataConverter" | "history" | "retention">;

export interface ScenarioOptions<Definitions extends readonly Definition[], Outside extends object> {
  /** The orchestrators and activities, as `TaskHub.open` takes them. */
  readonly register: Definitions;
  /**
   * Some of the orchestrators written otherwise, under the same names: the async function for a generator, or the code as
   * it is to be after a change that must change nothing. They never run; each history of a run is held against them (O15).
   */
  readonly twins?: readonly OrchestratorDefinition[];
  /**
   * How entities must answer, by their names: `{ counter: { init: 0, apply: (n, operation) => ({ state: n + 1 }) } }`. What
   * callers were told is held against it (O10). Without one, only order, locks and exactly-once are checked.
   */
  readonly models?: EntityModels;
  /** How many workers share the hub: 2 unless given. */
  readonly workers?: number;
  /**
   * Which orchestrations the workers run, by their versions: the same for all, or an array with one for each: worker A,
   * worker B, ... All run everything unless given. Each version that is started needs a worker that runs it, or fails it.
   */
  readonly versioning?: VersioningOptions | readonly VersioningOptions[];
  /** Builds what lies outside the workers: once a run; it survives every crash. */
  readonly outside?: (world: OutsideWorld) => Outside;
  /** Functions that stand in for activities: built once for each life of a worker. */
  readonly mocks?: (outside: Outside) => Mocks<Definitions>;
  /** What clients do: one function, or several, by name or not, that race with one another. */
  readonly clients:
    ClientFunction<Outside> | readonly ClientFunction<Outside>[] | Readonly<Record<string, ClientFunction<Outside>>>;
  /** Holds after every step. */
  readonly always?: Properties<Outside>;
  /** Holds when nothing more can happen and all faults are over. */
  readonly eventually?: Properties<Outside>;
  /** Holds at some step of some run; one that never does is reported, and is no failure. */
  readonly sometimes?: Properties<Outside>;
  /** Which classes of fault take part, and how often: all of them, in varying mixtures, unless given. */
  readonly faults?: FaultSettings;
  /** Which of the built-in oracles judge the runs: all of them, unless some are left out with `{ O5: false }`. */
  readonly oracles?: OracleSettings;
  /**
   * The store: `"transactional"` (the default) keeps the backend contract; `"queue-and-table"` writes a turn in parts, as
   * storage of queues and tables does, and so breaks G3 and G4: to see what rests on them.
   */
  readonly storage?: Storage;
  /** A run is cut after this many steps: 20,000 unless given. */
  readonly maxSteps?: number;
  /** Options of every worker's hub. With `retention`, each worker looks for what has expired by itself. */
  readonly hub?: HubOptions;
  /**
   * Keeps payloads of more UTF-16 code units than `threshold` beside the hub, as `withOffloading()` does, in a store that has
   * faults of its own. In its rows unless given.
   */
  readonly offloading?: { readonly threshold: number };
  /** The simulated time at which a run begins: the first of January 2026 (UTC) unless given. */
  readonly startTime?: Date;
}

/** Marks scenarios across copies of this package; `Symbol.for` because a file may load its own copy. */
export const SCENARIO = Symbol.for("@dacapo/simulator/scenario");

/** A checked scenario, ready for `simulate`. */
export interface Scenario {
  readonly [SCENARIO]: true;
  readonly name: string;
  readonly register: readonly Definition[];
  readonly twins: readonly OrchestratorDefinition[];
  readonly models: EntityModels;
  readonly workers: number;
  /** Of each worker; an empty list where all run everything. */
  readonly versioning: readonly VersioningOptions[];
  readonly outside: (world: OutsideWorld) => object;
  readonly mocks: (outside: object) => Readonly<Record<string, MockFunction | undefined>>;
  readonly clients: Readonly<Record<string, ClientFunction>>;
  readonly always: Properties;
  readonly eventually: Properties;
  readonly sometimes: Properties;
  readonly faults: FaultSettings;
  readonly oracles: OracleSettings;
  readonly storage: Storage;
  readonly maxSteps: number;
  readonly hub: HubOptions;
  readonly offloading: { readonly threshold: number } | undefined;
  /** In milliseconds since the epoch. */
  readonly startTime: number;
}

export type MockFunction = (context: ActivityContext, input: never) => unknown;

/**
 * Describes a system of workers, clients and an outside world, and what must hold in it whatever goes wrong.
 *
 * @throws InvalidArgumentError when an option cannot be used; it names the option.
 * @example
 * export default scenario("purchase approval", {
 *   register: [approvePurchase, chargeCard],
 *   workers: 3,
 *   outside: (world) => ({ charges: world.ledger<Charge>("charges") }),
 *   mocks: ({ charges }) => ({ chargeCard: (ctx, order) => charges.append({ order: order.id }) }),
 *   async clients({ client, choose }) {
 *     await client.scheduleNewOrchestration(approvePurchase, choose.from(orders));
 *   },
 *   always: { "an order is charged at most once": ({ charges }) => charges.countBy("order").every((n) => n <= 1) },
 * });
 */
export function scenario<const Definitions extends readonly Definition[], Outside extends object = object>(
  name: string,
  options: ScenarioOptions<Definitions, Outside>,
): Scenario {
  const made: Scenario = { [SCENARIO]: true, ...checkScenario(name, options) };
  rememberFile(made, scenario);
  return made;
}

/** The options without their types: what a JavaScript file may have passed. */
export type UncheckedOptions = Readonly<Partial<Record<keyof ScenarioOptions<readonly Definition[], object>, unknown>>>;

/** True for what `scenario()` made, in this copy of the package or another. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === "object" && value !== null && SCENARIO in value;
}
