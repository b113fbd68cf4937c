/**
 * A source of unique names: instance ids, execution ids, request ids, worker ids. Never used inside an
 * orchestrator, whose ids are computed from its history.
 */
export interface Ids {
  /** A new UUID in lower case. */
  newId(): string;
}
