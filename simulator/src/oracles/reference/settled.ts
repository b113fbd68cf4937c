/**
 * Lets promises of the user's code settle while the reference interpreter (O1) runs it.
 *
 * Invariant: nothing waits on time or on anything else outside of memory.
 */
import { nextTick } from "node:process";

/** Resolves when promises have nothing more to do by themselves. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    nextTick(resolve);
  });
}
