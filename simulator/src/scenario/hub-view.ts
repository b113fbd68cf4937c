/**
 * The task hub as a scenario's properties see it: synchronous, read only, payloads parsed.
 *
 * Invariant: it reads the store's plain data and shares no code with the engine; reading changes nothing.
 */
import type { FailureDetails, HistoryEvent, InstanceRecord, RuntimeStatus } from "dacapo/backend";
import type { MemoryStore } from "dacapo/memory";

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
}

/** All instances of the simulated task hub. */
export interface HubView {
  /** Every instance, in the order in which they were created. */
  instances(): readonly InstanceState[];
  instance(instanceId: string): InstanceState | undefined;
  /** The outputs of the instances that have completed. */
  outputs(): readonly unknown[];
  /** The current execution's history; empty when there is no such instance. */
  history(instanceId: string): readonly HistoryEvent[];
}

export function hubView(store: MemoryStore): HubView {
  // Properties look after every step, and most records have not changed since they last did.
  const parsed = new Map<string, { readonly record: InstanceRecord; readonly state: InstanceState }>();
  const stateOf = (record: InstanceRecord): InstanceState => {
    const known = parsed.get(record.instanceId);
    if (known?.record === record) return known.state;
    const state = parse(record);
    parsed.set(record.instanceId, { record, state });
    return state;
  };
  const instances = (): readonly InstanceState[] => [...store.instances()].map(({ record }) => stateOf(record));
  return {
    instances,
    instance: (instanceId) => {
      const record = store.getInstance(instanceId);
      return record === undefined ? undefined : stateOf(record);
    },
    outputs: () => instances().flatMap((state) => (state.runtimeStatus === "Completed" ? [state.output] : [])),
    history: (instanceId) => store.instance(instanceId)?.history.slice() ?? [],
  };
}

function parse(record: InstanceRecord): InstanceState {
  const { instanceId, name, runtimeStatus, failure } = record;
  return {
    instanceId,
    name,
    runtimeStatus,
    isTerminal: runtimeStatus === "Completed" || runtimeStatus === "Failed" || runtimeStatus === "Terminated",
    input: parseJson(record.input),
    output: parseJson(record.output),
    customStatus: parseJson(record.customStatus),
    failure,
  };
}

function parseJson(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
