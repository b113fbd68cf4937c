/**
 * What the engine counts. Names are dotted, attributes few and of low cardinality.
 */
export interface Telemetry {
  /** Adds `value` to the counter `name` with these attributes. */
  count(name: CounterName, value: number, attributes?: Readonly<Record<string, string>>): void;
}

export type CounterName =
  /** Messages discarded by the core; attribute `reason`. */
  | "messages.dropped"
  /** Orchestrator turns committed. */
  | "turns.committed"
  /** Turns that had to replay the history first, because nothing warm was at hand. */
  | "turns.replayed"
  /** Turns of entities committed. */
  | "entities.turns"
  /** Operations of entities whose outcome was committed; attribute `outcome`: completed or failed. */
  | "entities.operations"
  /** Activities whose result was committed; attribute `outcome`: completed or failed. */
  | "activities.committed"
  /** Work items given back; attributes `kind` and `reason`. */
  | "items.abandoned"
  /** Work items whose lock was lost while they were worked on; attribute `kind`. */
  | "leases.lost"
  /** Work items set aside after too many deliveries; attribute `kind`. */
  | "items.poisoned"
  /** Orchestrations purged by the hub's option `retention`, those below them included. */
  | "instances.purged"
  /** Payloads that were off-loaded and that nothing referred to any more, removed by the hub itself. */
  | "payloads.purged"
  /** Histories that got as long as the hub's option `history.warnEvents`. */
  | "histories.long";
