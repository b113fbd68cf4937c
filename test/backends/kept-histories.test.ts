/**
 * Backends that were opened with `keepHistory` obey the laws of reading, and move what they keep: found by lockstep runs, in
 * which memory kept an execution without an event, and SQLite did not.
 */
import { describe, expect, it } from "vitest";
import { memory } from "../../src/backends/memory/index.ts";
import { backendCases, runCase } from "../../src/testing/index.ts";
import type { BackendUnderTest } from "../../src/testing/index.ts";
import { Stage, startOf } from "../../src/testing/stage.ts";
import { createMemoryHub } from "./memory-hub.ts";
import { createPostgresHub } from "./postgres-hub.ts";
import { serverOfFile } from "./server-of-file.ts";
import { createSqliteHub } from "./sqlite-hub.ts";

const server = serverOfFile();

const backends = {
  memory: () => createMemoryHub(memory({ keepHistory: true })),
  sqlite: () => createSqliteHub({ keepHistory: true }),
  postgres: () => createPostgresHub(server.url, { keepHistory: true }),
} as const;

const laws = backendCases().filter(({ name }) => /executions|histor/.test(name));

describe.each(Object.keys(backends) as (keyof typeof backends)[])("%s with histories that are kept", (name) => {
  it.each(laws)("$name", (law) => runCase(law, backends[name]));

  it("keeps an execution in which nothing happened, and the next hub has it too", async () => {
    const old = await backends[name]();
    const stage = new Stage(old);
    const { start } = await stage.create("a");
    await stage.turn("a", { events: [], runtimeStatus: "Failed" });
    await stage.backend.rewindInstance({ instanceId: "a", requestId: "again" });
    await stage.turn("a", { events: [], rewritten: { start: startOf("a", "second"), history: [] } });
    const expected = [start.event.executionId, "second"];
    expect(await old.backend.listExecutions("a")).toEqual(expected);
    for (const create of Object.values(backends)) {
      const young: BackendUnderTest = await create();
      await young.backend.restore?.(old.backend.snapshot!());
      expect(await young.backend.listExecutions("a")).toEqual(expected);
      expect(await young.backend.getHistory("a", start.event.executionId)).toEqual([]);
      // The execution that is under way is written on as if it had never moved.
      const moved = new Stage(young);
      await moved.send("a");
      await moved.turn("a");
      expect(await young.backend.getHistory("a")).toHaveLength(2);
      await young.close();
    }
    await old.close();
  });
});
