/**
 * A hub in memory on a manual clock, for the backend suite.
 */
import type { BackendFactory } from "../../src/ports/backend-factory.ts";
import { memory } from "../../src/backends/memory/index.ts";
import { systemIds } from "../../src/runtime/system.ts";
import { ManualClock } from "../../src/testing/index.ts";
import type { BackendUnderTest } from "../../src/testing/index.ts";

/** `factory` stands in for the memory backend, to be put to the same test. */
export async function createMemoryHub(factory: BackendFactory = memory()): Promise<BackendUnderTest> {
  const clock = new ManualClock();
  const backend = factory({ clock, ids: systemIds });
  await backend.open();
  return {
    backend,
    connect: async () => {
      const another = factory({ clock, ids: systemIds });
      await another.open();
      return another;
    },
    advance: async (durationMs) => {
      clock.advance(durationMs);
    },
    close: () => backend.close(),
  };
}
