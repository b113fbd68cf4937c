/**
 * What a client asks for again, because it heard no answer, is done once; and the simulator knows it.
 */
import { orchestrator } from "dacapo";
import type { FaultSettings } from "@dacapo/simulator";
import { FAULT_NAMES, scenario, simulate } from "@dacapo/simulator";
import { describe, expect, it } from "vitest";

const gives = orchestrator("gives", function* (_ctx, value: number) {
  yield* [];
  return value;
});
const waits = orchestrator("waits", function* (ctx, _input: number) {
  return yield* ctx.waitForExternalEvent("go");
});

/** Only these classes of fault. */
function only(...faults: readonly (keyof FaultSettings)[]): FaultSettings {
  return Object.fromEntries(FAULT_NAMES.map((name) => [name, faults.includes(name)]));
}

describe("a client whose calls get no answer", () => {
  it("purges the life of an instance id that it asked for, and spares the next one", async () => {
    const purging = scenario("purge once", {
      register: [gives],
      workers: 1,
      clients: {
        async purger({ client }) {
          await client.scheduleNewOrchestration(gives, 1, "same");
          await client.waitForOrchestrationCompletion("same");
          await client.purgeOrchestration("same");
        },
        async maker({ client, after }) {
          do await after({ milliseconds: 10 });
          while ((await client.getOrchestrationState("same")) !== undefined);
          await after({ milliseconds: 5 });
          await client.scheduleNewOrchestration(gives, 2, "same");
        },
      },
      // With others, the second life may begin first.
      faults: only("ambiguous-commit"),
      eventually: { "the second life is there": ({ hub }) => hub.instance("same")?.output === 2 },
    });
    const result = await simulate(purging, { runs: 200 });
    expect(result.message).toBeUndefined();
    expect(result.coverage.faults["ambiguous-commit"]).toBeGreaterThan(0);
  });

  it("is told of what it sent for nobody, and that it sent what ended its instance", async () => {
    const sending = scenario("send once", {
      register: [waits],
      clients: {
        async sender({ client }) {
          await expect(client.raiseOrchestrationEvent("nobody", "go", 1)).rejects.toThrow("nobody");
          for (const value of [1, 2]) {
            await client.scheduleNewOrchestration(waits, value, "same");
            await expect(client.raiseOrchestrationEvent("same", "go", value)).resolves.toBeUndefined();
            const { output } = await client.waitForOrchestrationCompletion("same");
            expect(output).toBe(value);
            await client.purgeOrchestration("same");
          }
        },
      },
      faults: only(...FAULT_NAMES.filter((name) => name !== "work-poisoned")),
    });
    const result = await simulate(sending, { runs: 200 });
    expect(result.message).toBeUndefined();
  });
});
