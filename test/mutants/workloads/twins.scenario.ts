/**
 * Random programs as generators, each held against the same program as an async function: where the two front ends of
 * the engine do not agree, a history shows it.
 */
import { scenario } from "@dacapo/simulator";
import { orchestrator } from "dacapo";
import { counter, performed, performedAsync, program, work } from "../../replay/program.ts";

const asGenerator = orchestrator("program", performed);
const asFunction = orchestrator("program", performedAsync);

export default scenario("twins", {
  register: [asGenerator, work, counter],
  twins: [asFunction],
  async clients({ client, choose, after }) {
    const steps = choose.arbitrary(program);
    const id = await client.scheduleNewOrchestration(asGenerator, { steps, generation: 1 });
    for (let i = choose.integer(0, 6); i > 0; i--) {
      await after({ minutes: choose.from([0, 1, 45]) });
      await client.raiseOrchestrationEvent(id, choose.from(["a", "b"]), i);
    }
    // One that waits for ever may hold a lock.
    await after({ days: 30 });
    await client.terminateOrchestration(id, "enough");
  },
});
