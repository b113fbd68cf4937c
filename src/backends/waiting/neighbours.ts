/**
 * The handles of this process on one file, which tell each other of changes at once.
 *
 * Invariant: a file is forgotten with its last handle.
 */

import type { RuntimeStatus } from "../../core/status.ts";

/** An instance, and its status; undefined where there is none. */
export type Seen = readonly [instanceId: string, status: RuntimeStatus | undefined];

type Listener = (seen: readonly Seen[]) => void;

/** The handles on one file. */
export interface Neighbours {
  join(handle: object, listener: Listener): void;
  leave(handle: object): void;
  /** Tells all handles, the teller's own included, that these instances may have changed. */
  tell(seen: readonly Seen[]): void;
}

const files = new Map<string, Map<object, Listener>>();

export function neighboursOf(file: string): Neighbours {
  return {
    join: (handle, listener) => {
      const handles = files.get(file) ?? new Map<object, Listener>();
      files.set(file, handles.set(handle, listener));
    },
    leave: (handle) => {
      const handles = files.get(file);
      handles?.delete(handle);
      if (handles?.size === 0) files.delete(file);
    },
    tell: (seen) => {
      for (const listener of files.get(file)?.values() ?? []) listener(seen);
    },
  };
}
