/**
 * The partition of an instance: everything of one instance is kept under one number, so that tables can be partitioned or
 * distributed by it.
 */

/** How many there are. It never changes: what is stored depends on it. */
export const PARTITIONS = 1024;

/** Returns the partition of an instance id: FNV-1a over its UTF-16 code units, from 0 to `PARTITIONS` - 1. */
export function partitionOf(instanceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < instanceId.length; i++) {
    hash = Math.imul(hash ^ instanceId.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}
