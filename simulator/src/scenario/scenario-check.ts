/**
 * Checks a scenario's options, and fills in the defaults.
 *
 * Invariant: what is wrong with a scenario is said before anything runs, in a sentence that names the option.
 */
import type { Definition, OrchestratorDefinition } from "dacapo";
import { InvalidArgumentError } from "dacapo";
import { FAULT_CLASSES, FAULT_NAMES } from "../faults/faults.ts";
import type { Storage } from "../faults/commit-steps.ts";
import type { FaultSettings } from "../faults/faults.ts";
import { ORACLE_IDS } from "../oracles/oracle.ts";
import type { OracleSettings } from "../oracles/oracle.ts";
import type {
  ClientFunction,
  EntityModels,
  MockFunction,
  Properties,
  Scenario,
  SCENARIO,
  UncheckedOptions,
} from "./scenario.ts";
import { checkHub } from "./hub-check.ts";
import { checkVersioning } from "./versioning-check.ts";

const OPTION_NAMES: readonly string[] = [
  ...["register", "twins", "models", "workers", "versioning", "outside", "mocks", "clients"],
  ...[
    "always",
    "eventually",
    "sometimes",
    "faults",
    "oracles",
    "storage",
    "maxSteps",
    "hub",
    "offloading",
    "startTime",
  ],
];

/** The activity behind `ctx.callHttp()`, which nobody registers. */
export const HTTP_MOCK = "dacapo.http";

const WORKERS_DEFAULT = 2;
const WORKERS_MAX = 26;
const MAX_STEPS_DEFAULT = 20_000;
const START_TIME_DEFAULT = Date.UTC(2026, 0, 1);

/** @throws InvalidArgumentError that names the first option that cannot be used. */
export function checkScenario(name: unknown, options: UncheckedOptions): Omit<Scenario, typeof SCENARIO> {
  if (typeof name !== "string" || name.trim() === "") throw wrong(`A scenario's name is ${print(name)}.`, EXAMPLE);
  if (typeof options !== "object" || (options as unknown) === null) {
    throw wrong(`The scenario "${name}" has no options.`, EXAMPLE);
  }
  const unknown = Object.keys(options).find((key) => !OPTION_NAMES.includes(key));
  if (unknown !== undefined) {
    throw wrong(
      `The scenario "${name}" has an unknown option "${unknown}".`,
      `The options are ${OPTION_NAMES.join(", ")}.`,
    );
  }
  const say = (problem: string, hint: string): InvalidArgumentError =>
    wrong(`The scenario "${name}" ${problem}.`, hint);
  const register = checkRegister(options.register, say);
  const workers = checkCount("workers", options.workers ?? WORKERS_DEFAULT, WORKERS_MAX, say);
  const hub = checkHub(options.hub ?? {}, say);
  return {
    name,
    register,
    twins: checkTwins(options.twins, register, say),
    models: checkModels(options.models, say),
    workers,
    versioning: checkVersioning(options.versioning, { inHub: hub.worker?.versioning, workers }, say),
    outside: checkFunction("outside", options.outside ?? (() => ({})), say) as Scenario["outside"],
    mocks: checkFunction("mocks", options.mocks ?? (() => ({})), say) as Scenario["mocks"],
    clients: checkClients(options.clients, say),
    always: checkProperties("always", options.always, say),
    eventually: checkProperties("eventually", options.eventually, say),
    sometimes: checkProperties("sometimes", options.sometimes, say),
    faults: checkFaults(options.faults ?? {}, say),
    oracles: checkOracles(options.oracles ?? {}, say),
    storage: checkStorage(options.storage ?? "transactional", say),
    maxSteps: checkCount("maxSteps", options.maxSteps ?? MAX_STEPS_DEFAULT, Number.MAX_SAFE_INTEGER, say),
    hub,
    offloading: checkOffloading(options.offloading, say),
    startTime: checkTime(options.startTime, say),
  };
}

/**
 * Checks what `mocks` returned, which is known only once a run begins.
 * @throws InvalidArgumentError when a mock is no function, or stands in for nothing.
 */
export function checkMocks(
  scenario: Scenario,
  mocks: unknown,
): asserts mocks is Readonly<Record<string, MockFunction>> {
  const { name, register } = scenario;
  if (typeof mocks !== "object" || mocks === null) {
    throw wrong(
      `The mocks of scenario "${name}" are ${print(mocks)}.`,
      "Return an object of functions by activity name.",
    );
  }
  const activities = register.filter(({ kind }) => kind === "activity").map((definition) => definition.name);
  for (const [mocked, mock] of Object.entries(mocks)) {
    if (typeof mock !== "function" && mock !== undefined) {
      throw wrong(`The mock "${mocked}" of scenario "${name}" is no function.`, "Write it as (ctx, input) => ...");
    }
    if (mocked === HTTP_MOCK || activities.includes(mocked)) continue;
    throw wrong(
      `The mock "${mocked}" of scenario "${name}" stands in for no activity.`,
      `The registered activities are: ${activities.join(", ") || "none"}.`,
    );
  }
}

/** Checks what `outside` returned. @throws InvalidArgumentError when it cannot be handed on. */
export function checkOutside(scenario: Scenario, outside: unknown): asserts outside is object {
  const { name } = scenario;
  if (typeof outside !== "object" || outside === null) {
    throw wrong(`The outside of scenario "${name}" is ${print(outside)}.`, "Return an object, such as { charges }.");
  }
  const taken = ["client", "choose", "after", "hub"].find((key) => key in outside);
  if (taken === undefined) return;
  throw wrong(`The outside of scenario "${name}" has a "${taken}", which is the simulator's own.`, "Rename it.");
}

type Say = (problem: string, hint: string) => InvalidArgumentError;

const EXAMPLE = 'Write scenario("name", { register: [...], clients: async ({ client }) => { ... }, always: { ... } }).';

function wrong(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { hint });
}

function print(value: unknown): string {
  return typeof value === "object" || typeof value === "function" ? `of type ${typeof value}` : JSON.stringify(value);
}

function checkRegister(value: unknown, say: Say): readonly Definition[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw say("registers nothing", "Give register an array of what orchestrator(), activity() and entity() returned.");
  }
  for (const [index, definition] of (value as readonly unknown[]).entries()) {
    const kind = (definition as { readonly kind?: unknown } | null | undefined)?.kind;
    if (kind === "orchestrator" || kind === "activity" || kind === "entity") continue;
    throw say(
      `registers something at position ${index} that is no definition`,
      "Register what orchestrator(), activity() and entity() return, not the bare function or class.",
    );
  }
  return value as readonly Definition[];
}

/** A twin stands beside a registered orchestrator; it is not run, so one that stands alone would never be looked at. */
function checkTwins(value: unknown, register: readonly Definition[], say: Say): readonly OrchestratorDefinition[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw say(`has twins: ${print(value)}`, "Give twins an array of what orchestrator(name, fn) returned.");
  }
  const names = register.flatMap(({ kind, name }) => (kind === "orchestrator" ? [name] : []));
  const seen = new Set<string>();
  for (const [index, definition] of (value as readonly unknown[]).entries()) {
    const { kind, name } = (definition ?? {}) as { readonly kind?: unknown; readonly name?: unknown };
    const hint = `Give each the name of the orchestrator that it is a twin of: ${names.join(", ") || "none"}.`;
    if (kind !== "orchestrator" || typeof name !== "string") {
      throw say(`has a twin at position ${index} that is no orchestrator`, hint);
    }
    if (!names.includes(name)) throw say(`has a twin of "${name}", which is not registered`, hint);
    if (seen.has(name)) throw say(`has two twins of "${name}"`, "Give one at most; look at the other in another run.");
    seen.add(name);
  }
  return value as readonly OrchestratorDefinition[];
}

function checkModels(value: unknown, say: Say): EntityModels {
  if (value === undefined) return {};
  const hint = "Write models: { counter: { init: 0, apply: (state, operation, input) => ({ state, result }) } }.";
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw say(`has models: ${print(value)}`, hint);
  for (const [name, model] of Object.entries(value)) {
    const { apply } = (model ?? {}) as { readonly apply?: unknown };
    if (typeof apply !== "function") throw say(`has a model of "${name}" without an apply function`, hint);
  }
  return value as EntityModels;
}

function checkCount(option: string, value: unknown, max: number, say: Say): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw say(`has ${option}: ${print(value)}`, `Give ${option} a whole number from 1 to ${max}.`);
}

function checkFunction(option: string, value: unknown, say: Say): (...args: never[]) => unknown {
  if (typeof value === "function") return value as () => unknown;
  throw say(`has ${option}: ${print(value)}`, `Give ${option} a function.`);
}

/** One function, several, or several by name: in the end each has a name. */
function checkClients(value: unknown, say: Say): Readonly<Record<string, ClientFunction>> {
  const entries: readonly (readonly [string, unknown])[] =
    typeof value === "function" || Array.isArray(value)
      ? [value].flat().map((client: unknown, i) => [`client ${i + 1}`, client] as const)
      : Object.entries((value ?? {}) as Record<string, unknown>);
  const hint = "Give clients an async function, an array of them, or an object of them by name.";
  if (entries.length === 0) throw say("has no clients, so nothing would ever happen", hint);
  const bad = entries.find(([, client]) => typeof client !== "function");
  if (bad !== undefined) throw say(`has "${bad[0]}" among its clients, which is no function`, hint);
  return Object.fromEntries(entries) as Record<string, ClientFunction>;
}

function checkProperties(option: string, value: unknown, say: Say): Properties {
  const hint = `Give ${option} an object such as { "what holds": ({ hub }) => hub.instances().length > 0 }.`;
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw say(`has ${option}: ${print(value)}`, hint);
  const bad = Object.entries(value).find(([, property]) => typeof property !== "function");
  if (bad !== undefined) throw say(`has "${bad[0]}" under ${option}, which is no function`, hint);
  return value as Properties;
}

function checkFaults(value: unknown, say: Say): FaultSettings {
  if (typeof value !== "object" || value === null) throw say(`has faults: ${print(value)}`, FAULTS_HINT);
  for (const [fault, setting] of Object.entries(value)) {
    if (!Object.hasOwn(FAULT_CLASSES, fault)) {
      throw say(`names the unknown fault "${fault}"`, `The classes of fault are ${FAULT_NAMES.join(", ")}.`);
    }
    const isRate = typeof setting === "number" && setting >= 0 && setting <= 1;
    if (setting !== undefined && typeof setting !== "boolean" && !isRate) {
      throw say(`sets the fault "${fault}" to ${print(setting)}`, FAULTS_HINT);
    }
  }
  return value;
}

const FAULTS_HINT = 'Write faults: { "lease-stolen": false, "activity-throws": 0.1 }: on, off, or a rate from 0 to 1.';

function checkOracles(value: unknown, say: Say): OracleSettings {
  const hint = `Write oracles: { O5: false } to leave one out. The oracles are ${ORACLE_IDS.join(", ")}.`;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw say(`has oracles: ${print(value)}`, hint);
  for (const [id, setting] of Object.entries(value)) {
    if (!ORACLE_IDS.some((known) => known === id)) throw say(`names the unknown oracle "${id}"`, hint);
    if (setting !== undefined && typeof setting !== "boolean") {
      throw say(`sets the oracle "${id}" to ${print(setting)}`, hint);
    }
  }
  return value;
}

function checkStorage(value: unknown, say: Say): Storage {
  if (value === "transactional" || value === "queue-and-table") return value;
  throw say(`has storage: ${print(value)}`, 'The storages are "transactional" and "queue-and-table".');
}

function checkOffloading(value: unknown, say: Say): Scenario["offloading"] {
  if (value === undefined) return undefined;
  const { threshold } = (value ?? {}) as { readonly threshold?: unknown };
  if (typeof threshold === "number" && Number.isSafeInteger(threshold) && threshold >= 0) return { threshold };
  throw say(`has offloading: ${print(value)}`, "Write offloading: { threshold: 100 }: a length of payloads.");
}

function checkTime(value: unknown, say: Say): number {
  if (value === undefined) return START_TIME_DEFAULT;
  const time = value instanceof Date ? value.getTime() : Number.NaN;
  if (Number.isNaN(time))
    throw say("has a startTime that is no valid date", 'Write startTime: new Date("2026-01-01").');
  return time;
}
