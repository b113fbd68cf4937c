/**
 * The task hub as a scenario's properties see it: synchronous, read only, payloads parsed.
 *
 * Invariant: it reads the store's plain data and shares no code with the engine; reading changes nothing.
 */
import type { FailureDetails, HistoryEvent, InstanceRecord, RuntimeStatus } from "dacapo/backend";
import type { MemoryStore } from "dacapo/memory";
import type { PayloadTexts } from "./payload-texts.ts";
import { JSON_TEXTS } from "./payload-texts.ts";

/** One instance. */
export interface InstanceState {
  readonly instanceId: string;
  /** The orchestrator's registered name. */
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus;
  /** True once it has completed, failed or been terminated. */
  readonly isTerminal: boolean;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly failure: FailureDetails | undefined;
  /** The version that it was started with, or "". */
  readonly version: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The instance that started it as its sub-orchestration. */
  readonly parentInstanceId: string | undefined;
}

/** One entity. */
export interface EntityState {
  /** The entity's id: `@name@key`. */
  readonly id: string;
  /** The entity's registered name, in lower case. */
  readonly name: string;
  readonly key: string;
  /** `undefined` where it has none. */
  readonly state: unknown;
  /** The instance id of the orchestration that has locked it. */
  readonly lockedBy: string | undefined;
  /** How many operations wait for the lock, or for a message before them. */
  readonly backlog: number;
}

/** All instances of the simulated task hub. */
export interface HubView {
  /** Every orchestration, in the order in which they were created. */
  instances(): readonly InstanceState[];
  /** Every entity that has had a turn, in the order in which they were created. */
  entities(): readonly EntityState[];
  /** An entity by its id; `undefined` before its first turn. */
  entity(id: string): EntityState | undefined;
  instance(instanceId: string): InstanceState | undefined;
  /** The outputs of the instances that have completed. */
  outputs(): readonly unknown[];
  /** The current execution's history; empty when there is no such instance. */
  history(instanceId: string): readonly HistoryEvent[];
}

export function hubView(store: MemoryStore, texts: PayloadTexts = JSON_TEXTS): HubView {
  // Properties look after every step, and most records have not changed since they last did.
  const parsed = new Map<string, { readonly record: InstanceRecord; readonly state: InstanceState }>();
  const stateOf = (record: InstanceRecord): InstanceState => {
    const known = parsed.get(record.instanceId);
    if (known?.record === record) return known.state;
    const state = parse(record, texts);
    parsed.set(record.instanceId, { record, state });
    return state;
  };
  const instances = (): readonly InstanceState[] =>
    [...store.instances()].flatMap(({ record }) => (record.kind === "orchestration" ? [stateOf(record)] : []));
  return {
    instances,
    instance: (instanceId) => {
      const record = store.getInstance(instanceId);
      return record?.kind === "orchestration" ? stateOf(record) : undefined;
    },
    entities: () => [...store.instances()].flatMap(({ record }) => entityOf(record, texts) ?? []),
    entity: (id) => {
      const record = store.getInstance(id);
      return record === undefined ? undefined : entityOf(record, texts);
    },
    outputs: () => instances().flatMap((state) => (state.runtimeStatus === "Completed" ? [state.output] : [])),
    history: (instanceId) => store.instance(instanceId)?.history.slice() ?? [],
  };
}

function entityOf({ instanceId: id, name, entity }: InstanceRecord, texts: PayloadTexts): EntityState | undefined {
  if (entity === undefined) return undefined;
  const { state, lockedBy, backlog } = entity;
  return { id, name, key: id.slice(name.length + 2), state: texts.read(state), lockedBy, backlog };
}

function parse(record: InstanceRecord, texts: PayloadTexts): InstanceState {
  const { instanceId, name, runtimeStatus, failure } = record;
  return {
    instanceId,
    name,
    runtimeStatus,
    isTerminal: runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated",
    input: texts.read(record.input),
    output: texts.read(record.output),
    customStatus: texts.read(record.customStatus),
    failure,
    version: record.version ?? "",
    tags: record.tags ?? {},
    parentInstanceId: record.parentInstanceId,
  };
}
