/**
 * What a task hub asks of the determinism guard: to watch the process while orchestrator code may run.
 */
export interface Guard {
  /** Begins to watch calls that replay cannot repeat, until the given function is called. */
  attach(): () => void;
}
