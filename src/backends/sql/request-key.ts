/**
 * The names of requests in a store's log of those that took effect (contract G7). Used by the stores.
 */

/** Names a request in the log. The length keeps apart what two ids would spell together. */
export function requestKey(
  kind: "create" | "send" | "purge" | "rewind",
  instanceId: string,
  requestId: string,
): string {
  return `${kind} ${instanceId.length} ${instanceId} ${requestId}`;
}
